import { eachWord, firstWordLike, type Word, wordsOf } from "./words.ts";

/** A row that was searched for, and the part of it that was found. */
export type Found<Row> = Row & { readonly highlight?: string | undefined };

/** Words that must stand one behind the other; the last of them may be only the beginning of a word. */
export type Phrase = { readonly words: readonly string[]; readonly isPrefix: boolean };

/** What somebody searches for. Whatever is typed is one. */
export type TextQuery = {
  /** All of these must be there. */
  readonly wanted: readonly Phrase[];
  /** None of these may be there. */
  readonly unwanted: readonly Phrase[];
  /** Without any word in it (only punctuation): this must be there, as it is. Else null. */
  readonly literal: string | null;
};

/** Characters of a search that are heeded: each word of more would be looked for. */
export const SEARCHED = 500;

/** A sign of what is not wanted, then a phrase in quotes (the last may still be open) or what stands up to a space or quote. */
const PART = /(-?)(?:["“”„]([^"“”„]*)(["“”„]?)|([^\s"“”„]+))/gu;

/**
 * Reads what a person typed: words are all wanted, "quotes" hold a phrase, `-` before a word or phrase leaves out what has
 * it. The last word that is wanted is taken as the beginning of one, unless its quotes are closed. There is no wrong query; the
 * first 500 characters count.
 */
export function parseTextQuery(given: string): TextQuery {
  const typed = given.slice(0, SEARCHED);
  const wanted: Phrase[] = [];
  const unwanted: Phrase[] = [];
  for (const [, minus, quoted, closing, bare] of typed.matchAll(PART)) {
    const words = wordsOf(quoted ?? bare ?? "");
    if (words.length === 0) continue;
    // A dash before a dash is a flag of a command, which is looked for.
    if (minus === "-" && !(bare ?? "").startsWith("-")) unwanted.push({ words, isPrefix: false });
    else wanted.push({ words, isPrefix: closing === undefined || closing === "" });
  }
  const last = wanted.length - 1;
  return {
    wanted: wanted.map((phrase, index) => (index === last ? phrase : { ...phrase, isPrefix: false })),
    unwanted,
    literal: wanted.length + unwanted.length === 0 ? typed.trim() : null,
  };
}

/** Whether a row of these texts is one that is searched for. */
export function matchesText({ wanted, unwanted, literal }: TextQuery, texts: readonly string[]): boolean {
  if (literal !== null) return texts.some((text) => text.includes(literal));
  const words = texts.map(wordsOf);
  const holds = (phrase: Phrase) => words.some((one) => one.some((_, last) => endsAt(phrase, one, last)));
  return wanted.every(holds) && !unwanted.some(holds);
}

/** Whether the phrase's last word stands at `last`. */
function endsAt({ words, isPrefix }: Phrase, text: readonly string[], last: number): boolean {
  const first = last - words.length + 1;
  if (first < 0) return false;
  const end = words.at(-1)!;
  if (isPrefix ? !text[last]!.startsWith(end) : text[last] !== end) return false;
  for (let index = 0; index < words.length - 1; index += 1) if (text[first + index] !== words[index]) return false;
  return true;
}

/** Characters of a highlight, and of what stands before its first match. */
const SNIPPET = 240;
const BEFORE = 60;

type Span = { start: number; end: number };

/**
 * The part of the first text that holds something wanted: at most about 240 characters around it, as HTML in which the
 * matches stand in `<mark>`; null when there is none. What the text itself has of markup is escaped.
 */
export function highlightText({ wanted, literal }: TextQuery, texts: readonly string[]): string | null {
  for (const text of texts) {
    const spans = literal === null ? spansOf(wanted, text) : spansOfLiteral(literal, text);
    if (spans.length > 0) return snippet(text, spans);
  }
  return null;
}

/** Where matches stand: from the first on, as far as a snippet goes. */
function spansOf(wanted: readonly Phrase[], text: string): Span[] {
  const spans: Span[] = [];
  const words: string[] = [];
  const seen: Word[] = [];
  const take = (word: Word): boolean => {
    words.push(word.text);
    seen.push(word);
    for (const phrase of wanted) {
      if (!endsAt(phrase, words, words.length - 1)) continue;
      spans.push({ start: seen[seen.length - phrase.words.length]!.start, end: word.end });
    }
    return spans.length === 0 || word.start < spans[0]!.start + SNIPPET;
  };
  const begins = wanted.map((phrase) => phrase.words[0]!);
  eachWord(text, take, firstWordLike(text, begins));
  return joined(spans.toSorted((a, b) => a.start - b.start));
}

function joined(spans: readonly Span[]): Span[] {
  const apart: Span[] = [];
  for (const { start, end } of spans) {
    const last = apart.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else apart.push({ start, end });
  }
  return apart;
}

function spansOfLiteral(literal: string, text: string): Span[] {
  const start = literal === "" ? -1 : text.indexOf(literal);
  return start < 0 ? [] : [{ start, end: start + literal.length }];
}

function snippet(text: string, spans: readonly Span[]): string {
  const from = beginning(text, Math.max(0, spans[0]!.start - BEFORE), spans[0]!.start);
  const to = whole(text, Math.min(text.length, from + SNIPPET));
  let html = from > 0 ? "…" : "";
  let at = from;
  for (const { start, end } of spans) {
    const [begin, stop] = [Math.max(start, at), Math.min(end, to)];
    if (begin >= stop) continue;
    html += `${escapeHtml(text.slice(at, begin))}<mark>${escapeHtml(text.slice(begin, stop))}</mark>`;
    at = stop;
  }
  return html + escapeHtml(text.slice(at, to)) + (to < text.length ? "…" : "");
}

/** Not in the middle of a word, where one ends in time, and never in the middle of a character. */
function beginning(text: string, from: number, before: number): number {
  if (from === 0) return 0;
  const space = text.slice(from, before).search(/\s/);
  return whole(text, space < 0 ? from : from + space + 1);
}

function whole(text: string, index: number): number {
  const isInside = index > 0 && index < text.length && /[\uDC00-\uDFFF]/.test(text[index]!);
  return isInside && /[\uD800-\uDBFF]/.test(text[index - 1]!) ? index - 1 : index;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
