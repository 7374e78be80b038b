/** A token as it was pasted, or why it can be none; without both there is nothing yet. */
export type TokenText = { readonly token?: string; readonly error?: string };

/** What stands unseen around a text that was copied: blanks, and characters without a width. */
const UNSEEN = /^[\s\p{Cf}\p{Cc}]+|[\s\p{Cf}\p{Cc}]+$/gu;

/** Reads a token: only visible characters of ASCII can be sent in a header, and no server gives others. */
export function readToken(text: string): TokenText {
  const token = text.replaceAll(UNSEEN, "").replace(/^Bearer +/i, "");
  if (token === "") return {};
  const index = token.search(/[^\x21-\x7e]/);
  if (index === -1) return { token };
  const point = token.codePointAt(index)!;
  const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  const sign =
    point <= 32
      ? "a blank"
      : /^[\p{L}\p{N}\p{P}\p{S}]/u.test(token.slice(index))
        ? `“${String.fromCodePoint(point)}”`
        : "an unseen one";
  return { error: `No token has this character at place ${index + 1}: ${sign} (${code}). Copy the token again.` };
}
