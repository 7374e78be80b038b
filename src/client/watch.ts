import type { ControlFrame, Entity, EventPage, HelloFrame, StaleReason } from "#src/domain/change.ts";
import type { Change } from "./changes.ts";
import { ApiError, isTransient, UnreachableError } from "./errors.ts";
import { readEventStream } from "./event-stream.ts";
import { requireMillis, startTimer } from "./timer.ts";
import type { RequestOptions, Transport } from "./transport.ts";

export type WatchOptions<Listed extends { readonly seq: number }> = {
  /** Only changes of these kinds of rows. */
  readonly types?: readonly Entity[] | undefined;
  /** Only changes of these sessions. */
  readonly session_id?: string | readonly string[] | undefined;
  /** Only changes of these agents. */
  readonly agent_id?: string | readonly string[] | undefined;
  /**
   * Reads what to begin with, and again after `stale`; all of it, for it replaces what was known:
   * `(options) => listAll(client.listRuntimeAgents, { status: "idle" }, Infinity, options)`.
   * The options hold the watch's `signal`; who does not hand them on waits for the list when the watch is to end.
   */
  readonly list?: ((options: RequestOptions) => Promise<Listed>) | undefined;
  /** The last `seq` seen, to go on behind it; `list` is then read after `stale` only. Without both: live from now. */
  readonly after?: number | undefined;
  /** The `feed` that `after` belongs to, from `connected`. */
  readonly feed?: string | undefined;
  /** Ends the watch; nothing else does but `break`, and a server that refuses the request. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait before the n-th try in a row, from 1; default 0.1 s, rising to 5 s. */
  readonly retryDelayMs?: ((attempt: number) => number) | undefined;
  /** Milliseconds after which a stream that sends nothing counts as broken; default 45,000 (the server sends every 15 s). */
  readonly silenceMs?: number | undefined;
};

/** What a watch tells beside the changes themselves. */
export type WatchNotice<Listed> =
  /** The rows as `list` read them: they replace whatever was known. */
  | { readonly type: "listed"; readonly page: Listed }
  /** Live: what follows begins behind `seq`. */
  | { readonly type: "connected"; readonly seq: number; readonly feed: string; readonly version: string }
  /** Not live; the next try is in `retry_ms`. Nothing is lost: the watch resumes where it stopped. */
  | { readonly type: "disconnected"; readonly error: Error; readonly retry_ms: number }
  /** The history behind the cursor is gone. With `list` it is read again; without, the watch goes on from now. */
  | { readonly type: "stale"; readonly reason: StaleReason; readonly oldest_seq: number; readonly head_seq: number };

export type WatchEvent<Listed> = Change | WatchNotice<Listed>;

type Frame = Change | ControlFrame;

const SILENCE_MS = 45_000;
const RETRY_MS = [100, 250, 500, 1000, 2000, 5000];

function defaultRetryDelay(attempt: number): number {
  const base = RETRY_MS[Math.min(attempt, RETRY_MS.length) - 1]!;
  // Spread, so that all clients of a server that restarts do not come in the same moment.
  return Math.round(base * (0.8 + Math.random() * 0.4));
}

/** Where a watch stands in the feed. */
type Position = { readonly seq: number; readonly feed: string | undefined };

/** What a watch remembers from one connection to the next. */
type State = { position: Position | null; failures: number };

/**
 * Lists, then follows the feed: every change behind the list once, in order. Comes back by itself after any break, at the
 * change where it stopped; answers `stale` by listing again. Ends when told to by `signal` or `break`. Throws `ApiError`
 * when the server refuses the request itself (a wrong token or filter), and whatever `list` throws that is no break.
 */
export async function* watch<Listed extends { readonly seq: number }>(
  transport: Transport,
  options: WatchOptions<Listed>,
): AsyncGenerator<WatchEvent<Listed>, void, void> {
  const { list, after, feed, signal, retryDelayMs = defaultRetryDelay } = options;
  const state: State = { position: after === undefined ? null : { seq: after, feed }, failures: 0 };
  const isEnded = () => signal?.aborted === true;
  requireMillis("silenceMs", options.silenceMs ?? SILENCE_MS);
  while (!isEnded()) {
    try {
      if (state.position === null && list !== undefined) {
        // Before the list: a history that is replaced in between is then noticed.
        const current = await currentFeed(transport, signal);
        const page = await list({ signal });
        if (isEnded()) return;
        state.position = { seq: page.seq, feed: current };
        yield { type: "listed", page };
      }
      const isStale = yield* receive(follow(transport, options, state.position), state);
      if (!isStale) throw new UnreachableError("the server ended the stream");
      if (list !== undefined) state.position = null;
      await sleep(retryDelayMs(1), signal);
    } catch (error) {
      if (isEnded()) return;
      if (!isTransient(error)) throw error;
      state.failures += 1;
      const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
      const retry = Math.max(retryDelayMs(state.failures), asked);
      yield { type: "disconnected", error: error as Error, retry_ms: retry };
      await sleep(retry, signal);
    }
  }
}

/** Passes on what one connection brings; returns true at once when its history is gone, false when it ends. */
async function* receive(
  frames: AsyncIterable<Frame>,
  state: State,
): AsyncGenerator<Change | WatchNotice<never>, boolean, void> {
  let feed: string | undefined;
  for await (const frame of frames) {
    const { position } = state;
    if (frame.type === "hello") {
      feed = frame.feed;
      // What cannot be served says hello from elsewhere, and then `stale`: without that nothing has been given up.
      if (position !== null && !isSame(position, frame)) continue;
      state.position = { seq: frame.seq, feed };
      state.failures = 0;
      yield { type: "connected", seq: frame.seq, feed, version: frame.version };
    } else if (frame.type === "stale") {
      yield frame;
      state.position = { seq: frame.head_seq, feed };
      return true;
    } else if (position === null || frame.seq > position.seq) {
      state.position = { seq: frame.seq, feed: position?.feed };
      if (frame.type !== "bookmark") yield frame;
    }
  }
  return false;
}

function isSame(position: Position, hello: HelloFrame): boolean {
  return position.seq === hello.seq && (position.feed ?? hello.feed) === hello.feed;
}

async function currentFeed(transport: Transport, signal: AbortSignal | undefined): Promise<string> {
  const { body } = await transport.send({ method: "GET", path: "/api/events" }, { signal });
  return (body as EventPage).feed;
}

/** One connection: its frames until it ends; breaks come as `UnreachableError`. */
async function* follow(
  transport: Transport,
  { types, session_id, agent_id, signal, silenceMs = SILENCE_MS }: Omit<WatchOptions<{ seq: number }>, "list">,
  position: Position | null,
): AsyncGenerator<Frame> {
  const connection = new AbortController();
  const abort = () => connection.abort();
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    const query = { types, session_id, agent_id, after: position?.seq, feed: position?.feed };
    const body = await transport.stream("/api/events", query, connection.signal);
    for await (const frame of framesOf(body, silenceMs, transport.url)) {
      if (signal?.aborted === true) return;
      yield frame;
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    connection.abort();
  }
}

/** What breaks the stream comes as `UnreachableError`; an error of whoever reads the frames is none of that. */
async function* framesOf(body: ReadableStream<Uint8Array>, silenceMs: number, url: string): AsyncGenerator<Frame> {
  try {
    for await (const data of readEventStream(body, silenceMs)) yield JSON.parse(data) as Frame;
  } catch (error) {
    throw new UnreachableError(`the stream from ${url} broke: ${(error as Error).message}`, { cause: error });
  }
}

function sleep(millis: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const stop = startTimer(millis, done);
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted === true) done();
  });
}
