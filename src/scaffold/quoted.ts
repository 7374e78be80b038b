const SHOWN = 60;

/** Characters that a terminal acts on or does not show: controls, marks of direction, separators of lines. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text of a user in quotes, safe to repeat in one line of a message: bounded, with what cannot be printed escaped. */
export function quoted(text: string): string {
  const characters = Array.from(text.slice(0, 2 * SHOWN));
  const shown = characters.slice(0, SHOWN).join("");
  const escaped = shown.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll(UNPRINTABLE, escape);
  return `"${escaped}"${shown.length < text.length ? "…" : ""}`;
}

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
