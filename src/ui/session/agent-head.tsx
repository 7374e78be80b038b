import { useMemo } from "preact/hooks";
import { Doing } from "#src/ui/now/doing.tsx";
import { SinceWhen } from "#src/ui/now/since-when.tsx";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { AgentLine, AgentText } from "#src/ui/parts/agent-text.tsx";
import { formatCount, formatShort, formatUsd } from "#src/ui/parts/format.ts";
import { SliceView } from "#src/ui/parts/slice-view.tsx";
import { Status } from "#src/ui/parts/status.tsx";
import { useSource } from "#src/ui/store/use-store.ts";
import { agentSource } from "./agent-source.ts";
import type { SessionAgent } from "./session-source.ts";

type Props = {
  readonly agent: SessionAgent;
  /** The address of its logs. */
  readonly logs: string;
};

/** The board cuts a message there. */
const MOST_MESSAGE = 2_000;

/** The agent that is looked at: what it says now, since when it is so, what went wrong and what it took. */
export function AgentHead({ agent, logs }: Props) {
  const { id, session_id, definition, error_message, prompts, tokens_input, tokens_output, cost_usd } = agent;
  const slice = useSource(useMemo(() => agentSource({ id, session_id }), [id, session_id]));
  return (
    <section class="card session-agent-head" aria-labelledby="session-agent-head" tabIndex={-1}>
      <header>
        <h2 id="session-agent-head">
          <AgentLine text={nameOf(agent)} />
        </h2>
        <Status {...agent} />
        <span class="muted">
          <SinceWhen agent={agent} />
        </span>
      </header>
      <SliceView slice={slice} what="what it did last">
        {(board) => {
          const last_log = board.get(id)?.last_log ?? null;
          return (
            <>
              <Doing agent={{ error_message, last_log }} isWhole />
              {(last_log?.message.length ?? 0) < MOST_MESSAGE ? null : <a href={logs}>All of it is in its logs</a>}
            </>
          );
        }}
      </SliceView>
      {error_message === null ? null : (
        <p class="session-bad">
          <AgentText text={error_message} most={MOST_MESSAGE} />
        </p>
      )}
      <p class="session-agent-took muted">
        {definition === null ? null : <AgentLine text={definition} />}
        <span>{formatUsd(cost_usd)}</span>
        {prompts === null || tokens_input === null || tokens_output === null ? null : (
          <span title={`${formatCount(tokens_input)} in, ${formatCount(tokens_output)} out`}>
            {prompts === 0
              ? "no prompts"
              : `${formatShort(tokens_input + tokens_output)} tokens in ${promptsOf(prompts)}`}
          </span>
        )}
      </p>
    </section>
  );
}

function promptsOf(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "prompt" : "prompts"}`;
}
