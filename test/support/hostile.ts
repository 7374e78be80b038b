/** Text that would drive or deceive a terminal: colours, a clipboard write, C1, marks that reorder, line ends. */
export const HOSTILE =
  "\u001B[31mred\u001B[0m \u001B]52;c;ZXZpbA==\u0007 \u009B2J \u202Ecod.exe\u2066 a\nb\r\tc\u2028d\u007F\u200Be\u{E0041}";

// Line ends are the program's own: what must not end a line is told by the number of lines. A tab does no harm.
const RAW = /(?![\n\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200B\u{E0000}-\u{E007F}]/gu;

/** The characters of printed text that a terminal would obey, each as its code point. */
export function rawIn(text: string): string[] {
  return [...text.matchAll(RAW)].map(([character]) => character.codePointAt(0)!.toString(16));
}
