import { describe, expect, test } from "bun:test";
import { createLog, LOG_LEVELS, type LogThreshold } from "#src/platform/log.ts";

function written(threshold: LogThreshold, isTerminal = false) {
  const lines: string[] = [];
  return { lines, log: createLog(threshold, { write: (line) => void lines.push(line), isTerminal }) };
}

function only(lines: readonly string[]): string {
  expect(lines).toHaveLength(1);
  expect(lines[0]).toEndWith("\n");
  expect(lines[0]!.indexOf("\n")).toBe(lines[0]!.length - 1);
  return lines[0]!.trimEnd();
}

const THRESHOLDS: Record<LogThreshold, readonly LogThreshold[]> = {
  debug: ["debug", "info", "warn", "error"],
  info: ["info", "warn", "error"],
  warn: ["warn", "error"],
  error: ["error"],
};

describe("the log", () => {
  test.each([...LOG_LEVELS])("from %s on writes that and what is graver", (threshold) => {
    const { lines, log } = written(threshold);
    for (const level of LOG_LEVELS) log[level](level);
    expect(lines.map((line) => JSON.parse(line).message)).toEqual([...THRESHOLDS[threshold]]);
  });
});

describe("the log of a program", () => {
  test("is one line of JSON for each", () => {
    const { lines, log } = written("info");
    log.warn('a "message"\nof two lines', { path: "/x\n", count: 2, nested: { list: [null] } });
    const line = JSON.parse(only(lines));
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: "warn",
      message: 'a "message"\nof two lines',
      path: "/x\n",
      count: 2,
      nested: { list: [null] },
    });
  });

  test("holds errors with their stack, their own fields and their cause", () => {
    const { lines, log } = written("info");
    const cause = new RangeError("the cause");
    log.error("failed", { error: Object.assign(new TypeError("no use", { cause }), { code: "E_X" }) });
    const { error } = JSON.parse(only(lines));
    expect(error).toMatchObject({ name: "TypeError", message: "no use", code: "E_X" });
    expect(error.stack).toContain("log.test.ts");
    expect(error.cause).toMatchObject({ name: "RangeError", message: "the cause" });
  });

  test("holds errors that stand deeper, and those without a cause have none", () => {
    const { lines, log } = written("info");
    log.error("failed", { all: [{ why: new Error("one") }] });
    const [first] = JSON.parse(only(lines)).all;
    expect(first.why.message).toBe("one");
    expect(first.why).not.toHaveProperty("cause");
  });
});

describe("the log on a terminal", () => {
  test("is one readable line for each", () => {
    const { lines, log } = written("debug", true);
    log.info("database migrated", { path: "/x y", to: 3, backup: null });
    expect(only(lines)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}database migrated path="\/x y" to=3 backup=null$/);
  });

  test("has levels of one width, and no fields where there are none", () => {
    const { lines, log } = written("debug", true);
    for (const level of LOG_LEVELS) log[level]("m");
    expect(lines.map((line) => line.slice(13))).toEqual(["DEBUG m\n", "INFO  m\n", "WARN  m\n", "ERROR m\n"]);
  });

  test("holds errors with their stack, on the same line", () => {
    const { lines, log } = written("info", true);
    log.error("failed", { error: new Error("no use") });
    const line = only(lines);
    expect(line).toContain('"message":"no use"');
    expect(line).toContain("log.test.ts");
  });
});
