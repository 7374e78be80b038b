import { describe, expect, test } from "bun:test";
import { readToken } from "#src/ui/shell/token-text.ts";

const TOKEN = "orc_4fGh7Kq2";

describe("a token that is pasted", () => {
  test.each([TOKEN, ` ${TOKEN}\n`, `\u200B${TOKEN}\u200B`, `\uFEFF${TOKEN}\u00A0`, `Bearer ${TOKEN}`])(
    "%j is read without what stands around it",
    (text) => expect(readToken(text)).toEqual({ token: TOKEN }),
  );

  test.each(["", "  ", "\u200B"])("%j is none yet", (text) => expect(readToken(text)).toEqual({}));

  test.each([
    ["orc_4f…", "place 7: “…” (U+2026)"],
    ["orc–4f", "place 4: “–” (U+2013)"],
    ["orc_\u200B4f", "place 5: an unseen one (U+200B)"],
    ["orc 4f", "place 4: a blank (U+0020)"],
    ["orc_😀", "place 5: “😀” (U+1F600)"],
  ])("%j cannot be sent, and what is wrong with it is said", (text, why) => {
    const { token, error } = readToken(text);
    expect(token).toBeUndefined();
    expect(error).toContain(why);
  });

  test("what is read can be a header, whatever it is", () => {
    for (let point = 0; point < 0x2100; point += 1) {
      const { token } = readToken(`a${String.fromCodePoint(point)}b`);
      if (token !== undefined) expect(() => new Headers({ Authorization: `Bearer ${token}` })).not.toThrow();
    }
  });
});
