import { countDistinct, MARKS, scanJson } from "./json-scan.ts";

/** What makes a text slow to parse, however short it is. */
export type JsonLimits = {
  /** Bytes of texts that may hold whatever they hold. */
  readonly small: number;
  /** Members of objects and elements of arrays. */
  readonly members: number;
  /** Levels of nesting. */
  readonly depth: number;
  /** Different names of members: each new one costs as much as ten that are known. */
  readonly names: number;
  /** Escapes in strings. */
  readonly escapes: number;
};

/** Smaller texts are parsed in a few milliseconds whatever is in them. */
export const SMALL_JSON = 256 * 1024;

/** What an event of an agent may hold, so that its parse holds up nobody for more than some 15 ms. */
export const EVENT_LIMITS: JsonLimits = {
  small: SMALL_JSON,
  members: 100_000,
  depth: 250_000,
  names: 25_000,
  escapes: 750_000,
};

/** What of these is exceeded, in words; null for nothing. In steps, between which others may run. It need not be JSON. */
export function* jsonFault(body: Uint8Array, limits: JsonLimits): Generator<undefined, string | null> {
  if (body.byteLength <= limits.small) return null;
  let members = 0;
  let depth = 0;
  let deepest = 0;
  const names = countDistinct();
  const countsNames = limits.names < limits.members;
  const scan = scanJson(body, (byte) => {
    if (byte === MARKS.comma) members += 1;
    else if (byte === MARKS.colon) {
      if (countsNames) names.add(scan.hash);
    } else if (byte === MARKS.openList || byte === MARKS.openObject) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === MARKS.closeList || byte === MARKS.closeObject) depth -= 1;
  });
  for (let goesOn = true; goesOn;) {
    goesOn = scan.step();
    if (members > limits.members) return `it holds more than ${limits.members} members and elements`;
    if (deepest > limits.depth) return `it is nested deeper than ${limits.depth} levels`;
    if (goesOn) yield;
  }
  if (names.count > limits.names) return `it holds more than ${limits.names} different names`;
  if (scan.escapes > limits.escapes) return `it holds more than ${limits.escapes} escapes`;
  return null;
}
