import { describe, expect, test } from "bun:test";
import { createPaint, paintLevel, paintStatus } from "#src/cli/paint.ts";
import { AGENT_STATUSES, LOG_LEVELS } from "#src/domain/vocabulary.ts";

const painted = createPaint(true);
const plain = createPaint(false);

describe("paint", () => {
  test("colours where there is colour, and leaves nothing behind", () => {
    expect(painted.red("x")).toBe("\u001B[31mx\u001B[39m");
    expect(painted.bold(painted.yellow("x"))).toBe("\u001B[1m\u001B[33mx\u001B[39m\u001B[22m");
    for (const paint of Object.values(painted)) {
      expect(Bun.stripANSI(paint("text"))).toBe("text");
      expect(paint("text")).not.toBe("text");
      expect(paint("")).toBe("");
    }
  });

  test("leaves text alone where there is none", () => {
    for (const paint of Object.values(plain)) expect(paint("text")).toBe("text");
  });

  test("does as it was told, whatever the variables of this process say", () => {
    const before = process.env["NO_COLOR"];
    process.env["NO_COLOR"] = "1";
    try {
      expect(createPaint(true).red("x")).toBe("\u001B[31mx\u001B[39m");
    } finally {
      if (before === undefined) delete process.env["NO_COLOR"];
      else process.env["NO_COLOR"] = before;
    }
  });
});

describe("a status", () => {
  test("that needs somebody stands out", () => {
    const looks = AGENT_STATUSES.map((status) => paintStatus(painted, status)("x"));
    const waiting = paintStatus(painted, "waiting")("x");
    const failed = paintStatus(painted, "failed")("x");
    expect(looks.filter((look) => look === waiting)).toHaveLength(1);
    expect(looks.filter((look) => look === failed)).toHaveLength(1);
    expect(failed).toBe(painted.red("x"));
  });

  test("that nobody knows has a look too", () => {
    expect(Bun.stripANSI(paintStatus(painted, "odd")("x"))).toBe("x");
  });
});

test("levels look as grave as they are", () => {
  const looks = Object.fromEntries(LOG_LEVELS.map((level) => [level, paintLevel(painted, level)("x")]));
  expect(looks).toEqual({
    DEBUG: painted.dim("x"),
    INFO: "x",
    WARNING: painted.yellow("x"),
    ERROR: painted.red("x"),
    CRITICAL: painted.red("x"),
  });
});
