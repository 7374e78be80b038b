import { describe, expect, test } from "bun:test";
import { render } from "#src/scaffold/render.ts";

describe("render", () => {
  test.each([
    ["nothing to put in", "a { b } {c} }} $1", {}, "a { b } {c} }} $1"],
    ["one value", "port: {{port}}", { port: "8000" }, "port: 8000"],
    ["a value several times", "{{a}}{{b}}{{a}}", { a: "1", b: "2" }, "121"],
    ["an empty value", "[{{a}}]", { a: "" }, "[]"],
    ["braces around a placeholder", "${X:-{{a}}} {{{a}}}", { a: "1" }, "${X:-1} {1}"],
  ] as [string, string, Record<string, string>, string][])("%s", (_what, template, values, text) => {
    expect(render(template, values)).toBe(text);
  });

  test.each(["$& $1 $` $'", "{{b}}", "{{a}}", 'line\n"quoted"', "\\"])("a value is put in as it is: %j", (value) => {
    expect(render("<{{a}}>", { a: value })).toBe(`<${value}>`);
  });

  test.each([
    ["{{port}}", "{{port}}"],
    ["{{ a }}", "{{ a }}"],
    ["{{A}}", "{{A}}"],
    ["{{}}", "{{}}"],
    ["{{toString}}", "{{toString}}"],
    ["{{a}} {{__proto__}}", "{{__proto__}}"],
  ])("%s without a value throws", (template, placeholder) => {
    expect(() => render(template, { a: "1" })).toThrow(`the template's ${placeholder} has no value`);
  });

  test("values without a placeholder throw, all of them named", () => {
    expect(() => render("{{a}}", { a: "1", b: "2", c: "3" })).toThrow("the template has no place for b, c");
    expect(() => render("", { a: "{{a}}" })).toThrow("the template has no place for a");
  });
});
