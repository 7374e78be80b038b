import { StoreBusy, StoreOverloaded } from "#src/database/manager.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import type { PurgeRun, RetentionStore } from "#src/database/upkeep.ts";
import {
  countRemoved,
  cutoffsAt,
  PURGED,
  type Purged,
  type Removed,
  type Remover,
  type RetentionPolicy,
} from "#src/domain/storage.ts";
import { writeSystemLog } from "#src/domain/system-log.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Wait } from "./scheduler.ts";

/** Between two batches, so that writes of callers come first. */
const PAUSE_MS = 2;
/** After a batch that found too much waiting, or the store locked. */
const BUSY_MS = 500;
/** While another process is at it; one that was killed is waited out. */
const HELD_MS = 2_000;
/** What writes remove at the limit is told at most this often. */
const TELL_EVERY_MS = 60 * 60 * 1000;
/** Nobody tells again after so long what an agent has reported. */
const FORGET_AFTER_MS = 30 * 24 * 60 * 60 * 1000;

export type RetentionDeps = {
  readonly db: DatabaseManager;
  readonly clock: Clock;
  readonly policy: RetentionPolicy;
  readonly wait: Wait;
};

/**
 * Removes what is too old, in small batches until nothing is left, and gives the space back to the disk. It keeps no record
 * of where it is: cut off, the next run goes on, and tells of both. While another process is at it, it waits for its turn.
 */
export async function purgeOld(deps: RetentionDeps, signal: AbortSignal): Promise<void> {
  const { db, clock, policy } = deps;
  const cutoffs = cutoffsAt(policy, await db.retention.since(), clock());
  await purge(deps, db.retention.begin(cutoffs), signal);
  await forget(deps, signal, () => db.idempotency.forget());
  await forget(deps, signal, () => db.ingest.forget(clock() - FORGET_AFTER_MS));
  // Also what a run that was cut off has left.
  await giveBack(deps, "any", signal);
  if (!signal.aborted) await tell(deps, "retention");
}

/** Brings a store back below its limit, and tells what writes have removed there. */
export function limitKeeper(deps: RetentionDeps): (signal: AbortSignal) => Promise<void> {
  let triedAt = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    const { db, clock } = deps;
    const removed = db.retention.takeLimitRemovals();
    if (countRemoved(removed) > 0) await patiently(deps, signal, () => db.retention.noteRemoved("limit", removed));
    if ((await db.retention.overLimit()) > 0) await purge(deps, db.retention.begin(null), signal);
    await giveBack(deps, "above the limit", signal);
    if (signal.aborted || clock() - triedAt < TELL_EVERY_MS) return;
    const before = triedAt;
    triedAt = clock();
    if (!(await tell(deps, "limit"))) triedAt = before;
  };
}

async function purge(deps: RetentionDeps, run: PurgeRun, signal: AbortSignal): Promise<void> {
  try {
    for (let done = false; !done && !signal.aborted;) {
      const step = await patiently(deps, signal, () => run.step());
      done = step?.done ?? true;
      if (!done) await deps.wait(step?.held === false ? HELD_MS : PAUSE_MS, signal);
    }
  } finally {
    await run.end();
  }
}

/** What is remembered only so that it is not done twice: no rows of anybody's, so that nothing tells of them. */
async function forget(deps: RetentionDeps, signal: AbortSignal, some: () => Promise<boolean>): Promise<void> {
  while ((await patiently(deps, signal, some)) === false) await deps.wait(PAUSE_MS, signal);
}

type Space = Parameters<RetentionStore["giveBack"]>[0];

/** Until nothing is left, or others free as much as goes back. */
async function giveBack(deps: RetentionDeps, which: Space, signal: AbortSignal): Promise<void> {
  for (let before = Number.POSITIVE_INFINITY; !signal.aborted;) {
    const left = await patiently(deps, signal, () => deps.db.retention.giveBack(which));
    if (left === null || left === 0 || left >= before) return;
    before = left;
    await deps.wait(PAUSE_MS, signal);
  }
}

/** Tries until the store has room for it; null when told to stop. */
async function patiently<Value>(
  { wait }: RetentionDeps,
  signal: AbortSignal,
  run: () => Promise<Value>,
): Promise<Value | null> {
  while (!signal.aborted) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof StoreBusy) && !(error instanceof StoreOverloaded)) throw error;
      await wait(BUSY_MS, signal);
    }
  }
  return null;
}

const NOUNS: Readonly<Record<Purged, readonly [one: string, many: string]>> = {
  agent_logs: ["agent log", "agent logs"],
  system_logs: ["system log", "system logs"],
  changes: ["change", "changes"],
  agents: ["finished agent", "finished agents"],
  prompts: ["prompt", "prompts"],
  answers: ["text of an answer", "texts of answers"],
};

const WHO: Readonly<Record<Remover, string>> = {
  retention: "Retention",
  limit: "The limit of the database (MAX_DATABASE_MB)",
};

/** False when there is nothing to tell. */
function tell({ db, clock }: RetentionDeps, who: Remover): Promise<boolean> {
  return db.retention.tell(who, (removed) => {
    const { message, details } = describe(who, removed);
    return writeSystemLog({ component: "retention", message, details }, toTimestamp(clock()));
  });
}

function describe(who: Remover, removed: Removed) {
  const numbers = PURGED.map((table) => [table, removed[table] ?? 0] as const).filter(([, rows]) => rows > 0);
  const parts = numbers.map(([table, rows]) => `${rows.toLocaleString("en-US")} ${NOUNS[table][rows === 1 ? 0 : 1]}`);
  return { message: `${WHO[who]} removed ${parts.join(", ")}`, details: { removed: Object.fromEntries(numbers) } };
}
