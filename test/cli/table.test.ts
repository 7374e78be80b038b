import { describe, expect, test } from "bun:test";
import { type Column, fit, tableLines } from "#src/cli/table.ts";
import { seededRandom } from "#test/support/random.ts";

const FITS: readonly { readonly text: string; readonly width: number; readonly shown: string }[] = [
  { text: "", width: 0, shown: "" },
  { text: "abc", width: Number.POSITIVE_INFINITY, shown: "abc" },
  { text: "abc", width: 3, shown: "abc" },
  { text: "abcd", width: 3, shown: "ab…" },
  { text: "abc", width: 1, shown: "…" },
  { text: "abc", width: 0, shown: "" },
  { text: "abc", width: -1, shown: "" },
  // Two cells each: what does not fit whole is left out.
  { text: "日本語", width: 6, shown: "日本語" },
  { text: "日本語", width: 5, shown: "日本…" },
  { text: "日本語", width: 4, shown: "日…" },
  { text: "日本語", width: 3, shown: "日…" },
  { text: "日本語", width: 2, shown: "…" },
  { text: "a日本", width: 4, shown: "a日…" },
  { text: "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", width: 4, shown: "👨‍👩‍👧‍👦👨‍👩‍👧‍👦" },
  { text: "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", width: 3, shown: "👨‍👩‍👧‍👦…" },
  { text: "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", width: 2, shown: "…" },
  { text: "🇩🇪🇫🇷", width: 3, shown: "🇩🇪…" },
  { text: "👍🏽👍🏽", width: 2, shown: "…" },
  { text: "❤️ab", width: 3, shown: "❤️…" },
  // No cell of its own: stays with its letter.
  { text: "e\u0301e\u0301e\u0301", width: 2, shown: "e\u0301…" },
  { text: "\u001B[31mhello world\u001B[39m", width: 6, shown: "\u001B[31mhello\u001B[39m…" },
];

describe("a text that is cut to a width", () => {
  test.each(FITS)("$text to $width is $shown", ({ text, width, shown }) => {
    expect(fit(text, width)).toBe(shown);
  });

  test("is never wider, whatever it is made of", () => {
    const PARTS = [
      "日",
      "a",
      "👨‍👩‍👧‍👦",
      "e\u0301",
      "🇩🇪",
      "👍🏽",
      "❤️",
      "न",
      "म",
      "스",
      "１",
      "ｶ",
      "ﾞ",
      "⚠️",
      "🏳️‍🌈",
      "\u200D",
      " ",
    ];
    for (let seed = 0; seed < 20_000; seed += 1) {
      const random = seededRandom(seed);
      const text = Array.from({ length: 1 + (seed % 9) }, () => random.pick(PARTS)).join("");
      const width = seed % 11;
      const shown = fit(text, width);
      if (Bun.stringWidth(shown) > width || !shown.isWellFormed())
        throw new Error(`${JSON.stringify(text)} to ${width}`);
    }
  });
});

type Row = { readonly name: string; readonly id: string; readonly cost: string; readonly about: string };

const COLUMNS: readonly Column<Row>[] = [
  { title: "NAME", text: ({ name }) => name },
  { title: "COST", text: ({ cost }) => cost, align: "right" },
  { title: "ID", text: ({ id }) => id, whole: true },
  { title: "ABOUT", text: ({ about }) => about },
];
const ID = "0123456789abcdef";
const row = (fields: Partial<Row>): Row => ({ name: "n", id: ID, cost: "$1.00", about: "", ...fields });

describe("a table", () => {
  test("has columns as wide as what they hold, and no blanks at the end", () => {
    const rows = [row({ name: "日本語", cost: "$12.00" }), row({ name: "👨‍👩‍👧‍👦", about: "x" }), row({})];
    expect(tableLines(COLUMNS, rows, Number.POSITIVE_INFINITY)).toEqual([
      "NAME      COST  ID                ABOUT",
      "日本語  $12.00  0123456789abcdef",
      "👨‍👩‍👧‍👦       $1.00  0123456789abcdef  x",
      "n        $1.00  0123456789abcdef",
    ]);
  });

  test("without rows is its titles", () => {
    expect(tableLines(COLUMNS, [], 80)).toEqual(["NAME  COST  ID  ABOUT"]);
  });

  test("that is too wide is cut in its widest columns, never in an id", () => {
    const rows = [row({ name: "n".repeat(30), about: "a".repeat(50) }), row({ name: "日".repeat(30) })];
    const lines = tableLines(COLUMNS, rows, 70);
    expect(lines.map((line) => Bun.stringWidth(line))).toEqual([53, 70, 46]);
    for (const line of lines.slice(1)) expect(line).toContain(ID);
    expect(lines[1]).toBe(`${"n".repeat(20)}…  $1.00  ${ID}  ${"a".repeat(21)}…`);
  });

  test("keeps something of every column, and its titles, where there is no room at all", () => {
    const [titles, line] = tableLines(COLUMNS, [row({ name: "n".repeat(30), about: "a".repeat(50) })], 10);
    expect(titles).toBe("NAME       COST  ID                ABOUT");
    expect(line).toBe(`nnnnnnn…  $1.00  ${ID}  aaaaaaa…`);
  });

  test("paints whole cells", () => {
    const painted: Column<Row> = { title: "NAME", text: ({ name }) => name, paint: (_row, text) => `<${text}>` };
    expect(tableLines([painted], [row({ name: "ab" })], 80)).toEqual(["NAME", "<ab  >"]);
  });

  test("may have very many rows", () => {
    const rows = Array.from({ length: 300_000 }, (_, index) => row({ name: String(index) }));
    expect(tableLines([COLUMNS[0]!], rows, 80)).toHaveLength(300_001);
  });
});
