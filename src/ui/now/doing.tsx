import type { BoardAgent } from "#src/domain/board.ts";
import { AgentLine, AgentText } from "#src/ui/parts/agent-text.tsx";
import { Time } from "#src/ui/parts/time.tsx";
import { tellingOf, type Told } from "./telling.ts";

type Log = NonNullable<BoardAgent["last_log"]>;

const LOG_TYPES: Readonly<Record<string, string>> = {
  tool_call: "tool",
  milestone: "milestone",
  error: "error",
  performance: "measured",
  state_change: "status",
  cost_update: "cost",
};
/** A level that says more than the type does. */
const LEVELS: Readonly<Record<string, string>> = { WARNING: "warning", ERROR: "error", CRITICAL: "critical" };

type Props = {
  readonly agent: Told;
  /** All of it, however many lines that are. */
  readonly isWhole?: boolean;
};

/** What an agent told last; nothing where its error says the same. */
export function Doing({ agent, isWhole = false }: Props) {
  const log = tellingOf(agent);
  if (log === null) return agent.error_message === null ? <p class="now-doing muted">Nothing told yet</p> : null;
  return (
    <p class={log.log_type === "state_change" ? "now-doing muted" : "now-doing"}>
      <Tag log={log} />
      {isWhole ? <AgentText text={log.message} /> : <AgentLine text={log.message} most={600} />}
      <span class="muted">
        <Time at={log.created_at} as="ago" />
      </span>
    </p>
  );
}

function Tag({ log: { log_type, log_level } }: { readonly log: Log }) {
  const level = LEVELS[log_level];
  return (
    <span class={`now-tag ${level === undefined ? "" : `now-tag-${level}`}`} title={`${log_type}, ${log_level}`}>
      {level ?? LOG_TYPES[log_type] ?? log_type}
    </span>
  );
}
