import { expect, test } from "bun:test";
import { agentRows, below } from "#src/ui/session/agent-rows.ts";

const agent = (id: string, started: number | null, parent: string | null = null) => ({
  id,
  parent_agent_id: parent,
  started_at: started === null ? null : new Date(started * 1000).toISOString(),
});
const told = (agents: readonly ReturnType<typeof agent>[]) =>
  agentRows(agents).map(({ agent: { id }, level }) => `${level}${id}`);

test("each agent is followed by those it started, in order of their start", () => {
  const agents = [agent("c", 3, "a"), agent("b", 5), agent("a", 1), agent("d", 2, "a"), agent("e", 4, "d")];
  expect(told(agents)).toEqual(["1a", "2d", "3e", "2c", "1b"]);
});

test("a parent of another session is none; no start is the first; ids break ties", () => {
  expect(told([agent("b", 1, "elsewhere"), agent("a", 1), agent("z", null)])).toEqual(["1z", "1a", "1b"]);
});

test("a cycle is cut, and none of it is lost", () => {
  expect(told([agent("a", 2, "b"), agent("b", 1, "a"), agent("c", 3, "c"), agent("d", 4, "a")])).toEqual([
    "1c",
    "1b",
    "2a",
    "3d",
  ]);
});

test("ten thousand below each other are no matter of depth", () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    agent(String(index), index, index === 0 ? null : String(index - 1)),
  );
  expect(agentRows(chain).at(-1)).toMatchObject({ level: 10_000 });
});

test("an agent with those below it", () => {
  const rows = agentRows([agent("a", 1), agent("b", 2, "a"), agent("c", 3, "b"), agent("d", 4, "a"), agent("e", 5)]);
  expect(below(rows, "b").map((row) => row.agent.id)).toEqual(["b", "c"]);
  expect(below(rows, "a")).toHaveLength(4);
  expect(below(rows, "gone")).toEqual([]);
});
