import { ApiError, type Change, type Client, createClient, type WatchEvent } from "#src/client/client.ts";
import { createBatches } from "./batches.ts";
import type { Cut, Link } from "./link.ts";
import { openSlice, type OpenSlice, PACE, type Pace } from "./slice.ts";
import type { Slice, Source } from "./source.ts";
import type { TokenKeeper } from "./token-keeper.ts";

export type StoreDeps = {
  /** Where the server is: the page's own origin. */
  readonly url: string;
  readonly token: TokenKeeper;
  /** In place of the browser's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  readonly pace?: Pace;
};

/** A source that somebody shows. */
export type Held<Value> = {
  readonly slice: () => Slice<Value>;
  /** Reads it again, now. */
  readonly reload: () => void;
  /** Puts in what was read besides, as the next page of a list. */
  readonly put: (change: (value: Value) => Value) => void;
  readonly subscribe: (listener: () => void) => () => void;
  readonly release: () => void;
};

/** The one state of the page: what was read, moved on by the feed. Views only draw it. */
export type Store = {
  /** For commands, and for what is read once. */
  readonly client: Client;
  /** Whether it sends a token: the server asks for one. */
  readonly hasToken: boolean;
  readonly link: Link;
  /** The last cut of the history; null when there was none since the page was opened. */
  readonly cut: Cut | null;
  /** Of `link` and `cut`. */
  subscribe(listener: () => void): () => void;
  hold<Value>(source: Source<Value>): Held<Value>;
  /** Begins to follow the feed. */
  follow(): void;
  /** Stops following; what is shown stays as it is. */
  rest(): void;
  /** Goes on with this token; null forgets it. */
  setToken(token: string | null): void;
};

/** The server says something every 15 s. */
const SILENCE_MS = 20_000;

type Entry = { readonly slice: OpenSlice; readonly listeners: Set<() => void>; holders: number };

export function createStore({ url, token, fetch, pace = PACE }: StoreDeps): Store {
  const entries = new Map<string, Entry>();
  const listeners = new Set<() => void>();
  const batches = createBatches<Change>((changes) => {
    for (const { slice } of entries.values()) slice.take(changes);
  });
  let client = newClient();
  let link: Link = { state: "connecting" };
  let cut: Cut | null = null;
  let began: number | null = null;
  /** How far the history was seen, of whichever stream. */
  let seen: { readonly feed: string; readonly seq: number } | null = null;
  let following: AbortController | null = null;

  function newClient(): Client {
    return createClient({ url, token: token.read() ?? undefined, fetch });
  }

  function tell(next: Link): void {
    link = next;
    for (const listener of listeners) listener();
  }

  function lock(error: ApiError): void {
    stop();
    tell({ state: "locked", detail: error.message, hadToken: token.read() !== null });
  }

  function stop(): void {
    following?.abort();
    following = null;
    began = null;
  }

  function on(event: WatchEvent<never>): void {
    switch (event.type) {
      case "connected":
        began ??= event.seq;
        join(event);
        return tell({ state: "live", version: event.version });
      case "disconnected": {
        const now = Date.now();
        const since = link.state === "down" ? link.since : now;
        return tell({ state: "down", why: event.error.message, since, retryAt: now + event.retry_ms });
      }
      case "stale":
        began = event.head_seq;
        // Where the stream goes on is another history: nothing to compare with.
        seen = null;
        return reread(event.reason);
      case "listed":
        return;
      default:
        if (seen !== null) seen = { ...seen, seq: event.seq };
        batches.add(event);
    }
  }

  /** A stream that goes on where another was, or begins anew after a rest, in which the history may have been replaced. */
  function join({ feed, seq }: { readonly feed: string; readonly seq: number }): void {
    const before = seen;
    seen = { feed, seq };
    if (before !== null && before.feed !== feed) return reread("replaced");
    if (before !== null && seq < before.seq) return reread("ahead");
    for (const { slice } of entries.values()) slice.joinAt(began!);
  }

  function reread(reason: Cut["reason"]): void {
    batches.drop();
    cut = { reason, at: Date.now() };
    for (const { slice } of entries.values()) slice.load();
    tell(link);
  }

  async function follow(own: AbortController): Promise<void> {
    try {
      for await (const event of client.watch({ signal: own.signal, silenceMs: SILENCE_MS })) {
        if (own.signal.aborted) return;
        on(event);
      }
    } catch (error) {
      if (own.signal.aborted) return;
      stop();
      if (error instanceof ApiError && error.status === 401) lock(error);
      else tell({ state: "refused", detail: (error as Error).message, hadToken: token.read() !== null });
    }
  }

  function start(): void {
    if (following !== null) return;
    following = new AbortController();
    if (link.state !== "connecting") tell({ state: "connecting" });
    void follow(following);
  }

  function newEntry(source: Source<unknown>): Entry {
    const own = new Set<() => void>();
    const onChange = () => {
      for (const listener of own) listener();
    };
    const slice = openSlice(source, { client: () => client, pace, began: () => began, onChange, onRefused: lock });
    const entry = { slice, listeners: own, holders: 0 };
    entries.set(source.key, entry);
    slice.load();
    return entry;
  }

  return {
    get client() {
      return client;
    },
    get hasToken() {
      return token.read() !== null;
    },
    get link() {
      return link;
    },
    get cut() {
      return cut;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    hold<Value>(source: Source<Value>): Held<Value> {
      const { key } = source;
      const entry = entries.get(key) ?? newEntry(source as Source<unknown>);
      entry.holders += 1;
      let isHeld = true;
      return {
        slice: () => entry.slice.state as Slice<Value>,
        reload: () => entry.slice.load(),
        put: (change) => entry.slice.put(change as (value: unknown) => unknown),
        subscribe(listener) {
          entry.listeners.add(listener);
          return () => void entry.listeners.delete(listener);
        },
        release() {
          if (!isHeld) return;
          isHeld = false;
          entry.holders -= 1;
          if (entry.holders > 0) return;
          entry.slice.close();
          entries.delete(key);
        },
      };
    },
    follow() {
      // What is locked waits for a token; asking again would only be refused again.
      if (link.state !== "locked") start();
    },
    rest() {
      if (following === null) return;
      stop();
      tell({ state: "resting" });
    },
    setToken(next) {
      token.write(next);
      client = newClient();
      stop();
      start();
      for (const { slice } of entries.values()) slice.load();
    },
  };
}
