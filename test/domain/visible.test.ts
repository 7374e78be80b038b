import { describe, expect, test } from "bun:test";
import { visible, visibleJson, visibleLines } from "#src/domain/visible.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";

type Case = { readonly what: string; readonly text: string; readonly shown: string };

const HIDDEN: readonly Case[] = [
  { what: "a colour", text: "\u001B[31mred\u001B[0m", shown: "\\x1b[31mred\\x1b[0m" },
  { what: "a clipboard write (OSC 52)", text: "\u001B]52;c;ZQ==\u0007", shown: "\\x1b]52;c;ZQ==\\x07" },
  { what: "a link (OSC 8)", text: "\u001B]8;;http://a\u001B\\b", shown: "\\x1b]8;;http://a\\x1b\\b" },
  { what: "C1: CSI, OSC, ST", text: "\u009B2J\u009D0;x\u009C", shown: "\\x9b2J\\x9d0;x\\x9c" },
  { what: "NUL and DEL", text: "a\u0000b\u007F", shown: "a\\x00b\\x7f" },
  { what: "backspace, vertical tab, form feed, bell", text: "\b\v\f\u0007", shown: "\\x08\\x0b\\x0c\\x07" },
  { what: "line ends and tabs", text: "a\nb\r\n\tc", shown: "a\\nb\\r\\n\\tc" },
  { what: "NEL and the separators of Unicode", text: "a\u0085b\u2028c\u2029d", shown: "a\\x85b\\u2028c\\u2029d" },
  {
    what: "embeddings and overrides",
    text: "\u202A\u202B\u202C\u202D\u202E",
    shown: "\\u202a\\u202b\\u202c\\u202d\\u202e",
  },
  { what: "isolates", text: "\u2066\u2067\u2068\u2069", shown: "\\u2066\\u2067\\u2068\\u2069" },
  { what: "direction marks", text: "\u200E\u200F\u061C", shown: "\\u200e\\u200f\\u061c" },
  { what: "a zero width space and a word joiner", text: "a\u200Bb\u2060c", shown: "a\\u200bb\\u2060c" },
  { what: "a byte order mark", text: "\uFEFFa", shown: "\\ufeffa" },
  { what: "a soft hyphen", text: "a\u00ADb", shown: "a\\xadb" },
  { what: "tags", text: "a\u{E0041}\u{E007F}", shown: "a\\u{e0041}\\u{e007f}" },
  {
    what: "fillers that look like nothing",
    text: "\u115F\u1160\u3164\uFFA0\u034F",
    shown: "\\u115f\\u1160\\u3164\\uffa0\\u034f",
  },
  { what: "selectors beyond those of emoji", text: "a\u{E0100}", shown: "a\\u{e0100}" },
  { what: "interlinear marks", text: "\uFFF9a\uFFFAb\uFFFB", shown: "\\ufff9a\\ufffab\\ufffb" },
  { what: "half a pair", text: "a\uD83Db\uDE00", shown: "a\\ud83db\\ude00" },
];

const KEPT: readonly { readonly what: string; readonly text: string }[] = [
  { what: "nothing", text: "" },
  { what: "ASCII", text: ` !"#$%&'()*+,-./0189:;<=>?@AZ[\\]^_\`az{|}~` },
  { what: "letters of many scripts", text: "äßñ Ω Ж ع ש 日本語 한글 नमस्ते ไทย" },
  { what: "combining marks", text: "e\u0301 n\u0303" },
  { what: "emoji with joiners, selectors and skin", text: "👨‍👩‍👧‍👦 🏳️‍🌈 ❤️ 👍🏽 🇩🇪 1️⃣ 😀" },
  { what: "joiners that Persian and Hindi are written with", text: "می‌خواهم क्‍ष" },
  { what: "unusual blanks", text: "a\u00A0b\u3000c" },
  { what: "private use, as the icons of prompts", text: "\uE0B0" },
];

describe("text of agents on one line", () => {
  test.each(HIDDEN)("shows $what", ({ text, shown }) => {
    expect(visible(text)).toBe(shown);
  });

  test.each(KEPT)("keeps $what", ({ text }) => {
    expect(visible(text)).toBe(text);
  });

  test("of every character there is holds none that a terminal obeys", () => {
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const shown = visible(String.fromCodePoint(code));
      if (rawIn(shown).length > 0 || /[\n\t]/.test(shown)) throw new Error(`U+${code.toString(16)} is left`);
    }
  });
});

describe("text of agents on several lines", () => {
  test("keeps line ends and tabs, and shows the rest", () => {
    expect(visibleLines("a\n\tb\r\nc\rd\u001B[0m\u2028")).toBe("a\n\tb\nc\\rd\\x1b[0m\\u2028");
  });

  test("is never obeyed", () => {
    expect(rawIn(visibleLines(HOSTILE))).toEqual([]);
  });
});

describe("JSON of agents", () => {
  test.each([undefined, 2])("is the same document, and never obeyed (indent %p)", (indent) => {
    const value = { [HOSTILE]: [HOSTILE, 1, null, { a: "\u{E0001}\uD800" }], kept: '日本語 👨‍👩‍👧‍👦 \\ "' };
    const text = visibleJson(value, indent);
    expect(rawIn(text)).toEqual([]);
    expect(JSON.parse(text)).toEqual(value);
    expect(text).toContain("日本語 👨‍👩‍👧‍👦");
    expect(text.split("\n")).toHaveLength(indent === undefined ? 1 : 11);
  });

  test.each(HIDDEN)("with $what comes back", ({ text }) => {
    expect(JSON.parse(visibleJson(text))).toBe(text);
    expect(rawIn(visibleJson(text))).toEqual([]);
  });

  test.each([{ value: null }, { value: true }, { value: 0 }, { value: "" }, { value: [] }])(
    "$value is itself",
    ({ value }) => {
      expect(visibleJson(value)).toBe(JSON.stringify(value));
    },
  );
});
