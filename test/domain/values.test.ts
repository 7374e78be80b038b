import { describe, expect, test } from "bun:test";
import { Count, Id, Json, requiredText, roundUsd, text, Usd } from "#src/domain/values.ts";

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

const UNSTORABLE = "text must not hold NUL or unpaired surrogates";

describe("text", () => {
  test.each([
    ["plain", "abc"],
    ["empty", ""],
    ["of several lines", "a\n\tb\r\n"],
    ["of control characters other than NUL", "\u0001\u001F\u007F"],
    ["beyond the basic plane", "🙂 𝒳"],
    ["with a noncharacter", "\uFFFF"],
    ["right to left", "שלום"],
  ])("may be %s", (_what, value) => {
    expect(text().parse(value)).toBe(value);
  });

  test.each([
    ["NUL", "a\0b"],
    ["NUL at its end", "a\0"],
    ["half a pair at its end", "a\uD83D"],
    ["half a pair at its beginning", "\uDE42a"],
    ["a pair in the wrong order", "\uDE42\uD83D"],
  ])("must not hold %s", (_what, value) => {
    for (const schema of [text(), text(10), requiredText(), requiredText(10), Id]) {
      expect(schema.safeParse(value).error?.issues[0]?.message).toBe(UNSTORABLE);
    }
  });

  test("has a length in UTF-16 units, as given", () => {
    expect(text(3).safeParse("abc").success).toBe(true);
    expect(text(3).safeParse("abcd").success).toBe(false);
    expect(text(0).safeParse("").success).toBe(true);
  });

  test("may be empty unless it is required", () => {
    expect(requiredText().safeParse("").success).toBe(false);
    expect(requiredText(5).safeParse("").success).toBe(false);
    expect(Id.safeParse("").success).toBe(false);
  });

  test("ids may be any text of up to 255 characters", () => {
    for (const id of ["adw-orchestrator", "a b/c?d", "ü", "1", "x".repeat(255)]) expect(Id.parse(id)).toBe(id);
    expect(Id.safeParse("x".repeat(256)).success).toBe(false);
  });
});

describe("JSON", () => {
  test.each([
    ["null", null],
    ["a number", -1.5e300],
    ["false", false],
    ["an empty text", ""],
    ["an empty object", {}],
    ["an empty key", { "": [] }],
    ["100 levels", nested(100)],
  ])("may be %s", (_what, value) => {
    expect(Json.parse(value)).toEqual(value);
  });

  test.each([
    ["101 levels", nested(101), "JSON must not be nested deeper than 100 levels"],
    ["a million levels", nested(1_000_000), "JSON must not be nested deeper than 100 levels"],
    ["NUL in a text", { a: ["x\0"] }, UNSTORABLE],
    ["NUL in a key", { a: { "x\0": 1 } }, UNSTORABLE],
    ["an unpaired surrogate in a text", ["\uD800"], UNSTORABLE],
    ["an unpaired surrogate in a key", { "\uDC00": 1 }, UNSTORABLE],
    ["a number that is too large", JSON.parse('{"a":[1e999]}'), "numbers must be finite"],
    ["a number that is too small", JSON.parse("-1e999"), "numbers must be finite"],
  ])("must not hold %s", (_what, value, message) => {
    expect(Json.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  test("keeps what looks like a prototype", () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}');
    expect(JSON.stringify(Json.parse(value))).toBe('{"__proto__":{"a":1},"constructor":2}');
  });
});

describe("numbers", () => {
  test.each([0, 0.000000001, 12.5, 1_000_000_000])("%p is an amount of dollars", (amount) => {
    expect(Usd.parse(amount)).toBe(amount);
  });

  test.each([-0.01, 1_000_000_001, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, "1", null, true])(
    "%p is no amount of dollars",
    (amount) => {
      expect(Usd.safeParse(amount).success).toBe(false);
    },
  );

  test.each([0, 1, 1200, 2 ** 53 - 1])("%p is a count", (count) => {
    expect(Count.parse(count)).toBe(count);
  });

  test.each([-1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, "1", null])("%p is no count", (count) => {
    expect(Count.safeParse(count).success).toBe(false);
  });

  const ROUNDED: readonly (readonly [amount: number, rounded: number])[] = [
    [0.1 + 0.2, 0.3],
    [0.1 + 0.7, 0.8],
    [1.1 + 2.2, 3.3],
    [0.3 - 0.1, 0.2],
    [0.000000001, 0.000000001],
    [0.0000000004, 0],
    [0.0000000005, 0.000000001],
    [-0.25, -0.25],
    [-0, 0],
    [0.3 - (0.1 + 0.2), 0],
    [1_000_000_000, 1_000_000_000],
  ];
  test.each(ROUNDED.map(([amount, rounded]) => ({ amount, rounded })))(
    "$amount dollars are rounded to $rounded",
    ({ amount, rounded }) => {
      expect(roundUsd(amount)).toBe(rounded);
    },
  );

  test("a thousand small amounts add up without dust", () => {
    let sum = 0;
    for (let turn = 0; turn < 1000; turn += 1) sum = roundUsd(sum + 0.001);
    expect(sum).toBe(1);
  });
});
