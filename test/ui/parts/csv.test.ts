import { expect, test } from "bun:test";
import { csvOf } from "#src/ui/parts/csv.ts";

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])("text that begins as a formula is none: %j", (text) => {
  const cell = csvOf(["a"], [[text]]).split("\uFEFFa\r\n")[1]!;
  expect(cell.replace(/^"/, "")[0]).toBe("'");
});

test("numbers stay numbers, below zero too; nothing is an empty cell", () => {
  expect(csvOf(["a", "b", "c"], [[-1.5, null, ""]])).toBe("\uFEFFa,b,c\r\n-1.5,,\r\n");
});

test("commas, quotes and line ends are quoted", () => {
  expect(csvOf(["a"], [['x,"y"\nz']])).toBe('\uFEFFa\r\n"x,""y""\nz"\r\n');
});
