import type { Database } from "bun:sqlite";
import { StoreDamaged } from "#src/database/manager.ts";
import { isFailedSync, storeError } from "./errors.ts";
import type { Limit } from "./limit.ts";
import type { Company, Queue } from "./queue.ts";
import { overwriteTail } from "./tail.ts";

/** A write that waits for its turn. */
export type Job = {
  readonly run: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly deadline: number;
  readonly isProbe: boolean;
};

/** What to answer it with. */
export type Settled = { readonly job: Job; readonly value?: unknown; readonly error?: unknown };

/** Writes of a queue in one transaction each time, in a savepoint each. */
export type Batches = {
  /** Takes the lock of the file, or throws what the engine does. */
  begin(): void;
  /** Runs what is next in the queue, then commits. Gives back what is settled by then: what was undone may run again. */
  run(hasTime: () => boolean, company: Company): Settled[];
};

/** @param most how many writes one transaction takes */
export function createBatches(db: Database, queue: Queue<Job>, most: number, limit: Limit | null): Batches {
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const rollback = db.prepare("rollback");
  const savepoint = db.prepare("savepoint job");
  const release = db.prepare("release job");
  const rollbackJob = db.prepare("rollback to job");

  function run(hasTime: () => boolean, company: Company): Settled[] {
    const taken: Job[] = [];
    const batch: Settled[] = [];
    const isAgain = queue.lengths.again > 0;
    try {
      const isAlone = queue.isNextAlone;
      // What the last batch added and nothing has yet made up for comes first, by itself.
      if (limit?.begin(isAlone) === "owing") {
        commit.run();
        return [];
      }
      for (const job of queue.turn(most, hasTime, company)) {
        taken.push(job);
        const settled = runJob(job);
        if (storeError(settled.error) instanceof StoreDamaged) {
          return undoFor(settled, taken.slice(0, -1), isAgain);
        }
        batch.push(settled);
        // Some errors (a full disk) end the whole transaction: then nothing of the batch was written.
        if (!db.inTransaction) {
          limit?.undone();
          return failed(taken, batch.at(-1)!.error);
        }
      }
      const full = limit?.settle() ?? null;
      if (full !== null) return undo(taken, isAlone, full);
      commit.run();
      return batch;
    } catch (error) {
      if (db.inTransaction) rollback.run();
      if (isFailedSync(error)) overwriteTail(db);
      limit?.undone();
      return failed(taken, error);
    }
  }

  /** The store would be too large, and nothing can be removed: who of the batch is at fault shows when each runs alone. */
  function undo(jobs: readonly Job[], isAlone: boolean, error: Error): Settled[] {
    rollback.run();
    limit?.undone();
    if (isAlone) return failed(jobs, error);
    queue.putBack(jobs, "apart");
    return [];
  }

  /**
   * Once it has met damage, SQLite commits nothing more of a transaction: the others run again, as one batch. They went
   * well once; should they meet damage then, each runs alone.
   */
  function undoFor(settled: Settled, others: readonly Job[], isAgain: boolean): Settled[] {
    if (db.inTransaction) rollback.run();
    limit?.undone();
    queue.putBack(others, isAgain ? "apart" : "together");
    return [settled];
  }

  function runJob(job: Job): Settled {
    savepoint.run();
    try {
      const value = job.run();
      release.run();
      return { job, value };
    } catch (error) {
      if (db.inTransaction) {
        rollbackJob.run();
        release.run();
      }
      return { job, error: error ?? new Error("a write failed without an error") };
    }
  }

  function failed(jobs: readonly Job[], error: unknown): Settled[] {
    return jobs.map((job) => ({ job, error }));
  }

  return { begin: () => void begin.run(), run };
}
