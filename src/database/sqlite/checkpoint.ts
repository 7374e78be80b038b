import type { Database, Statement } from "bun:sqlite";
import { type Distribution, count } from "#src/platform/distribution.ts";
import type { Log } from "#src/platform/log.ts";
import { BUSY_TIMEOUT_MS } from "./connection.ts";
import { storeError } from "./errors.ts";
import { newCheckpointSeconds } from "./figures.ts";

/** From this size on the log is copied into the file as soon as a batch has been answered. */
const MOST_LOG_BYTES = 16 * 1024 * 1024;
/** After this much quiet all of it is copied, and what is larger than a few busy batches is cut. */
const QUIET_MS = 1_000;
const QUIET_LOG_BYTES = 4 * 1024 * 1024;

/** What a checkpoint says: frames in the log, and how many of them are in the file. */
type Progress = { readonly busy: number; readonly log: number; readonly checkpointed: number };

/**
 * Copies the write-ahead log into the file between batches, after their answers, instead of by the commit that happens to
 * cross a threshold; no write waits for one by itself.
 */
export type Checkpoints = {
  /** Before a batch: makes up for what had no time between the last ones, lest the log outgrow its bound. */
  beforeBatch(): void;
  /** After a batch was settled. */
  afterBatch(): void;
  /** Copies what can be copied, and cuts the log where it is too large. */
  copy(): void;
  /** Bytes of the log that the next batch cannot write over, as far as was seen. */
  heldBytes(): number;
  /** How long each took, in seconds. */
  readonly seconds: Distribution;
  close(): void;
};

/** How large the log may become, of a store with this limit (bytes; null for none). */
export function logBytes(limitBytes: number | null): number {
  return Math.min(64 * 1024 * 1024, (limitBytes ?? Number.POSITIVE_INFINITY) / 8);
}

/**
 * @param mostBytes the size from which the log is cut off, whoever waits
 * @param seen looks at each error
 */
export function createCheckpoints(
  db: Database,
  mostBytes: number,
  serverLog: Log,
  seen: (error: unknown) => unknown = (error) => error,
): Checkpoints {
  // Before SQLite 3.51 `noop` is read as `passive`: right too.
  const look = db.prepare<Progress, []>("pragma wal_checkpoint(noop)");
  const passive = db.prepare<Progress, []>("pragma wal_checkpoint(passive)");
  const truncate = db.prepare<Progress, []>("pragma wal_checkpoint(truncate)");
  const { page_size: pageBytes } = db.query<{ page_size: number }, []>("pragma page_size").get()!;
  const copyFrom = Math.min(MOST_LOG_BYTES, mostBytes / 2) / pageBytes;
  const cutFrom = mostBytes / pageBytes;
  const frameBytes = pageBytes + 24;
  let held = 0;
  let hasWarned = false;
  let isFailing = false;
  // Frames of the log from which the next batch has to wait.
  let overdueFrom = cutFrom;
  let isOverdue = false;
  let copying: ReturnType<typeof setTimeout> | null = null;
  let quiet: ReturnType<typeof setTimeout> | null = null;
  let lastBatch = 0;
  const seconds = newCheckpointSeconds();

  /** A checkpoint that fails leaves everything where it was; the next one comes. The log tells of the first in a row. */
  function run(statement: Statement<Progress, []>): Progress | null {
    const began = performance.now();
    try {
      const progress = statement.get()!;
      if (statement !== look) {
        count(seconds, (performance.now() - began) / 1000);
        isFailing = false;
      }
      return progress;
    } catch (error) {
      if (!isFailing) serverLog.warn("a checkpoint failed", { error: seen(storeError(error)) });
      isFailing = true;
      return null;
    }
  }

  /** A short wait, for the readers of other programs to end. */
  function cut(): Progress | null {
    db.run(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    try {
      return run(truncate);
    } finally {
      db.run("pragma busy_timeout = 0");
    }
  }

  function copy(): void {
    if (copying !== null) clearTimeout(copying);
    copying = null;
    isOverdue = false;
    const now = run(passive);
    if (now === null) return;
    const isWhole = now.checkpointed === now.log;
    // Somebody reads what is in the log: it goes on growing.
    const isHeld = now.log > cutFrom && (!isWhole || now.log > 2 * cutFrom) ? cut()?.busy !== 0 : !isWhole;
    held = isHeld ? now.log : 0;
    overdueFrom = isWhole ? cutFrom : now.log + cutFrom;
    warnOnce(isHeld && now.log > 2 * cutFrom);
  }

  function warnOnce(isTooLarge: boolean): void {
    if (isTooLarge && !hasWarned) {
      serverLog.warn("the write-ahead log grows: somebody reads the database without end", {
        bytes: held * frameBytes,
      });
    }
    hasWarned = isTooLarge;
  }

  function copyInQuiet(): void {
    const since = performance.now() - lastBatch;
    if (since < QUIET_MS) {
      wait(QUIET_MS - since);
      return;
    }
    quiet = null;
    if (held * frameBytes > QUIET_LOG_BYTES) cut();
    else run(passive);
  }

  function wait(millis: number): void {
    quiet = setTimeout(copyInQuiet, millis);
    quiet.unref();
  }

  return {
    beforeBatch() {
      if (isOverdue) copy();
    },
    afterBatch() {
      lastBatch = performance.now();
      if (quiet === null) wait(QUIET_MS);
      const now = run(look);
      if (now === null) return;
      held = now.log;
      const waiting = now.log - now.checkpointed;
      isOverdue = waiting > overdueFrom;
      // The answers of the batch go out first.
      if (waiting >= copyFrom) copying ??= setTimeout(copy, 0);
    },
    copy,
    heldBytes: () => held * frameBytes,
    seconds,
    close() {
      if (copying !== null) clearTimeout(copying);
      if (quiet !== null) clearTimeout(quiet);
    },
  };
}
