import type { BoardAgent } from "#src/domain/board.ts";
import { FINAL_STATUSES } from "#src/domain/vocabulary.ts";
import { toneOf } from "#src/ui/parts/status.tsx";

/** In the order in which they are shown. */
export const GROUPS = ["needs", "failed", "working", "idle", "silent", "finished"] as const;
export type Group = (typeof GROUPS)[number];

/** An agent, and beneath it those that it started. */
export type AgentTree = { readonly agent: BoardAgent; readonly children: readonly AgentTree[] };

/** What is shown as one card; `parent` is who started its agent, where that one is on the board. */
export type Card = { readonly tree: AgentTree; readonly parent: BoardAgent | null };

/** How many agents are so, sub-agents counted: also those that are shown in a card of another group. */
export type Counts = Readonly<Record<Group, number>>;

export type Grouped = {
  /** Who is on the board, whatever the filter. */
  readonly agents: readonly BoardAgent[];
  /** Of those that pass the filter. */
  readonly count: Counts;
  readonly cards: Readonly<Record<Group, readonly Card[]>>;
};

/** Who ended is shown for so long, as the server's board has it. */
const ENDED_WITHIN_MS = 60 * 60_000;
/** Of a tree: what somebody in it does is what it is shown as; who waits has a card of its own. */
const URGENCY: readonly Group[] = ["working", "silent", "idle", "failed", "finished"];

/**
 * The agents as the page shows them. Sub-agents stand beneath their parent, and the card of a tree stands where its most
 * urgent member belongs. Whoever waits has a card among those that need somebody, and is also listed beneath its parent.
 *
 * @param now UTC milliseconds: who ended an hour before is no longer shown
 * @param filter words that a name, definition, session, id or status must hold, all of them; who is beneath such a one is shown too
 */
export function groupAgents(board: Iterable<BoardAgent>, now: number, filter = ""): Grouped {
  const known = new Map<string, BoardAgent>();
  for (const agent of board) if (!isOver(agent, now)) known.set(agent.id, agent);
  const shown = matching(known, filter);
  const trees = treesOf(shown);
  const cards: Record<Group, Card[]> = { needs: [], failed: [], working: [], idle: [], silent: [], finished: [] };
  const cardOf = (tree: AgentTree): Card => ({ tree, parent: known.get(tree.agent.parent_agent_id ?? "") ?? null });

  function visit(tree: AgentTree, isRoot: boolean): void {
    const group = groupOf(tree.agent);
    if (group === "needs") cards.needs.push(cardOf(tree));
    else if (isRoot) cards[URGENCY[urgencyOf(tree)]!].push(cardOf(tree));
    for (const child of tree.children) visit(child, false);
  }
  for (const tree of trees) visit(tree, true);
  for (const group of GROUPS) cards[group].sort((one, other) => ORDER[group](one.tree.agent, other.tree.agent));
  return { agents: [...known.values()], count: countOf(shown.values()), cards };
}

export function countOf(agents: Iterable<BoardAgent>): Counts {
  const count: Record<Group, number> = { needs: 0, failed: 0, working: 0, idle: 0, silent: 0, finished: 0 };
  for (const agent of agents) count[groupOf(agent)] += 1;
  return count;
}

export function groupOf(agent: Pick<BoardAgent, "status" | "quiet_since" | "lost">): Group {
  const { status, quiet_since, lost } = agent;
  if (isFinal(status)) return status === "failed" ? "failed" : "finished";
  if (status === "waiting") return "needs";
  if (lost || quiet_since !== null) return "silent";
  return status === "idle" ? "idle" : "working";
}

/** Other writers often do not say when an agent ended: then its last change did. */
export function endOf(agent: Pick<BoardAgent, "completed_at" | "updated_at">): string | null {
  return agent.completed_at ?? agent.updated_at;
}

