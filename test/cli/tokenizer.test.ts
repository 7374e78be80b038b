import { describe, expect, test } from "bun:test";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { loadTokenizer } from "#src/cli/tokenizer.ts";
import { seededRandom } from "#test/support/random.ts";

const { name, count } = await loadTokenizer();

describe("the tokenizer", () => {
  test("has a name", () => {
    expect(name).toBe("o200k_base (gpt-tokenizer)");
  });

  test.each([
    ["", 0],
    ["a", 1],
    ["hello world", 2],
    ["Hello, world!", 4],
    ["…", 1],
    ["123456", 2],
    ["\n\n", 1],
  ])("%j has %d tokens", (text, tokens) => {
    expect(count(text)).toBe(tokens);
  });

  test.each(["<|endoftext|>", "<|endofprompt|>", "a <|endoftext|> b", "<|im_start|>", "<|endoftext|>".repeat(1000)])(
    "%.40s is text like any other",
    (text) => {
      expect(count(text)).toBeGreaterThan(3);
    },
  );

  test("a special token in the text is more than one token", () => {
    expect(count("x<|endoftext|>") - count("x")).toBeGreaterThan(1);
  });

  test("long texts are counted as if they were counted whole", () => {
    const words = [
      "word",
      "don't",
      "x = 1;",
      "(",
      "é",
      "日本",
      "👨‍👩‍👧‍👦",
      "1234567",
      "...",
      "\n",
      "\n\n",
      "\t",
      "  ",
      "\r\n",
      "",
    ];
    for (let seed = 0; seed < 40; seed += 1) {
      const random = seededRandom(seed);
      const text = Array.from({ length: 4000 }, () => random.pick(words)).join(" ");
      expect(count(text)).toBe(countTokens(text));
    }
  });

  test("runs without spaces are counted but for a token at each seam", () => {
    const random = seededRandom(1);
    const text = Array.from({ length: 10_000 }, () => random.pick(["a", "b", "qu", "x", "😀", "漢"])).join("");
    expect(Math.abs(count(text) - countTokens(text))).toBeLessThanOrEqual(10);
  });

  test.each([0, 1, 2, 3])("pairs are not split, wherever they begin (%d)", (shift) => {
    const before = "a".repeat(shift);
    // Each is one token; a split pair would be counted as two broken characters, of several tokens each.
    expect(count(before + "😀".repeat(20_000))).toBe(countTokens(before) + 20_000);
  });

  test("unpaired surrogates are counted, not refused", () => {
    expect(count("\ud83d".repeat(5000))).toBeGreaterThan(0);
  });

  test("megabytes of one letter and of line ends are counted", () => {
    expect(count("a".repeat(1_000_000))).toBeGreaterThan(100_000);
    expect(count("\n".repeat(1_000_000))).toBeGreaterThan(1000);
  });
});
