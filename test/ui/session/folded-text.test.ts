import { expect, test } from "bun:test";
import { foldedText } from "#src/ui/session/folded-text.ts";

const lines = (count: number, length = 20) => `${"x".repeat(length - 1)}\n`.repeat(count);

test.each([
  ["what is short stays", "short", "short"],
  ["nothing", "", ""],
  ["what is hardly longer stays", lines(16), lines(16)],
  ["many lines: the first of them", lines(100), lines(14)],
  ["long lines: as many as there is room for", lines(100, 200), lines(6, 200)],
  ["one long line: a part of it", "x".repeat(10_000), "x".repeat(1_200)],
  ["no half of a character", `a${"😀".repeat(5_000)}`, `a${"😀".repeat(599)}`],
  ["a short line before a long one: a part of that", `a\n${"x".repeat(10_000)}`, `a\n${"x".repeat(1_198)}`],
])("%s", (_, text, expected) => expect(foldedText(text)).toBe(expected));
