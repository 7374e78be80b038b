/** How many tokens a text has. */
export type CountTokens = (text: string) => number;

/** A text cut to a limit. */
export type CutText = {
  /** What is left of it, with the mark of the cut: never more than the limit. */
  readonly text: string;
  /** How many of its characters went; 0 when it is whole. */
  readonly cut: number;
};

/** The characters of a text as Python counts them: code points. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let index = 0; index + 1 < text.length; index += 1) if (isPair(text, index)) count -= 1;
  return count;
}

/** Says how much of a text was cut. */
export function markCut(cut: number): string {
  return `[… ${cut.toLocaleString("en-US")} ${cut === 1 ? "character" : "characters"} cut]`;
}

/** Cuts a text to at most `limit` characters, its mark included, at the last end of a line or sentence that fits. */
export function cutText(text: string, limit: number): CutText {
  const end = endOfPrefix(text, limit);
  if (end === text.length) return { text, cut: 0 };
  return shorten(text, end, (candidate) => countCharacters(candidate) <= limit);
}

/** Cuts a text to at most `limit` tokens, its mark included, at the last end of a line or sentence that fits. */
export function cutToTokens(text: string, limit: number, countTokens: CountTokens): CutText {
  if (countTokens(text) <= limit) return { text, cut: 0 };
  // Counting is slow: no more of a long text is looked at than what surely holds all that can stay.
  let end = endOfPrefix(text, limit * 4 + 1);
  while (end < text.length && countTokens(text.slice(0, end)) <= limit) end = endOfPrefix(text, end * 2);
  return shorten(text, end, (candidate) => countTokens(candidate) <= limit);
}

/** Ways to mark a cut, the best first. A mark that would take more than half of the room gives way to the next. */
const MARKS = [
  {
    append: (kept: string, cut: number) => (kept === "" ? markCut(cut) : `${kept}\n${markCut(cut)}`),
    room: (cut: number) => `${markCut(cut)}\n${markCut(cut)}`,
  },
  { append: (kept: string) => `${kept}…`, room: () => "…" },
];

function shorten(text: string, end: number, fits: (candidate: string) => boolean): CutText {
  const total = countCharacters(text);
  for (const { append, room } of MARKS) {
    if (!fits(room(total))) continue;
    const cutAt = (index: number): CutText => {
      const kept = text.slice(0, index);
      const cut = total - countCharacters(kept);
      return { text: append(kept, cut), cut };
    };
    const result = cutAt(lastEnd(text, end, (index) => fits(cutAt(index).text)));
    if (fits(result.text)) return result;
  }
  return { text: "", cut: total };
}

/** The best place up to `end` that fits, 0 when there is none: a line or a sentence, else a word, else a character. */
function lastEnd(text: string, end: number, fits: (index: number) => boolean): number {
  // Far enough behind `end` to know what ends there; never the whole of a long text.
  const window = text.slice(0, end + 256);
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" }).segment(window);
  // Sentences and words end inside a character where Unicode's rules for them disagree (a "‼" joined to an emoji).
  const fitsWhole = (index: number) => graphemes.containing(index)?.index === index && fits(index);
  for (const granularity of ["sentence", "word", "grapheme"] as const) {
    const ends = [...endsOf(window, granularity, window.length === text.length)].filter((index) => index <= end);
    const index = lastThat(ends, fitsWhole);
    if (index !== undefined) return index;
  }
  return 0;
}

/** "1. " of a list: the rules of Unicode take it for a sentence. */
const LIST_NUMBER = /^[^\S\n]*\d+\.[^\S\n]+$/;

/** Where something ends that has text behind it; the white space after it is not part of it. Lines are sentences. */
function* endsOf(window: string, granularity: "sentence" | "word" | "grapheme", isWhole: boolean): Generator<number> {
  for (const { segment, index, isWordLike } of new Intl.Segmenter("en", { granularity }).segment(window)) {
    // What reaches the end of the window may go on behind it.
    if (index + segment.length === window.length && !isWhole) return;
    const end = index + segment.trimEnd().length;
    if (end === index || isWordLike === false || LIST_NUMBER.test(segment)) continue;
    yield end;
  }
}

/** The last item of which `test` is true, where it is true up to some item and false behind it. */
function lastThat(items: readonly number[], test: (item: number) => boolean): number | undefined {
  let [low, high] = [-1, items.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (test(items[middle]!)) low = middle;
    else high = middle - 1;
  }
  return items[low];
}

/** The UTF-16 index behind the first `characters` characters. */
function endOfPrefix(text: string, characters: number): number {
  if (text.length <= characters) return text.length;
  let index = 0;
  for (let left = characters; left > 0 && index < text.length; left -= 1) index += isPair(text, index) ? 2 : 1;
  return index;
}

function isPair(text: string, index: number): boolean {
  const isHigh = (text.charCodeAt(index) & 0xfc00) === 0xd800;
  return isHigh && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}
