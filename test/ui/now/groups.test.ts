import { expect, test } from "bun:test";
import type { BoardAgent } from "#src/domain/board.ts";
import { AGENT_STATUSES } from "#src/domain/vocabulary.ts";
import { type AgentTree, groupAgents, groupOf, GROUPS, type Group, isSameTree } from "#src/ui/now/groups.ts";
import { at, boardAgent } from "./board-agent.ts";

const NOW = Date.parse(at("10:30"));

type Ids = readonly (string | readonly [string, Ids])[];

/** The ids of trees; with `[id, children]` for who has some. */
function idsOf(trees: readonly AgentTree[]): Ids {
  return trees.map(({ agent, children }) =>
    children.length === 0 ? agent.id : ([agent.id, idsOf(children)] as const),
  );
}

/** The groups that have cards. */
function shown(agents: readonly BoardAgent[], filter?: string): Partial<Record<Group, Ids>> {
  const { cards } = groupAgents(agents, NOW, filter);
  const some = GROUPS.filter((group) => cards[group].length > 0);
  return Object.fromEntries(some.map((group) => [group, idsOf(cards[group].map(({ tree }) => tree))]));
}

test("each status has a group, and silence is stronger than work but not than waiting or an end", () => {
  const plain = AGENT_STATUSES.map((status) => groupOf({ status, quiet_since: null, lost: false }));
  expect(plain.join(" ")).toBe("working working idle working working working needs finished failed finished");
  const lost = AGENT_STATUSES.map((status) => groupOf({ status, quiet_since: at("09:00"), lost: true }));
  expect(lost.join(" ")).toBe("silent silent silent silent silent silent needs finished failed finished");
  expect(groupOf({ status: "executing", quiet_since: at("10:00"), lost: false })).toBe("silent");
});

test("agents stand beneath their parent, and alone where that is not on the board", () => {
  const agents = [
    boardAgent("child", { parent_agent_id: "root" }),
    boardAgent("root"),
    boardAgent("grandchild", { parent_agent_id: "child" }),
    boardAgent("orphan", { parent_agent_id: "elsewhere" }),
  ];
  expect(shown(agents)).toEqual({ working: [["root", [["child", ["grandchild"]]]], "orphan"] });
});

test.each<[string, Partial<BoardAgent>, Partial<BoardAgent>, Group]>([
  ["idle with one at work", { status: "idle" }, {}, "working"],
  ["finished with one at work", { status: "completed", completed_at: at("10:20") }, {}, "working"],
  ["quiet while another works for it", { quiet_since: at("10:00") }, {}, "working"],
  ["at work with a lost one", {}, { lost: true, quiet_since: at("09:00") }, "working"],
  ["idle with a lost one", { status: "idle" }, { lost: true, quiet_since: at("09:00") }, "silent"],
  ["finished with a failed one", { status: "completed", completed_at: at("10:20") }, { status: "failed" }, "failed"],
  ["failed with one at work", { status: "failed", completed_at: at("10:20") }, {}, "working"],
  ["finished with an idle one", { status: "completed", completed_at: at("10:20") }, { status: "idle" }, "idle"],
])("a tree stands where its most urgent member belongs: %s", (_, parent, child, group) => {
  const agents = [boardAgent("parent", parent), boardAgent("child", { parent_agent_id: "parent", ...child })];
  expect(shown(agents)).toEqual({ [group]: [["parent", ["child"]]] });
});

test("who waits has a card of its own, tells whose it is, and moves no other", () => {
  const agents = [
    boardAgent("idle", { status: "idle" }),
    boardAgent("waits", { parent_agent_id: "idle", status: "waiting" }),
    boardAgent("helper", { parent_agent_id: "waits", status: "idle" }),
  ];
  expect(shown(agents)).toEqual({
    needs: [["waits", ["helper"]]],
    idle: [["idle", [["waits", ["helper"]]]]],
  });
  const { cards, count } = groupAgents(agents, NOW);
  expect(cards.needs[0]?.parent?.id).toBe("idle");
  expect(cards.idle[0]?.parent).toBeNull();
  expect(count).toEqual({ needs: 1, failed: 0, working: 0, idle: 2, silent: 0, finished: 0 });
});

test("a parent that waits holds those that work for it, who are counted and have no card", () => {
  const agents = [boardAgent("boss", { status: "waiting" }), boardAgent("works", { parent_agent_id: "boss" })];
  expect(shown(agents)).toEqual({ needs: [["boss", ["works"]]] });
  expect(groupAgents(agents, NOW).count.working).toBe(1);
});

test("parents that are each other's are cut, and nobody is left out", () => {
  const agents = [
    boardAgent("one", { parent_agent_id: "two" }),
    boardAgent("two", { parent_agent_id: "one" }),
    boardAgent("self", { parent_agent_id: "self" }),
  ];
  expect(shown(agents)).toEqual({ working: ["self", ["one", ["two"]]] });
});

