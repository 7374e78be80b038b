/** So much is shown at first, up to the end of a line. */
const FOLDED_LINES = 14;
const FOLDED = 1_200;

/** The beginning of a long text, or all of one that is hardly longer than that. */
export function foldedText(text: string): string {
  let end = 0;
  for (let lines = 0; lines < FOLDED_LINES && end < text.length; lines += 1) {
    const next = text.indexOf("\n", end);
    if (next === -1 || next >= FOLDED) break;
    end = next + 1;
  }
  const isOneLine = end === 0 || (end < FOLDED / 2 && nextLineEnd(text, end) > FOLDED);
  const cut = isOneLine ? FOLDED : end;
  // Half of a character is none.
  return text.length <= cut * 1.25 ? text : text.slice(0, cut).replace(/[\uD800-\uDBFF]$/, "");
}

function nextLineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