/** Whether two trees hold the same rows in the same places. */
export function isSameTree(one: AgentTree, other: AgentTree): boolean {
  return (
    one.agent === other.agent &&
    one.children.length === other.children.length &&
    one.children.every((child, at) => isSameTree(child, other.children[at]!))
  );
}

function isFinal(status: BoardAgent["status"]): boolean {
  return (FINAL_STATUSES as readonly string[]).includes(status);
}

function isOver(agent: BoardAgent, now: number): boolean {
  return isFinal(agent.status) && now - Date.parse(endOf(agent) ?? "") > ENDED_WITHIN_MS;
}

function matching(known: ReadonlyMap<string, BoardAgent>, filter: string): ReadonlyMap<string, BoardAgent> {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return known;
  const isMatch = (agent: BoardAgent): boolean => {
    const { id, name, definition, session_id, status } = agent;
    const text = [name, definition, session_id, id, status, toneOf(agent)].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const verdicts = new Map<string, boolean>();
  function isShown(agent: BoardAgent): boolean {
    const verdict = verdicts.get(agent.id);
    if (verdict !== undefined) return verdict;
    verdicts.set(agent.id, isMatch(agent));
    const parent = known.get(agent.parent_agent_id ?? "");
    if (parent !== undefined && isShown(parent)) verdicts.set(agent.id, true);
    return verdicts.get(agent.id)!;
  }
  return new Map([...known].filter(([, agent]) => isShown(agent)));
}

/** Whose parent is not among them stands alone; of those that are each other's parents the first read does. */
function treesOf(agents: ReadonlyMap<string, BoardAgent>): AgentTree[] {
  const children = new Map<string, BoardAgent[]>();
  for (const agent of agents.values()) {
    const { parent_agent_id: parent } = agent;
    if (parent === null || !agents.has(parent)) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [agent]);
    else siblings.push(agent);
  }
  const placed = new Set<string>();
  function treeOf(agent: BoardAgent): AgentTree {
    placed.add(agent.id);
    const own = (children.get(agent.id) ?? []).filter(({ id }) => !placed.has(id));
    return { agent, children: own.map(treeOf).toSorted(byUrgency) };
  }
  const isRoot = ({ parent_agent_id: parent }: BoardAgent) => parent === null || !agents.has(parent);
  const trees = [...agents.values()].filter(isRoot).map(treeOf);
  for (const agent of agents.values()) if (!placed.has(agent.id)) trees.push(treeOf(agent));
  return trees;
}

function urgencyOf(tree: AgentTree): number {
  const group = groupOf(tree.agent);
  // Its own card tells it; where it stands does not move the card of its parent.
  const own = group === "needs" ? URGENCY.length - 1 : URGENCY.indexOf(group);
  return Math.min(own, ...tree.children.map(urgencyOf));
}

type Compare = (one: BoardAgent, other: BoardAgent) => number;

/** By a time, the newest first; who has none last, ids decide between equals. */
function newestFirst(timeOf: (agent: BoardAgent) => string | null): Compare {
  return (one, other) => compare(timeOf(other) ?? "", timeOf(one) ?? "") || compare(other.id, one.id);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

const byStart = newestFirst(({ started_at }) => started_at);
const byChange = newestFirst(({ updated_at }) => updated_at);

/** By what changes rarely, so that cards stay where they are while their agents work. */
const ORDER: Readonly<Record<Group, Compare>> = {
  // Who waits longest first.
  needs: (one, other) => byChange(other, one),
  working: byStart,
  idle: byChange,
  silent: newestFirst(({ quiet_since }) => quiet_since),
  failed: newestFirst(endOf),
  finished: newestFirst(endOf),
};

/** Among siblings: who needs somebody first, then who failed; who has finished last, else as they were started. */
function byUrgency(one: AgentTree, other: AgentTree): number {
  const place = ({ agent }: AgentTree) => GROUPS.indexOf(groupOf(agent));
  return place(one) - place(other) || byStart(other.agent, one.agent);
}
