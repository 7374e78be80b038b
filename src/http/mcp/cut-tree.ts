import type { AgentTree, SessionWithTree } from "#src/domain/session.ts";

/** The session with no more agents in its tree than that: those higher up first, in their order. */
export function cutTree(session: SessionWithTree, most: number): SessionWithTree {
  const tree: AgentTree[] = [];
  let left = most;
  let level = [{ into: tree, from: session.tree }];
  while (level.length > 0) {
    const below: typeof level = [];
    for (const { into, from } of level) {
      for (const { children, ...agent } of from.slice(0, left)) {
        const kept: AgentTree = { ...agent, children: [] };
        into.push(kept);
        left -= 1;
        below.push({ into: kept.children, from: children });
      }
    }
    level = left === 0 ? [] : below;
  }
  return left > 0 || session.agents.total <= most ? { ...session, tree } : { ...session, tree, truncated: true };
}
