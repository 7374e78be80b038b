import { describe, expect, test } from "bun:test";
import { type RuntimeAgent, startAgent } from "#src/domain/runtime-agent.ts";
import { type AgentTree, agentTree } from "#src/domain/session.ts";

function agent(id: string, parent: string | null = null): RuntimeAgent {
  const command = { orchestrator_agent_id: "d-1", session_id: "s-1", parent_agent_id: parent };
  return startAgent(command, id, "2026-02-05T10:30:00.000Z");
}

/** A tree as text: `a(b c(d))`. */
function drawn(trees: readonly AgentTree[]): string {
  return trees.map(({ id, children }) => (children.length === 0 ? id : `${id}(${drawn(children)})`)).join(" ");
}

/** Agents by level, counted without recursion. */
function levels(trees: readonly AgentTree[]): number[] {
  const counts: number[] = [];
  for (let level = trees; level.length > 0; level = level.flatMap(({ children }) => children)) {
    counts.push(level.length);
  }
  return counts;
}

function chain(length: number): RuntimeAgent[] {
  return Array.from({ length }, (_, at) => agent(`a${at}`, at === 0 ? null : `a${at - 1}`));
}

/** Agents as `id` or `id<parent`, in their order, and the tree. */
const TREES: readonly { readonly what: string; readonly agents: string; readonly tree: string }[] = [
  { what: "no agents are no tree", agents: "", tree: "" },
  { what: "agents without parents are roots, in their order", agents: "b a c", tree: "b a c" },
  { what: "a child hangs below its parent", agents: "a b<a c<b", tree: "a(b(c))" },
  { what: "a child may come before its parent", agents: "c<b b<a a", tree: "a(b(c))" },
  { what: "siblings keep their order", agents: "a z<a y<a x<a", tree: "a(z y x)" },
  {
    what: "roots keep their order, wherever their children stand",
    agents: "x<c b a y<a c",
    tree: "b a(y) c(x)",
  },
  {
    what: "siblings keep their order, wherever their children stand",
    agents: "y<c b<a c<a x<b a",
    tree: "a(b(x) c(y))",
  },
  { what: "an agent whose parent is not in this session is a root", agents: "b<gone a c<b", tree: "b(c) a" },
  { what: "an agent that is its own parent is a root", agents: "a<a b<a", tree: "a(b)" },
  { what: "a cycle of two is cut above the one that comes first", agents: "a<b b<a", tree: "a(b)" },
  { what: "a cycle of three is cut above the one that comes first", agents: "b<a c<b a<c", tree: "b(c(a))" },
  { what: "a cycle keeps what hangs on it", agents: "a<b b<a x<b y<x z<a", tree: "a(b(x(y)) z)" },
  { what: "a cycle that is reached from below is cut there", agents: "x<a a<b b<a", tree: "a(x b)" },
  { what: "a cycle beside a tree leaves the tree alone", agents: "r s<r p<q q<p", tree: "r(s) p(q)" },
];

describe("the tree of a session", () => {
  test.each(TREES)("$what", ({ agents, tree }) => {
    const given =
      agents === "" ? [] : agents.split(" ").map((each) => agent(...(each.split("<") as [string, string?])));
    expect(drawn(agentTree(given))).toBe(tree);
  });

  test("carries every field of an agent, and changes none that it was given", () => {
    const given = [agent("a"), agent("b", "a")];
    const before = structuredClone(given);
    expect(agentTree(given)).toEqual([{ ...before[0]!, children: [{ ...before[1]!, children: [] }] }]);
    expect(given).toEqual(before);
  });

  test("may be 100 levels deep", () => {
    expect(levels(agentTree(chain(100)))).toEqual(Array.from({ length: 100 }, () => 1));
  });

  const ORDERS = [
    { order: "parents first", sorted: (agents: RuntimeAgent[]) => agents },
    { order: "children first", sorted: (agents: RuntimeAgent[]) => agents.toReversed() },
    {
      order: "shuffled",
      sorted: (agents: RuntimeAgent[]) => agents.map((_, at) => agents[(at * 7919) % agents.length]!),
    },
  ];
  test.each(ORDERS)("what is deeper hangs at the last level as siblings: $order", ({ sorted }) => {
    expect(levels(agentTree(sorted(chain(110))))).toEqual([...Array.from({ length: 99 }, () => 1), 11]);
  });

  test.each(ORDERS)("a chain of 20,000 neither overflows nor loses one: $order", ({ sorted }) => {
    const tree = agentTree(sorted(chain(20_000)));
    expect(levels(tree)).toEqual([...Array.from({ length: 99 }, () => 1), 19_901]);
    expect(JSON.stringify(tree).match(/"id":/g)).toHaveLength(20_000);
  });

  test("a cycle of 20,000 neither overflows nor loses one", () => {
    const [first, ...rest] = chain(20_000);
    const tree = agentTree([{ ...first!, parent_agent_id: "a19999" }, ...rest]);
    expect(levels(tree).reduce((sum, count) => sum + count)).toBe(20_000);
    expect(tree.map(({ id }) => id)).toEqual(["a0"]);
  });
});
