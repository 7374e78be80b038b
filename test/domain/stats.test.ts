import { describe, expect, test } from "bun:test";
import { dayOf, dayText, STATS_KEYS, StatsQuery, StatsRow, statsRequest } from "#src/domain/stats.ts";

const DAY_MS = 86_400_000;
const UNREADABLE_MS = -Number.MAX_SAFE_INTEGER;

const requested = (query: Record<string, string>) => statsRequest(StatsQuery.parse(query));

/** Whether a query counts what happened at a time, or what has none. */
function counts(query: Record<string, string>, time: string | number): boolean {
  const { firstDay, lastDay } = requested(query);
  const day = dayOf(typeof time === "number" ? time : Date.parse(time));
  return day >= firstDay && day <= lastDay;
}

describe("a day", () => {
  test.each([
    { time: "1970-01-01T00:00:00.000Z", day: 0, text: "1970-01-01" },
    { time: "1969-12-31T23:59:59.999Z", day: -1, text: "1969-12-31" },
    { time: "2026-02-05T00:00:00.000Z", day: 20_489, text: "2026-02-05" },
    { time: "2026-02-05T23:59:59.999Z", day: 20_489, text: "2026-02-05" },
    { time: "2026-02-06T00:00:00.000Z", day: 20_490, text: "2026-02-06" },
    { time: "0000-01-01T00:00:00.000Z", day: -719_528, text: "0000-01-01" },
    { time: "9999-12-31T23:59:59.999Z", day: 2_932_896, text: "9999-12-31" },
  ])("of $time is $text", ({ time, day, text }) => {
    expect(dayOf(Date.parse(time))).toBe(day);
    expect(dayText(day)).toBe(text);
  });

  test("of a time that cannot be read is none, and before all others", () => {
    const day = dayOf(UNREADABLE_MS);
    expect(dayText(day)).toBeNull();
    expect(day).toBeLessThan(dayOf(-8.64e15));
  });
});

describe("by", () => {
  test.each([
    { by: undefined, key: "day", daily: true },
    { by: "day", key: "day", daily: true },
    ...STATS_KEYS.slice(1).flatMap((key) => [
      { by: key, key, daily: false },
      { by: `${key},day`, key, daily: true },
      { by: `day,${key}`, key, daily: true },
    ]),
  ])("$by", ({ by, key, daily }) => {
    expect(requested(by === undefined ? {} : { by })).toMatchObject({ key, daily });
  });

  test.each(["", ",", "week", "Day", " day", "model, day", "model,agent_type", "model,model", "day,", "agents", "key"])(
    "%j is refused, with what it may be",
    (by) => {
      const [issue] = StatsQuery.safeParse({ by }).error!.issues;
      expect(issue).toMatchObject({
        path: ["by"],
        message: "expected one of day, model, agent_type, orchestrator_agent, or one of them and day (model,day)",
      });
    },
  );

  test("what is no parameter is refused", () => {
    for (const query of [{ key: "model" }, { limit: "5" }, { since: "soon" }, { until: "" }]) {
      expect(StatsQuery.safeParse(query).success).toBe(false);
    }
  });
});

describe("a window takes every day that it touches:", () => {
  type Case = { readonly query: Record<string, string>; readonly days: readonly string[] };
  const DAYS = ["2026-02-04", "2026-02-05", "2026-02-06", "2026-02-07"];
  test.each<Case>([
    { query: {}, days: DAYS },
    { query: { since: "2026-02-05" }, days: DAYS.slice(1) },
    { query: { since: "2026-02-05T23:59:59.999Z" }, days: DAYS.slice(1) },
    { query: { since: "2026-02-06T01:00:00+02:00" }, days: DAYS.slice(1) },
    { query: { since: "2026-02-05T23:00:00-02:00" }, days: DAYS.slice(2) },
    { query: { until: "2026-02-06" }, days: DAYS.slice(0, 2) },
    { query: { until: "2026-02-06T00:00:00.001Z" }, days: DAYS.slice(0, 3) },
    { query: { until: "2026-02-06T01:00:00+02:00" }, days: DAYS.slice(0, 2) },
    { query: { since: "2026-02-05", until: "2026-02-06" }, days: ["2026-02-05"] },
    { query: { since: "2026-02-05T11:00:00Z", until: "2026-02-05T12:00:00Z" }, days: ["2026-02-05"] },
    { query: { since: "2026-02-05", until: "2026-02-05" }, days: [] },
    { query: { since: "2026-02-07", until: "2026-02-05" }, days: [] },
  ])("$query", ({ query, days }) => {
    const found = DAYS.filter((day) => counts(query, `${day}T12:00:00Z`));
    expect(found).toEqual([...days]);
    for (const day of DAYS) {
      const first = Date.parse(day);
      expect(counts(query, first)).toBe(days.includes(day));
      expect(counts(query, first + DAY_MS - 1)).toBe(days.includes(day));
    }
  });

  test("what has no time that can be read counts only without a window", () => {
    expect(counts({}, UNREADABLE_MS)).toBe(true);
    for (const query of [{ since: "0000-01-01" }, { until: "9999-12-31" }] as Record<string, string>[]) {
      expect(counts(query, UNREADABLE_MS)).toBe(false);
    }
  });

  test("the first and the last time that RFC 3339 can write", () => {
    expect(counts({ until: "9999-12-31" }, "0000-01-01T00:00:00Z")).toBe(true);
    expect(counts({ since: "9999-12-31T23:59:59.999Z" }, "9999-12-31T00:00:00Z")).toBe(true);
  });
});

test("a total has a day only by day, and a key that may be null", () => {
  const row = { key: null, agents: 1, prompts: 0, tokens_input: 0, tokens_output: 0, cost_usd: 0.1 };
  for (const each of [row, { ...row, day: null }, { ...row, key: "2026-02-05", day: "2026-02-05" }]) {
    expect(StatsRow.parse(each)).toEqual(each);
  }
  expect(StatsRow.safeParse({ ...row, agents: -1 }).success).toBe(false);
  expect(StatsRow.safeParse({ ...row, nano: 1 }).success).toBe(false);
});
