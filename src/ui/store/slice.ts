import { ApiError, type Change, type Client, isTransient } from "#src/client/client.ts";
import { retryIn } from "./retry.ts";
import type { Slice, Source } from "./source.ts";

/** Milliseconds between two reads of a source, and before the n-th try of one that failed. */
export type Pace = { readonly rereadMs: number; readonly retryMs: readonly number[] };

export const PACE: Pace = { rereadMs: 1_000, retryMs: [500, 1_000, 2_000, 5_000, 10_000] };
/** A source is being read at most a tenth of the time, however long that takes. */
const REREAD_SHARE = 10;

/** A source that is being shown. */
export type OpenSlice = {
  readonly source: Source<unknown>;
  readonly state: Slice<unknown>;
  /** Reads it now; a read that is under way is given up. */
  load(): void;
  /**
   * A stream of changes has begun behind `seq`: what was read before that is read again, for what came in between was not
   * seen; and so is what could not be read.
   */
  joinAt(seq: number): void;
  /** Passes on what the feed told, in order. */
  take(changes: readonly Change[]): void;
  /** Replaces the value: what a view has read more of it. */
  put(change: (value: unknown) => unknown): void;
  close(): void;
};

type Deps = {
  readonly client: () => Client;
  readonly pace: Pace;
  /** The `seq` that the stream of changes began behind; null while there is none. */
  readonly began: () => number | null;
  /** What it is has changed. */
  readonly onChange: () => void;
  /** The server asks for a token, or for another one. */
  readonly onRefused: (error: ApiError) => void;
};

/**
 * Keeps one source true. What the feed tells while it is read is kept, and applied to what was read where it is newer: so
 * nothing is missed between the read and the feed, and nothing counts twice.
 */
export function openSlice(source: Source<unknown>, { client, pace, began, onChange, onRefused }: Deps): OpenSlice {
  let state: Slice<unknown> = { value: undefined, error: null, isLoading: false };
  let seq = -1;
  let failures = 0;
  let waiting: Change[] | null = null;
  let isOutdated = false;
  let reading: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let nextReadAt = 0;

  function set(next: Partial<Slice<unknown>>): void {
    state = { ...state, ...next };
    onChange();
  }

  function later(millis: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void load();
    }, millis);
  }

  async function load(): Promise<void> {
    reading?.abort();
    clearTimeout(timer);
    timer = undefined;
    const own = new AbortController();
    reading = own;
    waiting = [];
    isOutdated = false;
    set({ isLoading: true });
    const startedAt = performance.now();
    try {
      const loaded = await source.load(client(), { signal: own.signal }, state.value);
      if (own.signal.aborted) return;
      seq = loaded.seq;
      failures = 0;
      reading = null;
      const missed = waiting;
      waiting = null;
      const known = state.value;
      const value = known === undefined ? loaded.value : (source.merge?.(known, loaded.value) ?? loaded.value);
      state = { value, error: null, isLoading: false };
      const took = performance.now() - startedAt;
      nextReadAt = performance.now() + Math.max(pace.rereadMs, took * REREAD_SHARE);
      take(missed);
      onChange();
      if (isOutdated || seq < (began() ?? 0)) again();
    } catch (error) {
      if (own.signal.aborted) return;
      reading = null;
      waiting = null;
      failures += 1;
      set({ error: error as Error, isLoading: false });
      if (error instanceof ApiError && error.status === 401) onRefused(error);
      else if (isTransient(error)) later(retryIn(error, failures, pace.retryMs));
    }
  }

  function again(): void {
    later(Math.max(0, nextReadAt - performance.now()));
  }

  function take(changes: readonly Change[]): void {
    if (waiting !== null) waiting.push(...changes);
    const { value } = state;
    if (value === undefined) return;
    const newer = changes.filter((change) => change.seq > seq);
    if (newer.length === 0) return;
    // A value may be null: something that was, and is no more.
    const reduced = source.reduce === undefined ? value : source.reduce(value, newer);
    if (reduced !== value) set({ value: reduced });
    if (source.outdates !== undefined && newer.some((change) => source.outdates!(change, value))) {
      if (reading !== null) isOutdated = true;
      else again();
    }
  }

  return {
    source,
    get state() {
      return state;
    },
    load: () => void load(),
    joinAt(begin) {
      if (reading === null && (state.error !== null || seq < begin)) void load();
    },
    take,
    put(change) {
      if (state.value !== undefined) set({ value: change(state.value) });
    },
    close() {
      reading?.abort();
      clearTimeout(timer);
    },
  };
}
