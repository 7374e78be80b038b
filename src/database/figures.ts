import type { Distribution } from "#src/platform/distribution.ts";

/** What the store has done since it was opened, and what waits. Only counters are read: no query. */
export type StoreFigures = {
  /** Transactions that wrote: how many writes each held. */
  readonly batchWrites: Distribution;
  /** How long each took from its begin to its sync, in seconds. */
  readonly commitSeconds: Distribution;
  /** How often another process held the lock when a transaction was to begin. */
  readonly busyRetries: number;
  /** Writes that were answered with an error of the store, by what it was. */
  readonly refused: Readonly<Record<Refusal, number>>;
  /** Writes that wait, by the line they stand in. */
  readonly waiting: Readonly<Record<QueueLine, number>>;
  /** Copies of the log into the file, in seconds. */
  readonly checkpointSeconds: Distribution;
  /** Whether damage was met, or a disk that fails. */
  readonly isDamaged: boolean;
};

/**
 * Too many waited, another process held the lock for too long, the disk was full, the store was at its limit, a damaged page
 * was met or the disk failed.
 */
export type Refusal = "overloaded" | "busy" | "disk_full" | "limit" | "damaged";

/** Put back to run again; small and large ones of callers; upkeep. */
export type QueueLine = "again" | "small" | "large" | "background";
