import type { BoardAgent } from "#src/domain/board.ts";
import { idText, nameOf } from "#src/ui/parts/agent-name.ts";
import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { formatCount, formatShort, formatUsd } from "#src/ui/parts/format.ts";
import { memo } from "#src/ui/parts/memo.ts";
import { Status } from "#src/ui/parts/status.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import { Doing } from "./doing.tsx";
import { type Card, isSameTree } from "./groups.ts";
import { SinceWhen } from "./since-when.tsx";
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
        <a href={hrefOf("session", { id: agent.session_id })} aria-label={`Session ${idText(agent.session_id)}`}>
          <AgentLine text={idText(agent.session_id)} />
        </a>
      </p>
      {parent === null ? null : (
        <p class="now-parent muted">
          started by <AgentLine text={nameOf(parent)} />
        </p>
      )}
      <Doing agent={agent} />
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
