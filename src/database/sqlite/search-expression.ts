import type { Phrase, TextQuery } from "#src/domain/search-text.ts";
import type { Reader } from "./reader.ts";
import type { TextSource } from "./text-sources.ts";

/** Characters of the longest beginnings that the index holds lists of. */
const INDEXED_PREFIX = 4;
/** Words that a longer beginning is replaced by at most. */
const EXPANSIONS = 32;

/** How the index is asked for a query. */
export type MatchExpression = {
  /** In the language of FTS5; made of quoted words only. */
  readonly match: string;
  /** It may find more than is searched for: the rows have to be looked at. */
  readonly isWider: boolean;
};

/** Asks for what is wanted, without what is not; null when nothing is wanted, which the index cannot be asked for. */
export function matchExpression(reader: Reader, source: TextSource, query: TextQuery): MatchExpression | null {
  if (query.wanted.length === 0) return null;
  const wanted = query.wanted.map((phrase) => matchPhrase(reader, source, phrase));
  const match = `(${wanted.map((one) => one.match).join(" AND ")})`;
  const unwanted = query.unwanted.map(({ words }) => quoted(words)).join(" OR ");
  return {
    match: unwanted === "" ? match : `${match} NOT (${unwanted})`,
    isWider: wanted.some((one) => one.isWider),
  };
}

/**
 * FTS5 gathers all rows of a beginning in memory that is longer than its index of beginnings. The words that begin so are
 * looked up instead; where there are too many of them, its first characters are asked for and the rows looked at.
 */
function matchPhrase(reader: Reader, source: TextSource, phrase: Phrase): Pick<MatchExpression, "match" | "isWider"> {
  const before = phrase.words.slice(0, -1);
  const last = phrase.words.at(-1)!;
  const characters = [...last];
  if (!phrase.isPrefix) return { match: quoted(phrase.words), isWider: false };
  if (characters.length <= INDEXED_PREFIX) return { match: `${quoted(phrase.words)} *`, isWider: false };
  const words = wordsBeginning(reader, source, last);
  if (words === null) {
    const begin = characters.slice(0, INDEXED_PREFIX).join("");
    return { match: `${quoted([...before, begin])} *`, isWider: true };
  }
  const either = words.length === 0 ? [last] : words;
  return { match: `(${either.map((word) => quoted([...before, word])).join(" OR ")})`, isWider: false };
}

/** The words of the index that begin so, each found by a seek of its own; null when there are too many. */
function wordsBeginning(reader: Reader, source: TextSource, begin: string): string[] | null {
  const next = reader.prepare<{ term: string }>(`select term from ${source.table}_words where term >= $from limit 1`);
  const words: string[] = [];
  for (let from = begin; ; from = `${words.at(-1)!}\u0001`) {
    const found = next.get({ from });
    if (found === null || !found.term.startsWith(begin)) return words;
    if (words.length === EXPANSIONS) return null;
    words.push(found.term);
  }
}

/** Words are letters, digits and marks: nothing in them ends the quotes. */
function quoted(words: readonly string[]): string {
  return `"${words.join(" ")}"`;
}
