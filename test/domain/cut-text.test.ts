import { describe, expect, test } from "bun:test";
import { loadTokenizer } from "#src/cli/tokenizer.ts";
import { countCharacters, cutText, cutToTokens, type CutText } from "#src/domain/cut-text.ts";
import { seededRandom } from "#test/support/random.ts";

const { count } = await loadTokenizer();

const FAMILY = "👨‍👩‍👧‍👦";

/** [what, text, limit, left]: limits too small for a mark of words, so that the cut is seen exactly. */
const CUTS: readonly (readonly [what: string, text: string, limit: number, left: string])[] = [
  ["a sentence that just fits", "One. Two! Three? Four", 10, "One. Two!…"],
  ["a sentence that does not", "One. Two! Three? Four", 9, "One.…"],
  ["a line that just fits", "first line\nsecond", 11, "first line…"],
  ["a line rather than the words behind it", "one\nmany more words", 15, "one…"],
  ["lines with CRLF", "ab\r\ncd\r\nefgh", 7, "ab\r\ncd…"],
  ["no half of a CRLF", "ab\r\ncd", 4, "ab…"],
  ["nothing but line ends", "\r\n\r\n\r\n", 4, "…"],
  ["a sentence without the number of the next", "Do:\n1. Go on.\n2. Stop it", 17, "Do:\n1. Go on.…"],
  ["a sentence that goes on far behind", `One. Two${" ".repeat(300)}three. Four.`, 20, "One.…"],
  ["a fraction, which ends nothing", "It is 3.14159 long", 10, "It is…"],
  ["Japanese", "今日は。明日は。明後日は遠い", 9, "今日は。明日は。…"],
  ["a word that just fits", "hello brave new world", 12, "hello brave…"],
  ["a word that does not", "hello brave new world", 11, "hello…"],
  ["a word before a bracket", "call (me) later", 8, "call…"],
  ["an apostrophe inside a word", "I don't know", 6, "I…"],
  ["one long word", "abcdefghijkl", 5, "abcd…"],
  ["characters beyond the basic plane", "😀😀😀😀", 3, "😀😀…"],
  ["a family that just fits", FAMILY.repeat(3), 8, `${FAMILY}…`],
  ["a family that does not", FAMILY.repeat(3), 7, "…"],
  ["half of the second family", FAMILY.repeat(3), 14, `${FAMILY}…`],
  ["half of a flag", "🇩🇪🇫🇷🇮🇹", 4, "🇩🇪…"],
  ["a flag that just fits", "🇩🇪🇫🇷🇮🇹", 5, "🇩🇪🇫🇷…"],
  ["a skin colour", "👍🏽👍🏽👍🏽", 4, "👍🏽…"],
  ["an accent", "e\u0301e\u0301e\u0301", 4, "e\u0301…"],
  ["many accents", `a${"\u0301".repeat(1000)}b`, 40, "…"],
  ["Devanagari", "नमस्ते", 5, "नम…"],
  ["Hangul of parts", "\u1112\u1161\u11ab\u1100\u1173\u11af", 5, "\u1112\u1161\u11ab…"],
  ["an emoji joined to a mark that ends sentences", "‼\u200d👩 and so on", 3, "…"],
  ["an unpaired surrogate", "\ud83d".repeat(9), 4, "\ud83d\ud83d\ud83d…"],
  ["room for the mark alone", "abc", 1, "…"],
  ["no room", "abc", 0, ""],
];

