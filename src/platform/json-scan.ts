const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** What stands between the strings and numbers of JSON. */
export const MARKS = { comma: 0x2c, colon: 0x3a, openList: 0x5b, closeList: 0x5d, openObject: 0x7b, closeObject: 0x7d };

/** Bytes of one step: some hundred microseconds, whatever is in them. */
const STEP = 64 * 1024;
/** FNV-1a. */
const [BASIS, PRIME] = [0x811c9dc5, 0x01000193];

/** Goes over the bytes of a JSON text, or of any other, in steps between which others may run. */
export type JsonScan = {
  /** Goes on; false at the end. */
  step(): boolean;
  /** Escapes in strings so far: they are what makes a long string slow to parse. */
  readonly escapes: number;
  /** Of the last string that has ended: a name, where a colon follows. */
  readonly hash: number;
};

/** @param seen is told each byte outside of strings that may be a mark */
export function scanJson(body: Uint8Array, seen: (byte: number, at: number) => void): JsonScan {
  let place = 0;
  let isInString = false;
  let escaped = 0;
  let last = BASIS;
  return {
    get escapes() {
      return escaped;
    },
    get hash() {
      return last;
    },
    step() {
      const until = Math.min(place + STEP, body.byteLength);
      let at = place;
      while (at < until) {
        if (isInString) at = throughString(at, until);
        else {
          const byte = body[at]!;
          if (byte === QUOTE) {
            isInString = true;
            last = BASIS;
          } else if (byte >= MARKS.comma) seen(byte, at);
          at += 1;
        }
      }
      place = at;
      return at < body.byteLength;
    },
  };

  /** Behind its end, or to where the step ends. */
  function throughString(from: number, until: number): number {
    let at = from;
    let hash = last;
    let escapes = 0;
    for (; at < until; at += 1) {
      const byte = body[at]!;
      if (byte === QUOTE) {
        isInString = false;
        at += 1;
        break;
      }
      hash = Math.imul(hash ^ byte, PRIME);
      if (byte !== BACKSLASH) continue;
      escapes += 1;
      at += 1;
      hash = Math.imul(hash ^ (body[at] ?? 0), PRIME);
    }
    last = hash;
    escaped += escapes;
    return at;
  }
}

/** Counts different values by their hashes: never too many, and hardly too few. */
export type Distinct = { add(hash: number): void; clear(): void; readonly count: number };

export function countDistinct(): Distinct {
  const bits = 20;
  const words = new Uint32Array(2 ** bits / 32);
  let count = 0;
  return {
    add(hash) {
      // Its lower bits alone would tell little of the last bytes.
      const place = ((hash >>> (32 - bits)) ^ hash) & (2 ** bits - 1);
      const mask = 1 << (place & 31);
      if ((words[place >>> 5]! & mask) !== 0) return;
      words[place >>> 5]! |= mask;
      count += 1;
    },
    clear() {
      words.fill(0);
      count = 0;
    },
    get count() {
      return count;
    },
  };
}
