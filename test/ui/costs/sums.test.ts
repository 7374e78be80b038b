import { expect, test } from "bun:test";
import type { CostRow } from "#src/domain/costs.ts";
import { costsCsv, costsFileName } from "#src/ui/costs/costs-csv.ts";
import { outdatesCosts } from "#src/ui/costs/costs-source.ts";
import { everyDay, sumOf } from "#src/ui/costs/sums.ts";
import { formatAmong, sayCost } from "#src/ui/costs/words.ts";
import type { Change } from "#src/client/client.ts";

const ROW: CostRow = {
  key: "2026-02-01",
  name: null,
  agents: 1,
  prompts: 2,
  tokens_input: 30,
  tokens_output: 4,
  cost_usd: 0.1,
  unknown_prompts: 0,
};

test("sums have no binary dust, and tell what is not known", () => {
  const rows = [ROW, { ...ROW, cost_usd: 0.2 }, { ...ROW, cost_usd: null, unknown_prompts: 3 }];
  expect(sumOf(rows)).toEqual({
    agents: 3,
    prompts: 6,
    tokens_input: 90,
    tokens_output: 12,
    cost_usd: 0.3,
    unknown_prompts: 3,
  });
});

test("a sum of nothing known is unknown, one of nothing used is zero", () => {
  expect(sumOf([{ ...ROW, cost_usd: null, unknown_prompts: 1 }]).cost_usd).toBeNull();
  expect(sumOf([]).cost_usd).toBe(0);
});

test("costs are told with what is not known of them", () => {
  expect([sayCost(null, 2), sayCost(1.5, 2), sayCost(1.5, 0), sayCost(0, 0)]).toEqual([
    "unknown",
    "at least $1.50",
    "$1.50",
    "$0.00",
  ]);
  expect([0.25, 0.0001].map(formatAmong(0.25))).toEqual(["$0.2500", "$0.0001"]);
  expect([12.345, 0.001, 0].map(formatAmong(12.345))).toEqual(["$12.35", "< $0.01", "$0.00"]);
});

test("a chart has every day of its range, those without costs too", () => {
  const days = everyDay([{ ...ROW, key: "2026-02-03" }, ROW, { ...ROW, key: null }], {
    first: "2026-01-31",
    last: "2026-02-03",
  });
  expect(days.map(({ day, row }) => [day, row?.key ?? null])).toEqual([
    ["2026-01-31", null],
    ["2026-02-01", "2026-02-01"],
    ["2026-02-02", null],
    ["2026-02-03", "2026-02-03"],
  ]);
});

test("an open range ends where the costs do, and a chart holds a thousand days at most", () => {
  expect(everyDay([ROW], { first: null, last: null }).map(({ day }) => day)).toEqual(["2026-02-01"]);
  expect(everyDay([], { first: null, last: null })).toEqual([]);
  const long = everyDay([], { first: "1900-01-01", last: "2026-02-01" });
  expect([long.length, long.at(-1)?.day]).toEqual([1000, "2026-02-01"]);
});

test("a table is downloaded as it is read from the API, with nothing that a spreadsheet would run", () => {
  const rows = [
    { ...ROW, key: 's"1', name: "=cmd()", cost_usd: null, unknown_prompts: 1 },
    { ...ROW, key: null, name: "a,b" },
  ];
  expect(costsCsv("session", rows)).toBe(
    "\uFEFFsession_id,name,agents,prompts,tokens_input,tokens_output,cost_usd,unknown_prompts\r\n" +
      `"s""1",'=cmd(),1,2,30,4,,1\r\n` +
      ',"a,b",1,2,30,4,0.1,0\r\n',
  );
  expect(costsCsv("day", [ROW]).split("\r\n")[1]).toBe("2026-02-01,1,2,30,4,0.1,0");
  expect(costsFileName("model", { first: "2026-02-01", last: "2026-02-28" })).toBe(
    "costs-by-model-2026-02-01-to-2026-02-28.csv",
  );
});

const FEBRUARY = { first: "2026-02-01", last: "2026-02-28" };
const change = (type: string, at: string, data: object) => ({ type, at, seq: 1, id: "1", data }) as unknown as Change;

const MARCH = "2026-03-03T00:00:00.000Z";

test.each([
  ["a prompt of that time", true, change("prompt.created", "2026-02-03T00:00:00.000Z", { created_at: null })],
  ["an older prompt", true, change("prompt.updated", MARCH, { created_at: "2026-02-03T00:00:00.000Z" })],
  ["a later prompt", false, change("prompt.created", MARCH, { created_at: MARCH })],
  ["an agent that started then", true, change("agent.updated", MARCH, { started_at: "2026-02-28T23:59:59.999Z" })],
  ["a later agent", false, change("agent.deleted", MARCH, { started_at: "2026-03-01T00:00:00.000Z" })],
  ["a log", false, change("agent_log.created", "2026-02-03T00:00:00.000Z", {})],
])("%s outdates costs: %p", (_, isOutdated, of) => {
  expect(outdatesCosts(of, "day", FEBRUARY)).toBe(isOutdated);
});

test("a new name of a definition outdates what shows it", () => {
  const renamed = change("orchestrator_agent.updated", MARCH, {});
  expect((["day", "definition", "agent"] as const).map((by) => outdatesCosts(renamed, by, FEBRUARY))).toEqual([
    false,
    true,
    true,
  ]);
});