describe("cutting to characters", () => {
  test.each(CUTS.map(([what, text, limit, left]) => ({ what, text, limit, left })))(
    "$what",
    ({ text, limit, left }) => {
      const kept = countCharacters(left.replace(/…$/, ""));
      expect(cutText(text, limit)).toEqual({ text: left, cut: countCharacters(text) - kept });
    },
  );

  test.each([
    ["letters", "abcdefghij".repeat(10), 100],
    ["pairs, which are one character each", "😀".repeat(100), 100],
    ["nothing", "", 0],
    ["white space at the end", "a \n\n", 4],
  ])("a text of %s is untouched up to its limit", (_what, text, length) => {
    expect(cutText(text, length + 1)).toEqual({ text, cut: 0 });
    expect(cutText(text, length)).toEqual({ text, cut: 0 });
    if (length > 0) expect(cutText(text, length - 1).cut).toBeGreaterThan(0);
  });

  test("the mark says on a line of its own how much went", () => {
    const text = "Something is said. ".repeat(100);
    const kept = "Something is said. Something is said.";
    expect(cutText(text, 64)).toEqual({ text: `${kept}\n[… 1,863 characters cut]`, cut: 1863 });
    expect(cutText(text, 62)).toEqual({ text: `${kept}\n[… 1,863 characters cut]`, cut: 1863 });
    expect(cutText(text, 61).text).toBe("Something is said.\n[… 1,882 characters cut]");
    expect(cutText(`${"a".repeat(99)} ${"b".repeat(1000)}`, 150)).toMatchObject({ cut: 1001 });
  });

  test("the mark may stand alone", () => {
    expect(cutText("\n".repeat(100), 60).text).toBe("[… 100 characters cut]");
  });

  test("one character is one", () => {
    const text = `a${"\u0301".repeat(60)}`;
    expect(cutText(text, 60)).toEqual({ text: "[… 61 characters cut]", cut: 61 });
    expect(cutText(`${"x".repeat(58)}.\n${"\n".repeat(22)}`, 81)).toMatchObject({ cut: 23 });
  });

  test.each([
    ["one letter", "a".repeat(5_000_000), 1971],
    ["words without a sentence", "word ".repeat(1_000_000), 1969],
    ["line ends", "\n".repeat(5_000_000), 0],
    ["one character with accents", `a${"\u0301".repeat(5_000_000)}`, 0],
    ["families", FAMILY.repeat(400_000), 1967],
  ])("five megabytes of %s", (_what, text, kept) => {
    const result = cutText(text, 2000);
    expect(countCharacters(text) - result.cut).toBe(kept);
    expect(countCharacters(result.text)).toBeLessThanOrEqual(2000);
  });
});

const WORDS = [
  "word",
  "Sentence.",
  "Really?! ",
  " ",
  "\n",
  "\r\n",
  "\t",
  "1. ",
  FAMILY,
  "🇩🇪",
  "🇫",
  "e\u0301",
  "\u0301",
  "\u200d",
  "नमस्ते ",
  "今日は。",
  "‼",
  "…",
  "[",
  "`",
  "😀",
  "\ud83d",
  "\u2028",
  "don't ",
] as const;

function randomText(seed: number): string {
  const random = seededRandom(seed);
  return Array.from({ length: random.below(60) }, () => random.pick(WORDS)).join("");
}

function isCharacterEnd(text: string, index: number): boolean {
  if (index === 0) return true;
  const segments = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)];
  return segments.some(({ index: start, segment }) => start + segment.length === index);
}

/** What holds for every cut: a beginning of the text, whole characters, and a mark that says what went. */
function expectCut(text: string, result: CutText): void {
  const points = Array.from(text);
  const kept = points.slice(0, points.length - result.cut).join("");
  expect(isCharacterEnd(text, kept.length)).toBe(true);
  expect(result.text.startsWith(kept)).toBe(true);
  const counted = `[… ${result.cut} ${result.cut === 1 ? "character" : "characters"} cut]`;
  const marks = result.cut === 0 ? [""] : kept === "" ? ["", "…", counted] : ["…", `\n${counted}`];
  expect(marks).toContain(result.text.slice(kept.length));
}

const MIXED = `Hello there. ${FAMILY}🇩🇪 e\u0301te\u0301 नमस्ते\r\n今日は。 And then 😀 nothing more`;

