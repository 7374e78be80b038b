import { expect, test } from "bun:test";
import { ticksOf } from "#src/ui/session/time-axis.ts";

const MINUTE = 60_000;
const NOON = Date.parse("2026-02-05T12:00:00.000Z");
/** Of Berlin in winter, and of Kolkata. */
const [BERLIN, KOLKATA] = [-60, -330];

const labels = (length: number, offset: number, width = 900, from = NOON) =>
  ticksOf({ from, to: from + length }, width, 90, () => offset).map(({ label }) => label);

test.each([
  ["an hour", 60 * MINUTE, BERLIN, ["13:00", "13:10", "13:20", "13:30", "13:40", "13:50", "14:00"]],
  [
    "an hour where clocks are half an hour apart",
    60 * MINUTE,
    KOLKATA,
    ["17:30", "17:40", "17:50", "18:00", "18:10", "18:20", "18:30"],
  ],
  ["four seconds", 4_000, BERLIN, ["13:00:00.000", "13:00:00.500", "13:00:01.000"]],
  ["a minute", MINUTE, BERLIN, ["13:00:00", "13:00:10", "13:00:20"]],
] as const)("round local times: %s", (_, length, offset, expected) => {
  expect(labels(length, offset).slice(0, expected.length)).toEqual([...expected]);
});

test("a tick at midnight is its day, and so are those of many days", () => {
  expect(labels(24 * 60 * MINUTE, BERLIN)).toContain("2026-02-06");
  const days = labels(9 * 24 * 60 * MINUTE, BERLIN);
  expect(days[0]).toBe("2026-02-06");
  expect(days.length).toBeLessThanOrEqual(10);
});

test("never closer than there is room, however long or short it is", () => {
  for (const length of [1, 10, 1_000, MINUTE, 86_400_000, 400 * 86_400_000, 4_000 * 86_400_000])
    for (const width of [1, 80, 300, 2_000])
      expect(labels(length, BERLIN, width).length).toBeLessThanOrEqual(Math.max(2, width / 90 + 2));
});
