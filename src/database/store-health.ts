/** What the store knows of itself at a moment. Asking costs a row read, and writes nothing. */
export type StoreHealth = {
  /** The highest `seq` of the feed; null when a probe query was not answered, for `fault`. */
  readonly headSeq: number | null;
  readonly fault?: unknown;
  readonly writer: WriterHealth;
  /** Bytes that the disk of the store has left for this process; null when the system does not say so in time. */
  readonly freeBytes: number | null;
  /** The first damage that was met since the store was opened; stays until it is opened again. */
  readonly damage: Damage | null;
};

/**
 * Whether a write could begin now. `waiting`: none could since `sinceMs` (milliseconds): another process holds the lock, or
 * there are many. `refused`: no write has gone through since the last one was refused, for this reason.
 */
export type WriterHealth =
  | { readonly state: "ready" }
  | { readonly state: "waiting"; readonly sinceMs: number }
  | { readonly state: "refused"; readonly reason: WriteRefusal };

/** The disk is full, the store is at its limit, too many writes wait, or it is broken. */
export type WriteRefusal = "disk_full" | "at_limit" | "overloaded" | "failed";

/**
 * `at`: when it was met, UTC milliseconds. `what`: in the engine's words, with no path. `indexes`: the names of those that are
 * damaged, where it is known that nothing else is.
 */
export type Damage = { readonly at: number; readonly what: string; readonly indexes?: readonly string[] };
