/** Counts the tokens of texts. */
export type Tokenizer = { readonly name: string; readonly count: (text: string) => number };

/** Loads a tokenizer. Its table takes some 300 ms to load: only commands that count tokens wait for it. */
export async function loadTokenizer(): Promise<Tokenizer> {
  const { countTokens, setMergeCacheSize } = await import("gpt-tokenizer/encoding/o200k_base");
  // It keeps what it has merged, 100,000 entries by default; ours may be as long as a piece.
  setMergeCacheSize(10_000);
  return {
    name: "o200k_base (gpt-tokenizer)",
    count: (text) => {
      let tokens = 0;
      for (const piece of piecesOf(text)) tokens += countTokens(piece, AS_TEXT);
      return tokens;
    },
  };
}

/** `<|endoftext|>` and the like are text like any other: by default they would throw. */
const AS_TEXT = { disallowedSpecial: new Set<string>() };

/** Merging takes time with the square of a run without spaces: 40,000 letters at once took 600 ms. */
const PIECE = 2048;

/**
 * Cuts before a space that follows a word: a token begins there in any case, so the count stays exact. Where a piece
 * has no such place the cut may split a token, never a surrogate pair: one token too many in some thousand characters.
 */
function* piecesOf(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > PIECE) {
    const end = endOfPiece(text, start);
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}

function endOfPiece(text: string, start: number): number {
  const limit = start + PIECE;
  for (let end = limit; end > start + 1; end -= 1) {
    if (text[end] === " " && !/\s/.test(text[end - 1]!)) return end;
  }
  const splitsPair = (text.charCodeAt(limit) & 0xfc00) === 0xdc00 && (text.charCodeAt(limit - 1) & 0xfc00) === 0xd800;
  return splitsPair ? limit - 1 : limit;
}
