import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  count,
  flag,
  hashOf,
  hashOfEvent,
  list,
  longText,
  num,
  oneLine,
  record,
  safeId,
  shown,
  shownFields,
  text,
  timeMs,
  usd,
} from "#src/ingest/values.ts";
import { SUITE_SEED } from "#test/fuzz/run-property.ts";

describe("text", () => {
  test.each([undefined, null, "", 1, true, {}, [["a"]]])("nothing of %j", (value) => {
    expect(text(value)).toBeNull();
    expect(longText(value)).toBeNull();
  });

  test("cannot be stored as it is", () => {
    expect(text("a\0b\ud800c")).toBe("a\uFFFDb\uFFFDc");
  });

  test("is cut where it is too long, in no pair, and says how much went", () => {
    expect(text("x".repeat(4_000))).toHaveLength(4_000);
    const cut = text("x".repeat(5_000))!;
    expect(cut.length).toBeLessThanOrEqual(4_000);
    expect(cut).toMatch(/^x+\n\[… 1,0\d\d characters cut\]$/);
    for (const limit of [60, 61, 62]) expect(text("😀".repeat(500), limit)).toMatch(/^(😀)+\n\[/u);
    expect(longText("x".repeat(1_000_000))).toHaveLength(1_000_000);
    expect(longText("x".repeat(1_000_001))!.length).toBeLessThanOrEqual(1_000_000);
  });
});

test("a line is one line", () => {
  expect(oneLine("  a\n\tb\u001b[31m\u202E c ", 100)).toBe("a b [31m c");
  expect(oneLine("abcdef", 4)).toBe("abc…");
  expect(oneLine(" \n ", 4)).toBeNull();
  expect(oneLine(5, 4)).toBeNull();
});

describe("numbers", () => {
  test.each([
    [1.5, 1.5],
    ["1.5", 1.5],
    [" -2e3 ", -2000],
    ["", null],
    ["0x10", null],
    ["1e999", null],
    ["NaN", null],
    [Number.NaN, null],
    [Infinity, null],
    [true, null],
    [[1], null],
    [null, null],
  ])("%p is %p", (value, expected) => expect(num(value)).toBe(expected));

  test("counts are whole and never negative", () => {
    expect([count("12"), count(1.6), count(-1), count("x"), count(1e300)]).toEqual([12, 2, null, null, null]);
  });

  test("dollars are never negative", () => {
    expect([usd("0.5"), usd(0), usd(-0.1), usd(1e12)]).toEqual([0.5, 0, null, null]);
  });

  test("flags", () => {
    expect([flag(true), flag("false"), flag("true"), flag(1), flag("yes")]).toEqual([true, false, true, null, null]);
  });

  test("times", () => {
    expect(timeMs("2026-11-01T10:00:00.000Z")).toBe(Date.UTC(2026, 10, 1, 10));
    expect(timeMs("2026-11-01T12:00:00+02:00")).toBe(Date.UTC(2026, 10, 1, 10));
    expect(timeMs("1793527200000")).toBe(1_793_527_200_000);
    expect(timeMs(1_793_527_200_000)).toBe(1_793_527_200_000);
    const wrong = ["2026-11-01", "2026-99-01T10:00:00Z", "soon", -1, 1e300, null, {}];
    expect(wrong.map(timeMs)).toEqual(wrong.map(() => null));
  });
});

test("fields and items are those of objects and arrays", () => {
  expect(record({ a: 1 })).toEqual({ a: 1 });
  expect([record(null), record([1]), record("x")]).toEqual([{}, {}, {}]);
  expect(list([1])).toEqual([1]);
  expect([list(null), list({ length: 2 }), list("xy")]).toEqual([[], [], []]);
});

describe("ids", () => {
  test("are kept as they are where they can be", () => {
    expect([safeId("ses_1"), safeId(7), safeId("é:/#")]).toEqual(["ses_1", "7", "é:/#"]);
    expect(["", " ", null, true, {}, Number.NaN].map(safeId)).toEqual([null, null, null, null, null, null]);
  });

  test("are hashed where they can't", () => {
    const unfit = ["x".repeat(201), "a\0", "a\n", "a\u001b[31m", "a\u202Eb", "\ud800"];
    const ids = unfit.map(safeId);
    for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
    expect(new Set(ids).size).toBe(unfit.length);
  });

  test("a hash keeps its parts apart", () => {
    expect(hashOf("a", "b")).toMatch(/^[\w-]{22}$/);
    expect(new Set([hashOf("a", "b"), hashOf("ab"), hashOf("a,b"), hashOf('a","b'), hashOf("", "ab")]).size).toBe(5);
  });

  test("of an event", () => {
    expect(hashOfEvent({ a: 1 })).toBe(hashOfEvent({ a: 1 }));
    expect(hashOfEvent({ a: 1 })).not.toBe(hashOfEvent({ a: 2 }));
    expect(hashOfEvent(undefined)).toMatch(/^[\w-]{22}$/);
    expect(hashOfEvent(nested(100_000))).toMatch(/^[\w-]{22}$/);
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = { in: value };
  return value;
}

describe("shown", () => {
  test("a small value is itself", () => {
    const value = { a: [1, "x", null, true, { b: {} }], "": "y" };
    expect(shown(value)).toEqual(value);
  });

  test("is bounded in every way", () => {
    expect(shown(nested(9))).toEqual({ in: { in: { in: { in: { in: { in: "{… 1 fields}" } } } } } });
    expect(shown(Array.from({ length: 60 }, (_, at) => at))).toEqual([
      ...Array.from({ length: 50 }, (_, at) => at),
      "[… 10 more]",
    ]);
    const fields = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f${at}`, at]));
    const kept = shown(fields) as Record<string, unknown>;
    expect(Object.keys(kept)).toHaveLength(51);
    expect(kept["…"]).toBe("10 more");
    expect((shown("x".repeat(9_000)) as string).length).toBeLessThanOrEqual(4_000);
    const wide = Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => "x".repeat(4_000)));
    expect(JSON.stringify(shown(wide)).length).toBeLessThan(130_000);
  });

  test("a field named __proto__ is one like any other", () => {
    const kept = shown(JSON.parse('{"__proto__": {"x": 1}}'));
    expect(JSON.stringify(kept)).toBe('{"__proto__":{"x":1}}');
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });

  test("any value can be stored", () => {
    const property = fc.property(fc.anything({ withBigInt: true, withDate: true }), (value) => {
      const json = JSON.stringify(shown(value));
      expect(JSON.parse(json)).toEqual(shown(value) as never);
      expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/);
    });
    fc.assert(property, { seed: SUITE_SEED, numRuns: 500 });
  });

  test("fields without a value are left out", () => {
    expect(shownFields({ a: undefined, b: null, c: 0, d: "" })).toEqual({ c: 0, d: "" });
  });
});
