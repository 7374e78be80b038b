import { describe, expect, test } from "bun:test";
import { parseRedactPatterns } from "#src/platform/redact-patterns.ts";

const READ: readonly (readonly [text: string, patterns: readonly (readonly [kind: string, source: string])[]])[] = [
  ["CORP-[0-9]{6}", [["custom", "CORP-[0-9]{6}"]]],
  ["corp:CORP-[0-9]{6}", [["corp", "CORP-[0-9]{6}"]]],
  ["corp_id2:a", [["corp_id2", "a"]]],
  ["Corp:a", [["custom", "Corp:a"]]],
  ["(?i)corp:a", [["custom", "(?i)corp:a"]]],
  [
    "a, corp:b ,c",
    [
      ["custom", "a"],
      ["corp", "b"],
      ["custom", "c"],
    ],
  ],
  [
    "a{1,2},b",
    [
      ["custom", "a{1,2}"],
      ["custom", "b"],
    ],
  ],
  [
    "(a,b),c",
    [
      ["custom", "(a,b)"],
      ["custom", "c"],
    ],
  ],
  [
    "[,(],c",
    [
      ["custom", "[,(]"],
      ["custom", "c"],
    ],
  ],
  [
    "a\\,b,c",
    [
      ["custom", "a\\,b"],
      ["custom", "c"],
    ],
  ],
  [
    "\\(,b",
    [
      ["custom", "\\("],
      ["custom", "b"],
    ],
  ],
];

describe("patterns of the user", () => {
  test.each(READ.map(([text, patterns]) => ({ text, patterns })))("$text is read", ({ text, patterns }) => {
    expect(parseRedactPatterns(text).map(({ kind, source }) => [kind, source] as const)).toEqual([...patterns]);
  });

  test("a match is found from a place on", () => {
    const [pattern] = parseRedactPatterns("X[0-9]+");
    expect(pattern!.find("X1 X22", 0)).toEqual({ from: 0, to: 2 });
    expect(pattern!.find("X1 X22", 1)).toEqual({ from: 3, to: 6 });
    expect(pattern!.find("X1 X22", 6)).toBeNull();
  });

  test("one text may be asked about between two places of another", () => {
    const [pattern] = parseRedactPatterns("X[0-9]+");
    const texts = ["X1 X22", ["X1 ", "X22"].join(""), "Y X3"];
    const found = [0, 1, 2, 0, 2, 1].map((which) => pattern!.find(texts[which]!, 1));
    const [first, last] = [
      { from: 3, to: 6 },
      { from: 2, to: 4 },
    ];
    expect(found).toEqual([first, first, last, first, last, first]);
  });

  test("what matches nothing at some places is found only where it matches something", () => {
    const [pattern] = parseRedactPatterns("^\\b|é");
    expect(pattern!.find("a--é", 0)).toEqual({ from: 3, to: 4 });
  });

  test("one that takes others exponential time takes linear time", () => {
    const [pattern] = parseRedactPatterns("(a+)+$b");
    expect(pattern!.find("a".repeat(100_000), 0)).toBeNull();
  });

  const EMPTY = ["", "a,", "a*", "^", "$", "\\b", "(?m)^", "x|"].map((text) => ({ text }));
  test.each(EMPTY)("$text matches nothing, and is refused", ({ text }) => {
    expect(() => parseRedactPatterns(text)).toThrow("matches where nothing is");
  });
});
