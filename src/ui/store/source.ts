import type { Change, Client, RequestOptions } from "#src/client/client.ts";

/** What a read gave, and the `seq` of the feed it was read at. */
export type Loaded<Value> = { readonly value: Value; readonly seq: number };

/**
 * Something that a view shows: read once, then moved on by the changes behind that read. The store keeps one of each `key`
 * while a view shows it, applies every change once and in order, and reads anew when the feed's history was cut.
 */
export type Source<Value> = {
  /** Two sources with the same key are the same. */
  readonly key: string;
  /** Reads it whole; `known` is what was there before. */
  load(client: Client, options: RequestOptions, known: Value | undefined): Promise<Loaded<Value>>;
  /** What a read makes of what is known when it ends, which may hold more than when it began; without, it takes its place. */
  merge?(known: Value, read: Value): Value;
  /** What changes make of it, in order; the same value when none concerns it. Never changes `value` itself. */
  reduce?(value: Value, changes: readonly Change[]): Value;
  /**
   * Whether a change outdates what only the server can add up (figures, searches): it is then read again, at most once a
   * second.
   */
  outdates?(change: Change, value: Value): boolean;
};

/** A source as a view sees it. */
export type Slice<Value> = {
  /** What is known; undefined until it was read for the first time. */
  readonly value: Value | undefined;
  /** Why the last read failed; null once one succeeds. A read that may pass later is tried again by itself. */
  readonly error: Error | null;
  /** Whether it is being read. */
  readonly isLoading: boolean;
};
