/** What a place in a tree needs of an agent. */
type Placed = { readonly id: string; readonly parent_agent_id: string | null; readonly started_at: string | null };

/** An agent in the order in which a tree is read, with its level counted from 1. */
export type AgentRow<Agent> = { readonly agent: Agent; readonly level: number };

/** Agents each followed by those it started, in order of their start. A cycle is cut where it began first. */
export function agentRows<Agent extends Placed>(agents: Iterable<Agent>): AgentRow<Agent>[] {
  const sorted = [...agents].toSorted(byStart);
  const known = new Set(sorted.map(({ id }) => id));
  const children = new Map<string | null, Agent[]>();
  for (const agent of sorted) {
    const parent = agent.parent_agent_id;
    const place = parent !== null && known.has(parent) && parent !== agent.id ? parent : null;
    const siblings = children.get(place);
    if (siblings === undefined) children.set(place, [agent]);
    else siblings.push(agent);
  }
  const rows: AgentRow<Agent>[] = [];
  const seen = new Set<string>();
  const walk = (roots: readonly Agent[]) => {
    const stack = roots.toReversed().map((agent): AgentRow<Agent> => ({ agent, level: 1 }));
    for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
      if (seen.has(row.agent.id)) continue;
      seen.add(row.agent.id);
      rows.push(row);
      const level = row.level + 1;
      for (const agent of (children.get(row.agent.id) ?? []).toReversed()) stack.push({ agent, level });
    }
  };
  walk(children.get(null) ?? []);
  // Who is in a cycle hangs below no root.
  for (const agent of sorted) if (!seen.has(agent.id)) walk([agent]);
  return rows;
}

function byStart(a: Placed, b: Placed): number {
  const [first, second] = [startOf(a), startOf(b)];
  if (first !== second) return first < second ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** Those of no known start stand first. */
function startOf({ started_at }: Placed): number {
  return started_at === null ? Number.NEGATIVE_INFINITY : Date.parse(started_at);
}

/** The row of an agent and those below it. */
export function below<Agent extends Placed>(rows: readonly AgentRow<Agent>[], id: string): readonly AgentRow<Agent>[] {
  const start = rows.findIndex(({ agent }) => agent.id === id);
  if (start === -1) return [];
  const { level } = rows[start]!;
  let end = start + 1;
  while (end < rows.length && rows[end]!.level > level) end += 1;
  return rows.slice(start, end);
}
