import { useEffect, useRef, useState } from "preact/hooks";
import { nameOf } from "#src/ui/parts/agent-name.ts";
import { AgentLine } from "#src/ui/parts/agent-text.tsx";
import { formatUsd } from "#src/ui/parts/format.ts";
import { Status } from "#src/ui/parts/status.tsx";
import { hrefOf } from "#src/ui/shell/route.ts";
import type { AgentTree } from "./groups.ts";

/** So many of one parent are shown at first: the most urgent ones. */
const MOST = 5;
/** Deeper ones are not set in any further: a phone has no room for it. */
const DEEPEST = 4;

type Props = { readonly trees: readonly AgentTree[]; readonly depth?: number };

/** Agents beneath their parent, a line each. */
export function SubAgents({ trees, depth = 1 }: Props) {
  const [isWhole, setWhole] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    // The button that had the focus is gone.
    if (isWhole) list.current?.children[MOST]?.querySelector("a")?.focus();
  }, [isWhole]);
  // One more line is as long as the button that would hide it.
  const isCut = !isWhole && trees.length > MOST + 1;
  const shown = isCut ? trees.slice(0, MOST) : trees;
  return (
    <ul class={depth > DEEPEST ? "now-children now-deep" : "now-children"} aria-label="Sub-agents" ref={list}>
      {shown.map(({ agent, children }) => (
        <li key={agent.id} data-agent={agent.id}>
          <div class="now-child">
            <a href={hrefOf("session", { id: agent.session_id, agent: agent.id })}>
              <AgentLine text={nameOf(agent)} />
            </a>
            <Status {...agent} />
            <span class="number muted">{formatUsd(agent.cost_usd)}</span>
          </div>
          {children.length === 0 ? null : <SubAgents trees={children} depth={depth + 1} />}
        </li>
      ))}
      {isCut ? (
        <li>
          <button type="button" class="link" onClick={() => setWhole(true)}>
            Show {trees.length - MOST} more
          </button>
        </li>
      ) : null}
    </ul>
  );
}
