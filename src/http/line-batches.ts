import { Problem } from "#src/domain/problem.ts";
import { openRoom } from "./body.ts";
import type { OpenBodies } from "./open-bodies.ts";
import { createLineSplitter, type Line } from "#src/ingest/line-splitter.ts";

/** Lines that are stored together. */
const MOST_LINES = 200;
const MOST_BYTES = 256 * 1024;
/** Milliseconds that a line waits for others. */
const WAIT_MS = 50;
/** Bytes that are looked through at once. */
const PIECE = 16 * 1024;
/** Bytes of a line that has not ended which are not counted among those of large bodies. */
const SMALL_LINE = 64 * 1024;
const STOPPING = "The server is stopping. What has come is stored: send the output again, or the rest of a `stream`.";
const TOO_LARGE = "A body may hold at most 64 MB here: send the rest as pieces of a `stream`.";

export type LineBatch = {
  readonly lines: readonly Line[];
  /** Null while the body goes on: it has ended with these, as it should; or it has said nothing for too long. */
  readonly end: "whole" | "silent" | null;
};

/**
 * The lines of a body as they come, a few at a time. No more is read before the batch is done with, so that a sender is as
 * fast as the store. When the sender leaves, or the server stops, the lines that have come whole are given first, and then
 * the error.
 */
export async function* lineBatches(
  body: ReadableStream<Uint8Array> | null,
  { idleMs, stopping }: Pick<OpenBodies, "idleMs" | "stopping">,
): AsyncGenerator<LineBatch, void, void> {
  const splitter = createLineSplitter();
  const pieces = piecesOf(body);
  using room = openRoom();
  let lines: Line[] = [];
  let bytes = 0;
  let until = 0;
  let reading = pieces.next();

  function batch(end: LineBatch["end"]): LineBatch {
    const some = { lines, end };
    lines = [];
    bytes = 0;
    return some;
  }

  try {
    for (;;) {
      const wait = lines.length === 0 ? idleMs : until - performance.now();
      const piece = await within(reading, wait, stopping);
      if (piece === "late") {
        const isSilent = lines.length === 0;
        yield batch(isSilent ? "silent" : null);
        if (isSilent) return;
      } else if (piece.done === true) break;
      else {
        reading = pieces.next();
        // What has failed is told when its turn has come.
        reading.catch(() => {});
        if (lines.length === 0) until = performance.now() + WAIT_MS;
        bytes += piece.value.byteLength;
        const more = splitter.push(piece.value);
        room.hold(splitter.held > SMALL_LINE ? splitter.held : 0);
        for (let at = 0; at < more.length; at += MOST_LINES) {
          lines.push(...more.slice(at, at + MOST_LINES));
          if (lines.length >= MOST_LINES) yield batch(null);
        }
        if (lines.length > 0 && bytes >= MOST_BYTES) yield batch(null);
      }
    }
  } catch (error) {
    if (lines.length > 0) yield batch(null);
    throw isOverLimit(error) ? new Problem("payload_too_large", TOO_LARGE) : error;
  }
  lines.push(...splitter.end());
  yield batch("whole");
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

async function within<Value>(promise: Promise<Value>, millis: number, stopping: AbortSignal): Promise<Value | "late"> {
  const { promise: other, resolve, reject } = Promise.withResolvers<"late">();
  const stop = () => reject(new Problem("unavailable", STOPPING, {}, { "Retry-After": "1", Connection: "close" }));
  const timer = setTimeout(() => resolve("late"), Math.max(0, millis));
  if (stopping.aborted) stop();
  stopping.addEventListener("abort", stop);
  try {
    return await Promise.race([promise, other]);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener("abort", stop);
  }
}
