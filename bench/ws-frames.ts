/** Counts the frames that a server sends on one raw WebSocket connection. */
export type Counter = {
  /** Frames of any length so far. */
  readonly frames: number;
  take(chunk: Buffer): void;
};

const HEAD_END = "\r\n\r\n";
const SHORTEST_CHANGE = 200;
const NOTHING = Buffer.alloc(0);

/** Begins before the answer to the upgrade. `onChange` gets the length of each frame that is long enough for a change. */
export function createCounter(onChange: (length: number) => void): Counter {
  let rest: Buffer = NOTHING;
  let upgraded = false;
  let skip = 0;
  let frames = 0;

  function upgrade(chunk: Buffer): Buffer {
    const end = chunk.indexOf(HEAD_END);
    if (end === -1) return NOTHING;
    const head = chunk.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(`no upgrade: ${head}`);
    upgraded = true;
    return chunk.subarray(end + HEAD_END.length);
  }

  return {
    get frames() {
      return frames;
    },
    take(chunk) {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      if (!upgraded) data = upgrade(data);
      let at = 0;
      while (at < data.length) {
        if (skip > 0) {
          const step = Math.min(skip, data.length - at);
          skip -= step;
          at += step;
          continue;
        }
        const head = headLength(data, at);
        if (data.length - at < head) break;
        const length = payloadLength(data, at);
        frames += 1;
        if (length >= SHORTEST_CHANGE) onChange(length);
        at += head;
        skip = length;
      }
      rest = upgraded ? data.subarray(at) : chunk;
    },
  };
}

/** A server's frames are not masked. */
function headLength(data: Buffer, at: number): number {
  if (data.length - at < 2) return 2;
  const short = data[at + 1]! & 127;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

function payloadLength(data: Buffer, at: number): number {
  const short = data[at + 1]! & 127;
  if (short < 126) return short;
  return short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
}
