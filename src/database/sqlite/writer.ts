import type { Database, Statement } from "bun:sqlite";
import { DecisionOutdated, StoreBusy, StoreOverloaded } from "#src/database/manager.ts";
import type { StoreFigures } from "#src/database/figures.ts";
import { createBatches, type Job, type Settled } from "./batches.ts";
import type { Checkpoints } from "./checkpoint.ts";
import { isBusy, isOutdated, storeError } from "./errors.ts";
import type { Faults } from "./faults.ts";
import { createWriterCounts, type WriterFigures } from "./figures.ts";
import type { Limit } from "./limit.ts";
import { type Company, createQueue, type Load } from "./queue.ts";
import { type Bindings, statementCache } from "./reader.ts";

const MAX_BATCH = 256;
const MAX_HELD_MS = 8;
const FREE_MS = 1;
const GIVE_UP_MS = 5_000;
/** Who only looks whether a write could begin looks again, and is in nobody's way when the server stops. */
const PROBE_MS = 50;
/** An attempt blocks nobody: it is answered at once. */
const RETRY_MS = { first: 1, most: 8 };
/**
 * A write of upkeep goes into the first half of the gap that callers leave between their writes, where that is long enough;
 * where it is not, it goes along with one of theirs and shares its sync. Nobody writes any more after the longest wait.
 */
const GAP_MS = { enough: 4, most: 100 };
const LINGER_MS = { least: 5, most: 200 };
const BUSY_WITHIN_MS = 20;
/** By then it goes along whatever the gaps were. */
const PATIENCE_MS = 50;

/**
 * Group commit: all writes of a tick in one transaction and one fsync, each in a savepoint of its own. A write settles
 * after COMMIT, never before. The lock is held for at most 8 ms at a stretch and is then left free for 1 ms, so that
 * other programs get their turn. Source: the batching that flux-core and DuckDB call opportunistic group commit.
 */
export type Writer = {
  /** The prepared statement for this text; made on first use, then kept. */
  prepare<Row>(sql: string): Statement<Row, [Bindings]>;
  /**
   * Queues one whole write. Rejects with `StoreBusy` when another process holds the lock for 5 s, with `StoreOverloaded` at
   * once when too much is waiting. At the limit of the store, or beside one that meets damage, it may be undone and run again.
   */
  write<Value>(run: () => Value, load?: Load): Promise<Value>;
  readonly figures: WriterFigures & Pick<StoreFigures, "waiting" | "isDamaged">;
  /** Resolves when everything queued has settled. Later writes are refused. */
  close(): Promise<void>;
};

/** What watches over the file, its size and that of its log. */
export type Bounds = {
  readonly limit: Limit | null;
  readonly checkpoints: Checkpoints;
  readonly faults?: Pick<Faults, "seen" | "stored" | "damage">;
};

