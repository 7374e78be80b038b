import { expect, test } from "bun:test";
import { coversTime, dayAfter, rangeOf, sayDays, windowOf } from "#src/ui/costs/range.ts";

const TODAY = "2026-03-05";
const of = (query: string) => rangeOf(new URLSearchParams(query), TODAY);

test.each([
  ["", "30d", "2026-02-04", TODAY],
  ["range=7d", "7d", "2026-02-27", TODAY],
  ["range=90d", "90d", "2025-12-06", TODAY],
  ["range=month", "month", "2026-03-01", TODAY],
  ["range=all", "all", null, null],
  ["range=own&from=2026-01-01&to=2026-01-31", "own", "2026-01-01", "2026-01-31"],
  ["range=own&from=2026-01-01", "own", "2026-01-01", null],
  ["range=own&to=2026-01-31", "own", null, "2026-01-31"],
  ["range=own", "own", null, null],
] as const)("%p asks for %s: %s to %s", (query, name, first, last) => {
  expect(of(query)).toEqual({ name, days: { first, last }, faults: {} });
});

test.each([
  ["range=own&from=2026-02-30", ["from"]],
  ["range=own&from=yesterday&to=<b>", ["from", "to"]],
  ["range=own&from=2026-02-02&to=2026-02-01", ["to"]],
  ["range=own&to=02/01/2026", ["to"]],
  ["range=mistyped", ["range"]],
])("%p is no range, and says in which field", (query, fields) => {
  const { days, faults } = of(query);
  expect(days).toBeNull();
  expect(Object.keys(faults)).toEqual(fields);
});

test("the API is asked until the day after the last", () => {
  expect(windowOf({ first: "2026-02-01", last: "2026-02-28" })).toEqual({ since: "2026-02-01", until: "2026-03-01" });
  expect(windowOf({ first: null, last: null })).toEqual({});
  expect(dayAfter("2026-01-01", -1)).toBe("2025-12-31");
});

test("what has no readable time belongs to all days only", () => {
  expect(coversTime({ first: null, last: null }, null)).toBe(true);
  expect(coversTime({ first: "2026-02-01", last: null }, null)).toBe(false);
});

test("both ends belong to a range", () => {
  const days = { first: "2026-02-01", last: "2026-02-02" };
  const times = [
    "2026-01-31T23:59:59.999Z",
    "2026-02-01T00:00:00.000Z",
    "2026-02-02T23:59:59.999Z",
    "2026-02-03T00:00:00.000Z",
  ];
  expect(times.map((time) => coversTime(days, time))).toEqual([false, true, true, false]);
});

test("days are told in words", () => {
  expect(sayDays({ first: null, last: null })).toBe("all days");
  expect(sayDays({ first: "2026-02-01", last: "2026-02-01" })).toBe("2026-02-01");
  expect(sayDays({ first: "2026-02-01", last: null })).toBe("2026-02-01 to now");
  expect(sayDays({ first: null, last: "2026-02-01" }, "-to-")).toBe("beginning-to-2026-02-01");
});
