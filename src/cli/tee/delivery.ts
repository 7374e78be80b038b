import { ApiError, type Client } from "#src/client/client.ts";
import type { Spool } from "./spool.ts";

const MB = 1024 * 1024;
/** Bytes of one request. */
const PIECE = MB;
/** What is more than this of one line is not sent: the server reads no line that is as long. */
const MOST_OF_LINE = 5 * MB;
const LF = 10;
/** A server that goes back again and again is none to send to. */
const MOST_CONFLICTS = 5;

/** Lines to send, and where the next ones begin. */
type Piece = { readonly bytes: Uint8Array<ArrayBuffer>; readonly lines: number; readonly next: number };

/** Sends a spool, from where the server has it. */
export type Delivery = {
  /** Sends all lines that are there; with `isWhole`, also one without an end, and that the stream ends here. */
  send(isWhole: boolean, signal: AbortSignal): Promise<void>;
  /** Lines that the server has. */
  readonly lines: number;
};

export function createDelivery(client: Pick<Client, "ingestLines">, spool: Spool): Delivery {
  const { source, session, stream } = spool.head;
  let line = 0;
  let at = spool.start;
  // Of a spool that another process began, the server may have some.
  let isPlaced = false;
  let conflicts = 0;

  async function post(bytes: Uint8Array<ArrayBuffer>, end: boolean, signal: AbortSignal): Promise<number> {
    const query = {
      source,
      session: session ?? undefined,
      stream,
      line,
      end,
      exit: end ? (spool.exit ?? undefined) : undefined,
    };
    const { next } = await client.ingestLines(bytes, query, { signal });
    return next ?? line;
  }

  /** Where the server says that it is. */
  async function place(wanted: number): Promise<void> {
    if (wanted < line) {
      line = 0;
      at = spool.start;
    }
    while (line < wanted) {
      const piece = await nextPiece(spool, at, true, wanted - line);
      if (piece === null) break;
      line += piece.lines;
      at = piece.next;
    }
    isPlaced = true;
  }

  async function sendNext(isWhole: boolean, signal: AbortSignal): Promise<boolean> {
    if (!isPlaced) await place(await post(new Uint8Array(), false, signal));
    const piece = await nextPiece(spool, at, isWhole, Number.POSITIVE_INFINITY);
    const isLast = isWhole && (piece === null || piece.next >= spool.end);
    if (piece === null && !isLast) return false;
    try {
      const next = await post(piece?.bytes ?? new Uint8Array(), isLast, signal);
      if (next === line + (piece?.lines ?? 0)) {
        line = next;
        at = piece?.next ?? at;
        conflicts = 0;
      } else await place(next);
    } catch (error) {
      // It has less than it had, as from a copy that was brought back.
      const next = error instanceof ApiError && error.status === 409 ? error.problem["next"] : undefined;
      conflicts += 1;
      if (typeof next !== "number" || conflicts > MOST_CONFLICTS) throw error;
      await place(next);
      return true;
    }
    return !isLast;
  }

  return {
    get lines() {
      return line;
    },
    async send(isWhole, signal) {
      while (await sendNext(isWhole, signal));
    },
  };
}

/** Whole lines at a place of the file; null when there are none. */
async function nextPiece(spool: Spool, from: number, isWhole: boolean, mostLines: number): Promise<Piece | null> {
  const bytes = await spool.read(from, PIECE);
  const last = endOf(bytes, mostLines);
  if (last !== -1) return { bytes: bytes.subarray(0, last + 1), lines: countLines(bytes, last), next: from + last + 1 };
  if (bytes.byteLength === 0) return null;
  const next = await lineEnd(spool, from + bytes.byteLength);
  if (next === null && !isWhole) return null;
  const end = next ?? spool.end;
  const line = await spool.read(from, Math.min(end - from, MOST_OF_LINE));
  // Cut off, or not ended: it is one line all the same.
  return { bytes: line.at(-1) === LF ? line : withEnd(line), lines: 1, next: end };
}

function withEnd(line: Uint8Array): Uint8Array<ArrayBuffer> {
  const ended = new Uint8Array(line.byteLength + 1);
  ended.set(line);
  ended[line.byteLength] = LF;
  return ended;
}

/** Behind the next end of a line; null when there is none yet. */
async function lineEnd(spool: Spool, from: number): Promise<number | null> {
  for (let at = from; ; at += PIECE) {
    const bytes = await spool.read(at, PIECE);
    const end = bytes.indexOf(LF);
    if (end !== -1) return at + end + 1;
    if (bytes.byteLength < PIECE) return null;
  }
}

/** The last end of a line, of at most so many lines. */
function endOf(bytes: Uint8Array, mostLines: number): number {
  if (mostLines === Number.POSITIVE_INFINITY) return bytes.lastIndexOf(LF);
  let end = -1;
  for (let lines = 0; lines < mostLines; lines += 1) {
    const next = bytes.indexOf(LF, end + 1);
    if (next === -1) break;
    end = next;
  }
  return end;
}

function countLines(bytes: Uint8Array, last: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at !== -1 && at <= last; at = bytes.indexOf(LF, at + 1)) lines += 1;
  return lines;
}
