import { describe, expect, test } from "bun:test";
import { anyOfSet, anyText, encodeCursor, listQuery, Search, windowedListQuery } from "#src/domain/listing.ts";

const List = listQuery({ kind: anyText("Kind"), colour: anyOfSet(["red", "green"]), q: Search });
const Windowed = windowedListQuery({});
const Logs = windowedListQuery({}, "number");

function coded(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

describe("a cursor", () => {
  test.each([
    { millis: 1_770_292_800_000, id: "01997c1e-8f2a-7c3b-9d4e-5f6a7b8c9d0e" },
    { millis: 0, id: 42 },
    { millis: -1, id: 0 },
    { millis: Number.MIN_SAFE_INTEGER, id: "" },
    { millis: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER },
    { millis: 1, id: 'x"y\\z,ü🙂/?&=+ ' },
    { millis: 1, id: "i".repeat(5000) },
  ])("of %j comes back as it was", (cursor) => {
    const text = encodeCursor(cursor);
    expect(text).toMatch(/^[\w-]+$/);
    const list = typeof cursor.id === "number" ? Logs : List;
    expect(list.parse({ cursor: text }).cursor).toEqual(cursor);
  });

  test.each([
    ["empty", ""],
    ["no base64", "%%%"],
    ["an old page number", "2"],
    ["no JSON", coded("hello")],
    ["JSON that is cut off", encodeCursor({ millis: 1, id: "abc" }).slice(0, -4)],
    ["an object", coded({ millis: 1, id: "a" })],
    ["null", coded(null)],
    ["of one part", coded([1])],
    ["of three parts", coded([1, "a", 2])],
    ["of a time that is no number", coded(["1", "a"])],
    ["of half a millisecond", coded([0.5, "a"])],
    ["of an infinite time", coded('[1e999,"a"]')],
    ["of a time beyond exact integers", coded([2 ** 53, "a"])],
    ["of an id that is an object", coded([1, {}])],
    ["of an id that is null", coded([1, null])],
    ["of a list whose ids are numbers", coded([1, 2])],
  ])("that is %s is refused", (_what, cursor) => {
    const issues = List.safeParse({ cursor }).error?.issues;
    expect(issues).toHaveLength(1);
    expect(issues![0]!.path).toEqual(["cursor"]);
    expect(issues![0]!.message).toContain("not a cursor of this list");
  });
});

describe("a limit", () => {
  test("is 100 unless told", () => expect(List.parse({}).limit).toBe(100));

  test.each([
    ["1", 1],
    ["1000", 1000],
    ["007", 7],
  ])("may be %s", (limit, means) => expect(List.parse({ limit }).limit).toBe(means));

  test.each(["0", "1001", "-1", "1.5", "1e2", "0x10", " 5", "5 ", "", "ten", "٣", "99999999999999999999"])(
    "must not be %j",
    (limit) => expect(List.safeParse({ limit }).success).toBe(false),
  );
});

describe("a filter of which a comma means any of", () => {
  test.each([
    ["one", { kind: "a" }, { kind: ["a"] }],
    ["several", { kind: "a,b,c" }, { kind: ["a", "b", "c"] }],
    ["one twice", { colour: "red,red" }, { colour: ["red", "red"] }],
    ["all of a set", { colour: "green,red" }, { colour: ["green", "red"] }],
    ["what is no word", { kind: "a b/ü,%" }, { kind: ["a b/ü", "%"] }],
    ["a hundred", { kind: "a,".repeat(99) + "a" }, { kind: Array.from({ length: 100 }, () => "a") }],
  ])("may name %s", (_what, query, means) => {
    expect(List.parse(query) as object).toEqual({ limit: 100, ...means });
  });

  test.each([
    ["nothing", { kind: "" }],
    ["nothing before a comma", { kind: ",a" }],
    ["nothing after a comma", { colour: "red," }],
    ["nothing between commas", { kind: "a,,b" }],
    ["more than a hundred", { kind: "a,".repeat(100) + "a" }],
    ["a text of 256 characters", { kind: "x".repeat(256) }],
    ["one that is not of the set", { colour: "blue" }],
    ["one of the set and one that is not", { colour: "red,blue" }],
    ["one of the set in another case", { colour: "Red" }],
  ])("must not name %s", (_what, query) => {
    expect(List.safeParse(query).success).toBe(false);
  });

  test("absent narrows nothing", () => expect(List.parse({})).not.toHaveProperty("kind"));
});

describe("a list's query", () => {
  test.each(["Kind", "kinds", "since", "offset", "page", "__proto__x"])("refuses the unknown parameter %s", (name) => {
    const issues = List.safeParse({ [name]: "1" }).error?.issues;
    expect(issues?.map(({ code }) => code)).toEqual(["unrecognized_keys"]);
  });

  test("takes a window where the list has one", () => {
    expect(Windowed.parse({ since: "2026-02-05", until: "2026-02-06T00:00:00Z" })).toEqual({
      since: Date.UTC(2026, 1, 5),
      until: Date.UTC(2026, 1, 6),
      limit: 100,
    });
    expect(Windowed.safeParse({ since: "today" }).success).toBe(false);
  });

  test("searches for the first 500 characters, and for nothing where there is none", () => {
    expect(List.parse({ q: "%_" }).q).toBe("%_");
    expect(List.parse({ q: " " }).q).toBeUndefined();
    expect(List.parse({ q: "x".repeat(501) }).q).toBe("x".repeat(500));
  });
});
