import { Problem } from "#src/domain/problem.ts";
import { createLineSplitter, type Line } from "#src/ingest/lines.ts";

/** Lines that are stored together. */
const MOST_LINES = 200;
const MOST_BYTES = 256 * 1024;
/** Milliseconds that a line waits for others. */
const WAIT_MS = 50;
/** A body that says nothing for so long is given up. */
const IDLE_MS = 3_600_000;
/** Bytes that are looked through at once. */
const PIECE = 64 * 1024;
const TOO_LARGE = "A body may hold at most 64 MB here: send the rest as pieces of a `stream`.";

export type LineBatch = {
  readonly lines: readonly Line[];
  /** The body has ended with these, as it should. */
  readonly isLast: boolean;
};

/**
 * The lines of a body as they come, a few at a time. No more is read before the batch is done with, so that a sender is as
 * fast as the store. When the sender leaves, the lines that have come whole are given first, and then the error.
 */
export async function* lineBatches(body: ReadableStream<Uint8Array> | null): AsyncGenerator<LineBatch, void, void> {
  const splitter = createLineSplitter();
  const pieces = piecesOf(body);
  let lines: Line[] = [];
  let bytes = 0;
  let until = 0;
  let reading = pieces.next();

  function batch(isLast: boolean): LineBatch {
    const some = { lines, isLast };
    lines = [];
    bytes = 0;
    return some;
  }

  try {
    for (;;) {
      const wait = lines.length === 0 ? IDLE_MS : until - performance.now();
      const piece = await within(reading, wait);
      if (piece === "late") {
        if (lines.length === 0) return;
        yield batch(false);
      } else if (piece.done === true) break;
      else {
        reading = pieces.next();
        // What has failed is told when its turn has come.
        reading.catch(() => {});
        if (lines.length === 0) until = performance.now() + WAIT_MS;
        bytes += piece.value.byteLength;
        lines.push(...splitter.push(piece.value));
        if (lines.length > 0 && bytes >= MOST_BYTES) yield batch(false);
        while (lines.length >= MOST_LINES) {
          const rest = lines.splice(MOST_LINES);
          yield batch(false);
          lines = rest;
        }
      }
    }
  } catch (error) {
    if (lines.length > 0) yield batch(false);
    throw isOverLimit(error) ? new Problem("payload_too_large", TOO_LARGE) : error;
  }
  lines.push(...splitter.end());
  yield batch(true);
}

/** What Bun says of a body that it takes no more of; it has answered 413 by then. */
function isOverLimit(error: unknown): boolean {
  return error instanceof Error && error.message.includes("maxRequestBodySize");
}

async function* piecesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of body ?? []) {
    for (let at = 0; at < chunk.byteLength; at += PIECE) yield chunk.subarray(at, at + PIECE);
  }
}

async function within<Value>(promise: Promise<Value>, millis: number): Promise<Value | "late"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), Math.max(0, millis));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
