import { withoutEntities } from "./entities.ts";

/** Longer ones are no addresses. */
const MOST = 2_000;
const DEEPEST = 32;

const BLANKS = /\s*/y;
const IN_ANGLES = /<([^<>\n]*)>/y;
const TITLE = /"[^"]*"|'[^']*'/y;
const ESCAPES = /\\([!-/:-@[-`{-~])/g;

/**
 * Reads where a link leads to: `(address "title")` at a place, and tells the place behind it; null if there is none. It is
 * read once from left to right: brackets in the address may be in pairs, one in another.
 */
export function readTarget(text: string, from: number): { readonly href: string; readonly end: number } | null {
  if (text[from] !== "(") return null;
  let at = from + 1 + lengthOf(BLANKS, text, from + 1);
  const angles = lengthOf(IN_ANGLES, text, at);
  const address = angles > 0 ? text.slice(at + 1, at + angles - 1) : addressAt(text, at);
  if (address === null || address.length > MOST) return null;
  at += angles > 0 ? angles : address.length;
  const blanks = lengthOf(BLANKS, text, at);
  at += blanks;
  if (blanks > 0) {
    at += lengthOf(TITLE, text, at);
    at += lengthOf(BLANKS, text, at);
  }
  return text[at] === ")" ? { href: withoutEntities(address.replaceAll(ESCAPES, "$1")), end: at + 1 } : null;
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Up to a blank, or to the bracket that is not its own. */
function addressAt(text: string, from: number): string | null {
  let depth = 0;
  for (let at = from; at <= from + MOST; at += 1) {
    const character = text[at];
    if (character === undefined || /\s/.test(character)) return depth === 0 ? text.slice(from, at) : null;
    if (character === "(" && ++depth > DEEPEST) return null;
    if (character === ")" && --depth < 0) return text.slice(from, at);
    if (character === "\\" && /[()\\]/.test(text[at + 1] ?? "")) at += 1;
  }
  return null;
}
