/** A word of a text, folded so that what people take for the same is the same, and where it stands (UTF-16 indexes). */
export type Word = { readonly text: string; readonly start: number; readonly end: number };

/** What a character is to the words: it parts them, is part of one, is one by itself, or belongs to the character before. */
const PARTS = 1;
const WORD = 2;
const ALONE = 3;
const MARK = 4;
type Kind = typeof PARTS | typeof WORD | typeof ALONE | typeof MARK;

const LETTER = /[\p{L}\p{N}]/u;
/** Voiced marks of half-width Katakana are letters to Unicode. */
const MARKS = /[\p{M}\u{FF9E}\u{FF9F}]/u;
/**
 * Scripts written without spaces, Hangul (whose particles stand behind the word without one), and pictographs: each
 * character is a word, so that a run of them in a query is a phrase and is found anywhere.
 */
const BY_ITSELF =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;

/** Kinds of the characters below U+20000, found out once; 0 = not yet. */
const kinds = new Uint8Array(0x20000);

function kindOf(code: number): Kind {
  return (kinds[code] || learn(code)) as Kind;
}

function learn(code: number): Kind {
  const character = String.fromCodePoint(code);
  let kind: Kind = PARTS;
  if (MARKS.test(character)) kind = MARK;
  else if (LETTER.test(character)) kind = BY_ITSELF.test(character) && code > 0x7f ? ALONE : WORD;
  else if (PICTOGRAPH.test(character)) kind = ALONE;
  if (code < kinds.length) kinds[code] = kind;
  return kind;
}

/** Calls `take` for every word of the text, in order, until it returns false. */
function scan(text: string, from: number, take: (start: number, end: number) => boolean): void {
  let start = -1;
  let index = from;
  let isAlone = false;
  while (index < text.length) {
    const code = text.codePointAt(index)!;
    const kind = kindOf(code);
    const joins = start >= 0 && (kind === MARK || (kind === WORD && !isAlone));
    if (!joins) {
      if (start >= 0 && !take(start, index)) return;
      start = kind === PARTS ? -1 : index;
      isAlone = kind === ALONE;
    }
    index += code > 0xffff ? 2 : 1;
  }
  if (start >= 0) take(start, text.length);
}

// eslint-disable-next-line no-control-regex -- what is asked is whether the text is ASCII
const ASCII = /^[\0-\x7f]*$/;

/**
 * Accents and vowel points that people leave out, and what only varies or stretches a letter. Marks of Indic scripts and
 * the voiced marks of Kana make another letter.
 */
const LEFT_OUT = /\u{640}|[[\p{M}&&[\p{sc=Inherited}\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Cyrillic}]]--[\u{3099}\u{309A}]]/gv;
const OTHER_LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  ς: "σ",
  ı: "i",
  ł: "l",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  æ: "ae",
  œ: "oe",
};
const OTHER = /[ßςıłøđðþæœ]/g;
/** What a compatibility form holds beside letters ("⒈" is "1."). */
const NO_LETTER = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}]/gu;

/** What folding is slow for and comes again and again; emptied when it is full. */
const folded = new Map<string, string>();
const FOLDED = 10_000;
const FOLDED_LENGTH = 32;

/** The word as it is compared: case, width, accents and other forms of the same letters taken away. */
function foldWord(word: string): string {
  if (ASCII.test(word)) return word.toLowerCase();
  const known = folded.get(word);
  if (known !== undefined) return known;
  const fold = word
    .normalize("NFKD")
    .toLowerCase()
    .replace(LEFT_OUT, "")
    .replace(OTHER, (letter) => OTHER_LETTERS[letter]!)
    .normalize("NFC")
    .replace(NO_LETTER, "");
  if (word.length > FOLDED_LENGTH) return fold;
  if (folded.size >= FOLDED) folded.clear();
  folded.set(word, fold);
  return fold;
}

/**
 * Calls `take` for every word of the text, in order, until it returns false.
 *
 * @param from where a word begins: those before it are passed over
 */
export function eachWord(text: string, take: (word: Word) => boolean, from = 0): void {
  scan(text, from, (start, end) => {
    const word = foldWord(text.slice(start, end));
    return word === "" || take({ text: word, start, end });
  });
}

/**
 * Where the first word begins that begins with one of these; the end of the text when there is none. Only a text of ASCII is
 * looked through; in any other it may be anywhere, which is 0.
 */
export function firstWordLike(text: string, begins: readonly string[]): number {
  if (!ASCII.test(text)) return 0;
  const lower = text.toLowerCase();
  let first = text.length;
  for (const begin of begins) {
    let at = lower.indexOf(begin);
    while (at > 0 && at < first && kindOf(lower.charCodeAt(at - 1)) === WORD) at = lower.indexOf(begin, at + 1);
    if (at >= 0) first = Math.min(first, at);
  }
  return first;
}

/** The words of a text, folded. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  eachWord(text, (word) => words.push(word.text) > 0);
  return words;
}

/**
 * The text as an index takes it that parts words at every ASCII character but letters and digits, and folds the case of
 * ASCII: such an index then holds exactly `wordsOf(text)`.
 */
export function indexedText(text: string): string {
  if (ASCII.test(text)) return text;
  let words = "";
  scan(text, 0, (start, end) => {
    words += ` ${foldWord(text.slice(start, end))}`;
    return true;
  });
  return words;
}
