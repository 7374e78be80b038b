import { matchBasic, matchBearer, matchJwt, matchToken, type Secret, TOKENS } from "./secret-patterns.ts";

/** Looks for a secret that begins there. What lies before `floor` is a secret already, and nothing that it looks at for. */
export type Matcher = (text: string, at: number, floor: number) => Secret | null;
/** What may begin with two characters, by those. */
export type Starts = { readonly matchers: readonly (readonly Matcher[])[]; readonly byPair: Uint8Array };

/** @param more what else may begin so; the matcher itself looks at more than the first two characters */
export function startTable(more: readonly (readonly [start: string, matcher: Matcher])[]): Starts {
  const matchers: Matcher[][] = [[]];
  const byPair = new Uint8Array(128 * 128);
  const beginsWith = (start: string, matcher: Matcher) => {
    const pair = start.charCodeAt(0) * 128 + start.charCodeAt(1);
    if (byPair[pair] === 0) byPair[pair] = matchers.push([]) - 1;
    matchers[byPair[pair]!]!.push(matcher);
  };
  for (const pattern of TOKENS) beginsWith(pattern.start, (text, at) => matchToken(pattern, text, at));
  beginsWith("eyJ", matchJwt);
  for (const start of ["be", "Be", "BE"]) beginsWith(start, matchBearer);
  for (const start of ["ba", "Ba", "BA"]) beginsWith(start, matchBasic);
  for (const [start, matcher] of more) beginsWith(start, matcher);
  return { matchers, byPair };
}

export function firstOf(candidates: readonly Matcher[], text: string, at: number, floor: number): Secret | null {
  for (const matcher of candidates) {
    const found = matcher(text, at, floor);
    if (found !== null) return found;
  }
  return null;
}

const KNOWN = startTable([]);

/** A token of a known kind that begins there: it says more than the name before it. */
export function knownAt(text: string, at: number): Secret | null {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  if (!(first < 128 && second < 128)) return null;
  return firstOf(KNOWN.matchers[KNOWN.byPair[first * 128 + second]!]!, text, at, at);
}
