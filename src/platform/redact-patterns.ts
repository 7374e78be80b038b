import { RE2JS } from "re2js";

/** What else is a secret: a pattern in the syntax of RE2, which takes linear time whatever it is. */
export type RedactPattern = {
  readonly kind: string;
  readonly source: string;
  /** The first match at `from` or behind it; null for none. */
  find(text: string, from: number): { readonly from: number; readonly to: number } | null;
};

const OPENING = "([{";
const CLOSING = ")]}";
const KIND = /^([a-z][a-z0-9_]{0,63}):(.*)$/s;
const DEFAULT_KIND = "custom";

/**
 * Reads `kind:pattern` or `pattern`, separated by commas. Throws what is wrong with one of them: also where it matches
 * nothing at all, of which a text has any number.
 */
export function parseRedactPatterns(text: string): readonly RedactPattern[] {
  return splitPatterns(text).map((entry) => {
    const [, kind = DEFAULT_KIND, source = entry] = KIND.exec(entry) ?? [];
    return { kind, source, find: compile(source) };
  });
}

function compile(source: string): RedactPattern["find"] {
  const pattern = RE2JS.compile(source);
  if (matchesNothing(pattern)) throw new Error(`"${source}" matches where nothing is`);
  // Whoever looks for one match after another asks about the same text.
  let matcher = pattern.matcher("");
  let prepared = "";
  return (text, from) => {
    if (text !== prepared) matcher = pattern.matcher(text);
    // Also where it is an equal one: the same is compared at once.
    prepared = text;
    for (let at = from; at <= text.length && matcher.find(at); at = matcher.end() + 1) {
      // Elsewhere than at those places it may still match nothing.
      if (matcher.end() > matcher.start()) return { from: matcher.start(), to: matcher.end() };
    }
    return null;
  };
}

/** Some places at which a pattern without characters may match. */
const PLACES = ["", " a1-\n"];

function matchesNothing(pattern: RE2JS): boolean {
  return PLACES.some((text) => {
    const matcher = pattern.matcher(text);
    while (matcher.find()) if (matcher.end() === matcher.start()) return true;
    return false;
  });
}

/** At the commas outside of brackets, and not behind a backslash: they belong to patterns. */
function splitPatterns(text: string): readonly string[] {
  const entries: string[] = [];
  let entry = "";
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === "\\") {
      entry += sign + text.charAt(at + 1);
      at += 1;
    } else if (sign === "," && depth === 0 && !inClass) {
      entries.push(entry.trim());
      entry = "";
    } else {
      if (inClass) inClass = sign !== "]";
      else if (sign === "[") inClass = true;
      else if (OPENING.includes(sign)) depth += 1;
      else if (CLOSING.includes(sign)) depth = Math.max(0, depth - 1);
      entry += sign;
    }
  }
  return [...entries, entry.trim()];
}
