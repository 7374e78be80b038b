import { describe, expect, test } from "bun:test";
import { LogLevelFilter, LogLevelInput } from "#src/domain/log-level.ts";

describe("a log level", () => {
  test.each(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const)("%s is taken in any case", (level) => {
    for (const given of [level, level.toLowerCase(), level[0]! + level.slice(1).toLowerCase()]) {
      expect(LogLevelInput.parse(given)).toBe(level);
    }
  });

  test.each(["WARN", "TRACE", "", " INFO", 20, null])("%p is none", (level) => {
    expect(LogLevelInput.safeParse(level).success).toBe(false);
  });

  test("a filter takes several, in any case", () => {
    expect(LogLevelFilter.parse("error,Critical")).toEqual(["ERROR", "CRITICAL"]);
    expect(LogLevelFilter.safeParse("error,loud").success).toBe(false);
  });
});
