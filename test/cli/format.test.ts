import { afterEach, describe, expect, test } from "bun:test";
import { ageOf, formatAge, formatCount, formatDateTime, formatTime, formatUsd } from "#src/cli/format.ts";

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe("an age", () => {
  test.each([
    [0, "0s"],
    [999, "0s"],
    [-5 * H, "0s"],
    [S, "1s"],
    [59 * S + 999, "59s"],
    [M, "1m"],
    [M + S, "1m 1s"],
    [59 * M + 59 * S, "59m 59s"],
    [H, "1h"],
    [H + 59 * S, "1h"],
    [H + M, "1h 1m"],
    [23 * H + 59 * M, "23h 59m"],
    [D, "1d"],
    [D + 59 * M, "1d"],
    [3 * D + 4 * H + 5 * M, "3d 4h"],
    [400 * D, "400d"],
  ])("of %d ms is %s", (millis, shown) => {
    expect(formatAge(millis)).toBe(shown);
  });

  test("of a time is counted from now", () => {
    const now = Date.parse("2026-02-05T10:30:00.000Z");
    expect(ageOf("2026-02-05T10:28:30.000Z", now)).toBe("1m 30s");
    expect(ageOf("2026-02-05T12:28:30.000+02:00", now)).toBe("1m 30s");
    expect(ageOf("2027-02-05T10:28:30.000Z", now)).toBe("0s");
    expect(ageOf(null, now)).toBe("-");
  });
});

describe("an amount", () => {
  test.each([
    [null, "-"],
    [0, "$0.00"],
    [-0, "$0.00"],
    [1, "$1.00"],
    [1.5, "$1.50"],
    [1.005, "$1.01"],
    [12.3456, "$12.35"],
    [999.999, "$1,000.00"],
    [1_234_567.891, "$1,234,567.89"],
    [0.999_99, "$1.00"],
    [0.5, "$0.50"],
    [0.25, "$0.25"],
    [0.2512, "$0.2512"],
    [0.251_26, "$0.2513"],
    [0.01, "$0.01"],
    [0.0125, "$0.0125"],
    [0.009_99, "$0.01"],
    [0.0099, "$0.0099"],
    [0.005, "$0.005"],
    [0.000_123_4, "$0.00012"],
    [0.000_001_5, "$0.000002"],
    [1e-9, "$0.00"],
    [5e-324, "$0.00"],
    [-0.5, "-$0.50"],
    [-1234, "-$1,234.00"],
  ])("of %p is %s", (amount, shown) => {
    expect(formatUsd(amount)).toBe(shown);
  });
});

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [1_234_567, "1,234,567"],
])("a count of %d is %s", (count, shown) => {
  expect(formatCount(count)).toBe(shown);
});

describe("a time", () => {
  const before = process.env["TZ"] ?? "UTC";
  afterEach(() => {
    process.env["TZ"] = before;
  });

  test.each([
    ["UTC", "2026-03-08 06:59:59"],
    ["America/New_York", "2026-03-08 01:59:59"],
    ["Asia/Kathmandu", "2026-03-08 12:44:59"],
    ["Pacific/Kiritimati", "2026-03-08 20:59:59"],
  ])("is that of the machine's zone: %s", (zone, shown) => {
    process.env["TZ"] = zone;
    expect(formatDateTime("2026-03-08T06:59:59.999Z")).toBe(shown);
    expect(formatTime("2026-03-08T06:59:59.999Z")).toBe(shown.slice(11));
  });

  test("that nobody knows is a dash", () => {
    expect([formatDateTime(null), formatTime(null)]).toEqual(["-", "--:--:--"]);
  });

  test("has two digits in each part", () => {
    process.env["TZ"] = "UTC";
    expect(formatDateTime("2026-01-02T03:04:05.000Z")).toBe("2026-01-02 03:04:05");
  });
});