export function createWriter(db: Database, onCommit: () => void, bounds: Bounds | null = null): Writer {
  const queue = createQueue<Job>();
  const batches = createBatches(db, queue, MAX_BATCH, bounds?.limit ?? null);
  const counts = createWriterCounts();
  let lingering: ReturnType<typeof setTimeout> | null = null;
  let scheduled = false;
  let closed: (() => void) | null = null;
  let retryMs = RETRY_MS.first;
  // A stretch is a run of batches with the lock free for less than FREE_MS between them.
  let stretchSince = 0;
  let freedAt = 0;
  let wroteAt = Number.NEGATIVE_INFINITY;
  // How long callers leave between an answer and their next write, on average.
  let gap = GAP_MS.most;
  let paused = false;
  // Writers that had company will have it again: their batch may wait for the next turn while it still grows.
  let lastBatch = 0;
  let seen = 0;

  function mayGrow(): boolean {
    const { waiting } = queue;
    const grows = waiting > seen && waiting < Math.min(lastBatch, MAX_BATCH);
    seen = grows ? waiting : 0;
    return grows;
  }

  function write<Value>(run: () => Value, load: Load = {}): Promise<Value> {
    if (closed !== null) return Promise.reject(new StoreBusy("the server is stopping"));
    return new Promise<Value>((resolve, reject) => {
      noteArrival(load);
      const { probe: isProbe = false } = load;
      const deadline = performance.now() + (isProbe ? PROBE_MS : GIVE_UP_MS);
      if (queue.push({ run, resolve, reject, deadline, isProbe }, load)) scheduleWaiting();
      else reject(counts.refused(new StoreOverloaded("too many writes are waiting")));
    });
  }

  function noteArrival({ background = false }: Load): void {
    if (!background && queue.waiting === 0) {
      gap += (Math.min(performance.now() - wroteAt, GAP_MS.most) - gap) / 8;
    }
  }

  function scheduleWaiting(): void {
    if (queue.waiting > 0) scheduleNext();
    else if (queue.behind > 0) linger();
  }

  /** Upkeep, when no caller waits: at once where it disturbs nobody, else it waits for the next caller. */
  function linger(): void {
    const since = performance.now() - wroteAt;
    const isQuiet = since > Math.max(BUSY_WITHIN_MS, 2 * gap);
    const isInGap = gap >= GAP_MS.enough && since < gap / 2;
    if (closed !== null || isQuiet || isInGap) scheduleNext();
    else lingering ??= setTimeout(endLinger, Math.min(Math.max(LINGER_MS.least, 2 * gap), LINGER_MS.most));
  }

  function endLinger(): void {
    lingering = null;
    if (queue.behind > 0) scheduleNext();
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
    bounds?.checkpoints.beforeBatch();
    const refusal = bounds?.limit?.refusal() ?? null;
    if (refusal !== null) {
      rejectAll(queue.clear(), refusal);
      settleClose();
      return;
    }
    const started = performance.now();
    try {
      batches.begin();
    } catch (error) {
      if (isBusy(error)) waitForLock(started);
      else rejectAll(queue.clear(), error);
      settleClose();
      return;
    }
    retryMs = RETRY_MS.first;
    if (paused || started - freedAt >= FREE_MS) stretchSince = started;
    paused = false;
    const callers = queue.waiting;
    const batch = batches.run(() => performance.now() - started < MAX_HELD_MS, companyOfUpkeep(started));
    freedAt = performance.now();
    if (batch.some(({ error }) => error === undefined)) counts.committed(batch.length, freedAt - started);
    if (callers > 0) wroteAt = freedAt;
    lastBatch = batch.length;
    settle(batch);
    bounds?.checkpoints.afterBatch();
    scheduleWaiting();
    settleClose();
  }

  function waitForLock(now: number): void {
    counts.retried();
    for (const job of queue.expire(({ deadline }) => deadline <= now)) {
      const busy = new StoreBusy("another process holds the database");
      job.reject(job.isProbe ? busy : counts.refused(busy));
    }
    if (queue.waiting + queue.behind === 0) return;
    schedule(retryMs * (0.5 + Math.random()));
    retryMs = Math.min(retryMs * 2, RETRY_MS.most);
  }

  function companyOfUpkeep(now: number): Company {
    const next = queue.nextBehind;
    if (next !== undefined && now - (next.deadline - GIVE_UP_MS) > PATIENCE_MS) return "now";
    return gap < GAP_MS.enough ? "along" : "apart";
  }

  function settle(batch: Settled[]): void {
    let committed = false;
    for (const { job, value, error } of batch) {
      if (error === undefined) {
        committed = true;
        job.resolve(value as never);
      } else job.reject(counts.refused(writeError(error)));
    }
    if (!committed) return;
    bounds?.faults?.stored();
    onCommit();
  }

  function rejectAll(jobs: Job[], error: unknown): void {
    for (const job of jobs) job.reject(counts.refused(writeError(error)));
  }

  function writeError(error: unknown): unknown {
    const known = storeError(outdatedError(error));
    return bounds?.faults?.seen(known) ?? known;
  }

  function settleClose(): void {
    if (queue.waiting + queue.behind === 0) closed?.();
  }

  return {
    prepare: statementCache(db),
    write,
    get figures() {
      const isDamaged = (bounds?.faults?.damage ?? null) !== null;
      return { ...counts.figures, waiting: queue.lengths, isDamaged };
    },
    close: () =>
      new Promise<void>((resolve) => {
        closed = resolve;
        if (lingering !== null) clearTimeout(lingering);
        if (queue.waiting + queue.behind === 0) resolve();
        else scheduleNext();
      }),
  };
}

function outdatedError(error: unknown): unknown {
  return isOutdated(error) ? new DecisionOutdated("a constraint of the store", { cause: error }) : error;
}