describe("every cut", () => {
  test("of a mixed text is within its limit", () => {
    for (let limit = 0; limit <= 60; limit += 1) {
      const result = cutText(MIXED, limit);
      expect(Array.from(result.text).length).toBeLessThanOrEqual(limit);
      expect(result.cut).toBeGreaterThan(0);
      expectCut(MIXED, result);
    }
  });

  test("of a random text is a beginning of it with a mark, within its limit", () => {
    for (let seed = 0; seed < 1500; seed += 1) {
      const text = randomText(seed);
      const length = Array.from(text).length;
      const limit = seededRandom(seed).below(length + 10);
      const result = cutText(text, limit);
      expect(countCharacters(text)).toBe(length);
      expect(result.cut === 0).toBe(length <= limit);
      expect(Array.from(result.text).length).toBeLessThanOrEqual(limit < length ? limit : length);
      expectCut(text, result);
    }
  });

  test("of a random text to tokens is within its limit", () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const text = randomText(seed);
      const limit = seededRandom(seed).below(80);
      const result = cutToTokens(text, limit, count);
      expect(result.cut === 0).toBe(count(text) <= limit);
      expect(count(result.text)).toBeLessThanOrEqual(limit);
      expectCut(text, result);
    }
  });
});

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "").length;
const quarters = (text: string) => Math.ceil(text.length / 4);

describe("cutting to tokens", () => {
  const sentence = "This is a sentence of eight words, really.";

  test("a text within its limit is untouched", () => {
    expect(cutToTokens(sentence, 8, words)).toEqual({ text: sentence, cut: 0 });
    expect(cutToTokens(sentence, 9, words)).toEqual({ text: sentence, cut: 0 });
    expect(cutToTokens(sentence, 7, words).cut).toBeGreaterThan(0);
    expect(cutToTokens("", 0, count)).toEqual({ text: "", cut: 0 });
  });

  test("as many sentences are kept as fit beside the mark", () => {
    const text = `${sentence} `.repeat(1000);
    const result = cutToTokens(text, 100, words);
    // The mark is four words: `[…`, the number, `characters`, `cut]`.
    expect(result.text).toBe(`${Array(12).fill(sentence).join(" ")}\n[… 42,485 characters cut]`);
    expect(words(result.text)).toBe(100);
    expect(cutToTokens(text, 99, words).text.startsWith(`${Array(11).fill(sentence).join(" ")}\n[… `)).toBe(true);
  });

  test.each([
    ["no room", 0, ""],
    ["room for the mark alone", 1, "This…"],
    ["room for some words", 5, "This is a sentence of…"],
  ])("with %s", (_what, limit, left) => {
    expect(cutToTokens(sentence, limit, words).text).toBe(left);
  });

  test.each([
    ["words", words],
    ["a quarter of a character", quarters],
    ["the real one", count],
  ])("%s: never more than any limit", (_what, countTokens) => {
    const text = `${MIXED}. `.repeat(20);
    for (let limit = 0; limit <= 60; limit += 1) {
      const result = cutToTokens(text, limit, countTokens);
      expect(countTokens(result.text)).toBeLessThanOrEqual(limit);
      expect(result.cut).toBeGreaterThan(0);
    }
  });

  test("a long text is counted whole once, and a few times where it is cut", () => {
    const lengths: number[] = [];
    const text = `${sentence} `.repeat(100_000);
    cutToTokens(text, 200, (candidate) => {
      lengths.push(candidate.length);
      return quarters(candidate);
    });
    expect(lengths.filter((length) => length > 2000)).toEqual([text.length]);
    expect(lengths.length).toBeLessThan(15);
  });

  test("a counter that finds few tokens is asked for more of the text", () => {
    const lines = (candidate: string) => candidate.split("\n").length;
    const text = `${"x".repeat(500)}\n`.repeat(100);
    const result = cutToTokens(text, 20, lines);
    expect(result.text).toBe(`${`${"x".repeat(500)}\n`.repeat(19)}[… 40,582 characters cut]`);
  });

  test("the limit holds for a counter that does not add up", () => {
    const odd = (candidate: string) => (candidate.includes("\n") ? 1 : candidate.length);
    expect(cutToTokens(`a${"\u0301".repeat(100)}`, 5, odd)).toEqual({ text: "…", cut: 101 });
  });

  test("five megabytes of one letter", () => {
    const result = cutToTokens("a".repeat(5_000_000), 200, count);
    expect(count(result.text)).toBeLessThanOrEqual(200);
    expect(result.text).toMatch(/^a{1000,}\n\[… [\d,]+ characters cut\]$/);
  });
});
