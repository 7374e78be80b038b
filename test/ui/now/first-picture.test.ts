import { expect, test } from "bun:test";
import { firstOf } from "#src/ui/now/first-picture.ts";
import { groupAgents } from "#src/ui/now/groups.ts";
import { at, boardAgent } from "./board-agent.ts";

const agents = [
  ...["w1", "w2"].map((id) => boardAgent(id, { status: "waiting" })),
  ...["e1", "e2", "e3"].map((id) => boardAgent(id, { status: "executing" })),
  boardAgent("i1", { status: "idle" }),
];
const { cards } = groupAgents(agents, Date.parse(at("10:30")));

test("the first picture holds the cards that stand first, group by group", () => {
  for (const [most, counts] of [
    [0, [0, 0, 0]],
    [1, [1, 0, 0]],
    [4, [2, 2, 0]],
    [6, [2, 3, 1]],
    [99, [2, 3, 1]],
  ] as const) {
    const { needs, working, idle } = firstOf(cards, most);
    expect({ most, counts: [needs, working, idle].map(({ length }) => length) }).toEqual({ most, counts: [...counts] });
  }
  expect(firstOf(cards, 3).working).toEqual(cards.working.slice(0, 1));
});
