import type { Database, Statement } from "bun:sqlite";
import type { Log } from "#src/platform/log.ts";

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
  close(): void;
};

/** How large the log may become, of a store with this limit (bytes; null for none). */
export function logBytes(limitBytes: number | null): number {
  return Math.min(64 * 1024 * 1024, (limitBytes ?? Number.POSITIVE_INFINITY) / 8);
}

/** @param mostBytes the size from which the log is cut off, whoever waits */
export function createCheckpoints(db: Database, mostBytes: number, serverLog: Log): Checkpoints {
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
  // Frames of the log from which the next batch has to wait.
  let overdueFrom = cutFrom;
  let isOverdue = false;
  let copying: ReturnType<typeof setTimeout> | null = null;
  let quiet: ReturnType<typeof setTimeout> | null = null;
  let lastBatch = 0;

  /** A checkpoint that fails leaves everything where it was; the next one comes. */
  function run(statement: Statement<Progress, []>): Progress | null {
    try {
      return statement.get()!;
    } catch (error) {
      serverLog.warn("a checkpoint failed", { error });
      return null;
    }
  }

  function copy(): void {
    if (copying !== null) clearTimeout(copying);
    copying = null;
    isOverdue = false;
    const now = run(passive);
    if (now === null) return;
    const isWhole = now.checkpointed === now.log;
    // Somebody reads what is in the log: it goes on growing. A short wait, for the readers of other programs to end.
    const isHeld = now.log > cutFrom && (!isWhole || now.log > 2 * cutFrom) ? run(truncate)?.busy !== 0 : !isWhole;
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
    run(held * frameBytes > QUIET_LOG_BYTES ? truncate : passive);
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
    close() {
      if (copying !== null) clearTimeout(copying);
      if (quiet !== null) clearTimeout(quiet);
    },
  };
}
