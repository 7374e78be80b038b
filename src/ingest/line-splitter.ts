/** A line as it came, without its end; `text` is null for one that is too long. */
export type Line = { readonly text: string | null };

/** Bytes of the longest line that is read. */
const MOST_LINE = 4 * 1024 * 1024;

const LF = 10;
const CR = 13;

/** Cuts bytes into lines. Of a line that is too long nothing is kept, and no more of it stays in memory than may be. */
export type LineSplitter = {
  push(chunk: Uint8Array): Line[];
  /** What stands behind the last end of a line, if anything does. */
  end(): Line[];
  /** Bytes of the line that has not ended yet. */
  readonly held: number;
};

export function createLineSplitter(mostBytes: number = MOST_LINE): LineSplitter {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let size = 0;
  let isTooLong = false;

  function keep(part: Uint8Array): void {
    size += part.byteLength;
    if (size > mostBytes) {
      isTooLong = true;
      parts = [];
    } else if (part.byteLength > 0) parts.push(part);
  }

  function finish(): Line {
    const line = { text: isTooLong ? null : textOf(parts) };
    parts = [];
    size = 0;
    isTooLong = false;
    return line;
  }

  function textOf(pieces: readonly Uint8Array[]): string {
    const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    return decoder.decode(bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes);
  }

  return {
    push(chunk) {
      const lines: Line[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
        keep(chunk.subarray(from, at));
        lines.push(finish());
        from = at + 1;
      }
      // Copied: the chunk may be used again by whoever gave it.
      if (from < chunk.byteLength) keep(chunk.slice(from));
      return lines;
    },
    end: () => (size === 0 ? [] : [finish()]),
    get held() {
      return isTooLong ? 0 : size;
    },
  };
}
