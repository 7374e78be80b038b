import type { Database, Statement } from "bun:sqlite";
import { DecisionOutdated, StoreBusy } from "#src/database/manager.ts";
import { isBusy, isOutdated, storeError } from "./connection.ts";
import { type Bindings, statementCache } from "./reader.ts";

const MAX_BATCH = 256;
const MAX_HELD_MS = 8;
const FREE_MS = 1;
const GIVE_UP_MS = 5_000;
const RETRY_MS = { first: 2, most: 50 };

type Job = {
  readonly run: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly deadline: number;
};

type Settled = { readonly job: Job; readonly value?: unknown; readonly error?: unknown };

/**
 * Group commit: all writes of a tick in one transaction and one fsync, each in a savepoint of its own. A write settles
 * after COMMIT, never before. The lock is held for at most 8 ms at a stretch and is then left free for 1 ms, so that
 * other programs get their turn. Source: the batching that flux-core and DuckDB call opportunistic group commit.
 */
export type Writer = {
  /** The prepared statement for this text; made on first use, then kept. */
  prepare<Row>(sql: string): Statement<Row, [Bindings]>;
  /** Queues one whole write. Rejects with `StoreBusy` when another process holds the lock for 5 s. */
  write<Value>(run: () => Value): Promise<Value>;
  /** Resolves when everything queued has settled. Later writes are refused. */
  close(): Promise<void>;
};

export function createWriter(db: Database, onCommit: () => void): Writer {
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const rollback = db.prepare("rollback");
  const savepoint = db.prepare("savepoint job");
  const release = db.prepare("release job");
  const undo = db.prepare("rollback to job");

  const queue: Job[] = [];
  let scheduled = false;
  let closed: (() => void) | null = null;
  let retryMs = RETRY_MS.first;
  // A stretch is a run of batches with the lock free for less than FREE_MS between them.
  let stretchSince = 0;
  let freedAt = 0;
  let paused = false;
  // Writers that had company will have it again: their batch may wait for the next turn while it still grows.
  let lastBatch = 0;
  let seen = 0;

  function mayGrow(): boolean {
    const grows = queue.length > seen && queue.length < Math.min(lastBatch, MAX_BATCH);
    seen = grows ? queue.length : 0;
    return grows;
  }

  function write<Value>(run: () => Value): Promise<Value> {
    if (closed !== null) return Promise.reject(new StoreBusy("the server is stopping"));
    return new Promise<Value>((resolve, reject) => {
      queue.push({ run, resolve, reject, deadline: performance.now() + GIVE_UP_MS });
      scheduleNext();
    });
  }

  /** At once, or after a pause when the stretch has been long enough. */
  function scheduleNext(): void {
    if (scheduled) return;
    paused = freedAt - stretchSince >= MAX_HELD_MS && performance.now() - freedAt < FREE_MS;
    schedule(paused ? FREE_MS : 0);
  }

  function schedule(delayMs: number): void {
    if (scheduled) return;
    scheduled = true;
    if (delayMs === 0) setImmediate(flush);
    else setTimeout(flush, delayMs);
  }

  function flush(): void {
    scheduled = false;
    if (mayGrow()) {
      schedule(0);
      return;
    }
    const started = performance.now();
    try {
      begin.run();
    } catch (error) {
      if (isBusy(error)) waitForLock(started);
      else rejectAll(queue.splice(0), error);
      settleClose();
      return;
    }
    retryMs = RETRY_MS.first;
    if (paused || started - freedAt >= FREE_MS) stretchSince = started;
    paused = false;
    const batch = runBatch(started);
    freedAt = performance.now();
    lastBatch = batch.length;
    settle(batch);
    if (queue.length > 0) scheduleNext();
    settleClose();
  }

  function waitForLock(now: number): void {
    while (queue[0] !== undefined && queue[0].deadline <= now) {
      queue.shift()!.reject(new StoreBusy("another process holds the database"));
    }
    if (queue.length === 0) return;
    schedule(retryMs * (0.5 + Math.random()));
    retryMs = Math.min(retryMs * 2, RETRY_MS.most);
  }

  /** Runs queued jobs in the open transaction and commits it. */
  function runBatch(started: number): Settled[] {
    const taken: Job[] = [];
    const batch: Settled[] = [];
    try {
      while (queue.length > 0 && batch.length < MAX_BATCH && performance.now() - started < MAX_HELD_MS) {
        const job = queue.shift()!;
        taken.push(job);
        batch.push(runJob(job));
        // Some errors (a full disk) end the whole transaction: then nothing of the batch was written.
        if (!db.inTransaction) return failed(taken, batch.at(-1)!.error);
      }
      commit.run();
      return batch;
    } catch (error) {
      if (db.inTransaction) rollback.run();
      return failed(taken, error);
    }
  }

  function runJob(job: Job): Settled {
    savepoint.run();
    try {
      const value = job.run();
      release.run();
      return { job, value };
    } catch (error) {
      if (db.inTransaction) {
        undo.run();
        release.run();
      }
      return { job, error: error ?? new Error("a write failed without an error") };
    }
  }

  function failed(jobs: readonly Job[], error: unknown): Settled[] {
    return jobs.map((job) => ({ job, error }));
  }

  function settle(batch: Settled[]): void {
    let committed = false;
    for (const { job, value, error } of batch) {
      if (error === undefined) {
        committed = true;
        job.resolve(value as never);
      } else job.reject(writeError(error));
    }
    if (committed) onCommit();
  }

  function rejectAll(jobs: Job[], error: unknown): void {
    for (const job of jobs) job.reject(writeError(error));
  }

  function settleClose(): void {
    if (queue.length === 0) closed?.();
  }

  return {
    prepare: statementCache(db),
    write,
    close: () =>
      new Promise<void>((resolve) => {
        closed = resolve;
        if (queue.length === 0) resolve();
      }),
  };
}

function writeError(error: unknown): unknown {
  if (isOutdated(error)) return new DecisionOutdated("a constraint of the store", { cause: error });
  return storeError(error);
}
