import type { BoardAgent } from "#src/domain/board.ts";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { formatCount, formatShort, formatUsd } from "#src/ui/parts/format.ts";
import { memo } from "#src/ui/parts/memo.ts";
import { Status } from "#src/ui/parts/status.tsx";
import { Time, useNowAs, utcOf } from "#src/ui/parts/time.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import { type Card, isSameTree } from "./groups.ts";
import { sinceOf, sinceText } from "./since.ts";
import { SubAgents } from "./sub-agents.tsx";

/** One agent: who it is, what it does now, what that took, and beneath it those that it started. */
export const AgentCard = memo(function AgentCard({ tree, parent }: Card) {
  const { agent, children } = tree;
  return (
    <li class="card now-card" data-agent={agent.id}>
      <div class="now-head">
        <h3>
          <a class="now-open" href={hrefOf("session", { id: agent.session_id, agent: agent.id })}>
            <AgentLine text={nameOf(agent)} />
          </a>
        </h3>
        <Status {...agent} />
      </div>
      <p class="now-who muted">
        {agent.definition === null ? null : <AgentLine text={agent.definition} />}
        <a href={hrefOf("session", { id: agent.session_id })} aria-label={`Session ${agent.session_id}`}>
          <AgentLine text={agent.session_id} />
        </a>
      </p>
      {parent === null ? null : (
        <p class="now-parent muted">
          started by <AgentLine text={nameOf(parent)} />
        </p>
      )}
      {agent.last_log !== null && agent.last_log.message === agent.error_message ? null : (
        <Doing log={agent.last_log} />
      )}
      {agent.error_message === null ? null : (
        <p class="now-error">
          <AgentLine text={agent.error_message} />
        </p>
      )}
      {children.length === 0 ? null : <SubAgents trees={children} />}
      <p class="now-foot muted">
        <SinceWhen agent={agent} />
        <Took agent={agent} />
      </p>
    </li>
  );
}, isSameCard);

function isSameCard(before: Card, after: Card): boolean {
  const parentOf = ({ parent }: Card) => (parent === null ? null : nameOf(parent));
  return isSameTree(before.tree, after.tree) && parentOf(before) === parentOf(after);
}

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

function Doing({ log }: { readonly log: Log | null }) {
  if (log === null) return <p class="now-doing muted">Nothing told yet</p>;
  const level = LEVELS[log.log_level];
  return (
    <p class={log.log_type === "state_change" ? "now-doing muted" : "now-doing"}>
      <span
        class={`now-tag ${level === undefined ? "" : `now-tag-${level}`}`}
        title={`${log.log_type}, ${log.log_level}`}
      >
        {level ?? LOG_TYPES[log.log_type] ?? log.log_type}
      </span>
      <AgentLine text={log.message} most={600} />
      <span class="muted">
        <Time at={log.created_at} as="ago" />
      </span>
    </p>
  );
}

function SinceWhen({ agent }: { readonly agent: BoardAgent }) {
  const since = sinceOf(agent);
  const { at } = since;
  const text = useNowAs((now) => (at === null ? "" : sinceText(since, now - Date.parse(at))));
  if (at === null) return <span>{since.what} at an unknown time</span>;
  return (
    <time dateTime={at} title={utcOf(at)}>
      {text}
    </time>
  );
}

function Took({ agent }: { readonly agent: BoardAgent }) {
  const { tokens_input: input, tokens_output: output, prompts, cost_usd: cost } = agent;
  if (prompts === 0 && cost === 0) return <span>no prompts</span>;
  const all = `${formatCount(input)} tokens in, ${formatCount(output)} out, in ${formatCount(prompts)} prompts`;
  return (
    <span class="now-took">
      <span title={all}>{formatShort(input + output)} tokens</span> · {formatUsd(cost)}
    </span>
  );
}
