import { expect, test } from "bun:test";
import type { Change } from "#src/client/client.ts";
import { type DefinitionRow, reduceDefinitions, withTail } from "#src/ui/definitions/definitions-source.ts";

const row = (id: string, more: Partial<DefinitionRow> = {}): DefinitionRow => ({
  id,
  name: `name of ${id}`,
  description: null,
  agent_type: "planner",
  capabilities: null,
  default_model: null,
  is_active: true,
  created_at: `2026-02-0${id}T00:00:00.000Z`,
  updated_at: null,
  ...more,
});
const change = (type: string, data: DefinitionRow) => ({ type, id: data.id, seq: 1, data }) as unknown as Change;
const LIST = { rows: [row("5"), row("3")], cursor: null };
const idsAfter = (
  changes: Change[],
  filter = {},
  list: typeof LIST | { rows: DefinitionRow[]; cursor: string } = LIST,
) => reduceDefinitions(list, changes, filter).rows.map(({ id }) => id);

test("new definitions stand where they belong, whatever they are called", () => {
  const created = ["6", "4", "2"].map((id) => change("orchestrator_agent.created", row(id)));
  expect(idsAfter(created)).toEqual(["6", "5", "4", "3", "2"]);
  expect(idsAfter([change("orchestrator_agent.created", row("5", { created_at: null }))])).toEqual(["5", "3"]);
});

test("what belongs behind the last row comes with its page", () => {
  const list = { rows: [...LIST.rows], cursor: "more" };
  expect(idsAfter([change("orchestrator_agent.created", row("2"))], {}, list)).toEqual(["5", "3"]);
  expect(idsAfter([change("orchestrator_agent.created", row("4"))], {}, list)).toEqual(["5", "4", "3"]);
});

test("a changed definition keeps its place, or leaves a list it is no longer for", () => {
  const inactive = change("orchestrator_agent.updated", row("5", { is_active: false, name: "renamed" }));
  expect(reduceDefinitions(LIST, [inactive], {}).rows[0]?.name).toBe("renamed");
  expect(idsAfter([inactive], { is_active: true })).toEqual(["3"]);
  expect(reduceDefinitions({ rows: [], cursor: null }, [inactive], { is_active: false }).rows.length).toBe(1);
  expect(
    idsAfter([change("orchestrator_agent.updated", row("3", { agent_type: "builder" }))], { agent_type: "planner" }),
  ).toEqual(["5"]);
});

test("a deleted definition leaves; what concerns none changes nothing", () => {
  expect(idsAfter([change("orchestrator_agent.deleted", row("5"))])).toEqual(["3"]);
  expect(reduceDefinitions(LIST, [change("orchestrator_agent.deleted", row("9"))], {})).toBe(LIST);
  expect(reduceDefinitions(LIST, [change("agent.created", row("9"))], {})).toBe(LIST);
});

test("a batch ends with what was last told of each", () => {
  const batch = [
    change("orchestrator_agent.created", row("4")),
    change("orchestrator_agent.deleted", row("4")),
    change("orchestrator_agent.updated", row("5", { name: "first" })),
    change("orchestrator_agent.updated", row("5", { name: "second" })),
  ];
  expect(reduceDefinitions(LIST, batch, {}).rows.map(({ name }) => name)).toEqual(["second", "name of 3"]);
});

test("a batch goes through the list once, not once for each of its changes", () => {
  const ids = Array.from({ length: 500 }, (_, index) => String(index));
  let looks = 0;
  const rows = ids.map((id) => Object.defineProperty(row(id), "id", { get: () => ((looks += 1), id) }));
  const batch = ids.map((id) => change("orchestrator_agent.updated", row(id, { name: "other" })));
  const next = reduceDefinitions({ rows, cursor: null }, batch, {});
  expect(next.rows.every(({ name }) => name === "other")).toBe(true);
  expect(looks).toBeLessThan(5 * ids.length);
});

test("rows anew keep what was read behind them meanwhile, and nothing that is gone", () => {
  const list = (ids: string, cursor: string | null) => ({ rows: [...ids].map((id) => row(id)), cursor });
  const next = withTail(list("97531", null), list("986", "6"));
  expect([next.rows.map(({ id }) => id).join(""), next.cursor]).toEqual(["986531", null]);
  const nothingBehind = list("97531", "1");
  expect(withTail(list("975", "5"), nothingBehind)).toBe(nothingBehind);
});
