/**
 * Characters that could drive or deceive a terminal: control characters (ANSI and OSC sequences begin with one), marks
 * that reorder text, line separators, and what cannot be seen, but for the joiners and selectors that emoji are made with.
 */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\uFFF9-\uFFFB]|(?!\u200C|\u200D|[\uFE00-\uFE0F])\p{DI}/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text of agents on one line: what could drive or deceive a terminal is written out, as `\x1b` or `\u202e`. */
export function visible(text: string): string {
  return text.replaceAll(HIDDEN, (character) => SHORT[character] ?? escaped(character));
}

/** The same for text of several lines: line ends and tabs stay. */
export function visibleLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split("\t").map(visible).join("\t"))
    .join("\n");
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
}

/** JSON that is safe on a terminal: the same document, with such characters escaped as JSON escapes them. */
export function visibleJson(value: unknown, indent?: number): string {
  return visibleInJson(JSON.stringify(value, null, indent));
}

/** The same of JSON that is text already. */
export function visibleInJson(text: string): string {
  // Line ends and blanks between the values are JSON.stringify's own; inside of strings it has escaped them.
  return text.replaceAll(HIDDEN, (found) => (found === "\n" ? found : jsonEscaped(found)));
}

function jsonEscaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