test("who ended falls off after an hour, by its last change where nobody said when", () => {
  const ended = { status: "completed" } as const;
  const agents = [
    boardAgent("before", { ...ended, completed_at: at("09:29"), updated_at: at("10:00") }),
    boardAgent("within", { ...ended, completed_at: at("09:31") }),
    boardAgent("said nothing", { ...ended, updated_at: at("10:00") }),
    boardAgent("said nothing, before", { ...ended, updated_at: at("09:00") }),
    boardAgent("alive", { status: "idle", updated_at: at("01:00") }),
  ];
  expect(shown(agents)).toEqual({ idle: ["alive"], finished: ["said nothing", "within"] });
  expect(groupAgents(agents, NOW).agents).toHaveLength(3);
});

test("inside a group the order is that of the question, and logs and costs move no card that works", () => {
  const agents = [
    boardAgent("b", { started_at: at("10:01") }),
    boardAgent("a", { started_at: at("10:02") }),
    boardAgent("nobody knows", { started_at: null }),
    boardAgent("w-late", { status: "waiting", updated_at: at("10:20") }),
    boardAgent("w-early", { status: "waiting", updated_at: at("10:10") }),
    boardAgent("x-early", { status: "failed", completed_at: at("10:01") }),
    boardAgent("x-late", { status: "failed", completed_at: at("10:02") }),
    boardAgent("f-early", { status: "completed", completed_at: at("10:03") }),
    boardAgent("f-late", { status: "cancelled", completed_at: at("10:04") }),
  ];
  const order = {
    needs: ["w-early", "w-late"],
    working: ["a", "b", "nobody knows"],
    failed: ["x-late", "x-early"],
    finished: ["f-late", "f-early"],
  };
  expect(shown(agents)).toEqual(order);
  const moved = agents.map((agent) => (agent.id === "b" ? { ...agent, cost_usd: 1, updated_at: at("10:29") } : agent));
  expect(shown(moved.toReversed())).toEqual(order);
});

test("among sub-agents who needs somebody is first, then who failed, and who ended last, else as they were started", () => {
  const beneath = (id: string, facts: Partial<BoardAgent>) => boardAgent(id, { parent_agent_id: "root", ...facts });
  const agents = [
    boardAgent("root"),
    beneath("ended", { status: "completed", completed_at: at("10:20"), started_at: at("10:01") }),
    beneath("failed", { status: "failed", completed_at: at("10:20"), started_at: at("10:05") }),
    beneath("second", { started_at: at("10:03") }),
    beneath("first", { started_at: at("10:02") }),
    beneath("waits", { status: "waiting", started_at: at("10:04") }),
  ];
  expect(shown(agents).working).toEqual([["root", ["waits", "failed", "first", "second", "ended"]]]);
});

test("a filter keeps who matches all its words, and who is beneath them", () => {
  const agents = [
    boardAgent("1", { name: "Build: cart", definition: "code-builder", session_id: "shop" }),
    boardAgent("2", { name: "helper", parent_agent_id: "1", session_id: "shop-2" }),
    boardAgent("3", { name: "plan", definition: "feature-planner", session_id: "shop" }),
  ];
  expect(shown(agents, " BUILD  shop")).toEqual({ working: [["1", ["2"]]] });
  expect(shown(agents, "planner")).toEqual({ working: ["3"] });
  expect(shown(agents, "nobody")).toEqual({});
  const states = [
    boardAgent("f", { status: "failed", completed_at: at("10:20") }),
    boardAgent("w", { status: "waiting" }),
    boardAgent("l", { lost: true, quiet_since: at("09:00") }),
    boardAgent("q", { quiet_since: at("10:00") }),
  ];
  expect(shown(states, "failed")).toEqual({ failed: ["f"] });
  expect(shown(states, "Waiting")).toEqual({ needs: ["w"] });
  expect(shown(states, "lost")).toEqual({ silent: ["l"] });
  expect(shown(states, "quiet executing")).toEqual({ silent: ["q"] });
  const { cards, count, agents: all } = groupAgents(agents, NOW, "helper");
  expect(cards.working.map(({ tree, parent }) => [tree.agent.id, parent?.id])).toEqual([["2", "1"]]);
  expect([count.working, all.length]).toEqual([1, 3]);
});

test("trees are the same when their rows are", () => {
  const rows = [boardAgent("root"), boardAgent("child", { parent_agent_id: "root" })];
  const treeOf = (agents: readonly BoardAgent[]) => groupAgents(agents, NOW).cards.working[0]!.tree;
  const tree = treeOf(rows);
  expect(isSameTree(tree, treeOf([...rows]))).toBe(true);
  expect(isSameTree(tree, treeOf([rows[0]!, { ...rows[1]!, cost_usd: 1 }]))).toBe(false);
  expect(isSameTree(tree, treeOf([rows[0]!]))).toBe(false);
});
