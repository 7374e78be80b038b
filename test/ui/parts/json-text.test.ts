import { expect, test } from "bun:test";
import { flatJson, jsonText } from "#src/ui/parts/json-text.ts";

const DEEP = `${"[".repeat(20_000)}1${"]".repeat(20_000)}`;

test.each([
  `{"a":[1,null,true,{"b":"\\u202e\\n"}],"":{},"__proto__":{"x":[]}}`,
  `[[],[[]],{}]`,
  `"text"`,
  `-1.5`,
  `null`,
])("%s is written as JSON.stringify does", (text) => {
  const value: unknown = JSON.parse(text);
  expect(flatJson(value)).toBe(JSON.stringify(value));
  expect(jsonText(value)).toBe(JSON.stringify(value, null, 2));
});

test("what is nested deeper than anything can be indented is written on one line, whole", () => {
  expect(jsonText(JSON.parse(DEEP))).toBe(DEEP);
  const objects = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  expect(jsonText({ wide: [1, JSON.parse(objects)] })).toBe(`{"wide":[1,${objects}]}`);
});

test("what is only wide is indented", () => {
  const wide = Array.from({ length: 300_000 }, (_, index) => index);
  expect(jsonText(wide)).toBe(JSON.stringify(wide, null, 2));
  expect(flatJson(wide)).toBe(JSON.stringify(wide));
});
