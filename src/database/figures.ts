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
};

/** Too many waited, another process held the lock for too long, the disk was full, the store was at its limit. */
export type Refusal = "overloaded" | "busy" | "disk_full" | "limit";

/** Put back to run alone; small and large ones of callers; upkeep. */
export type QueueLine = "again" | "small" | "large" | "background";
