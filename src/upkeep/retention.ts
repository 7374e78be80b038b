import { StoreBusy, StoreOverloaded } from "#src/database/manager.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import type { PurgeRun, PurgeStep, RetentionStore } from "#src/database/upkeep.ts";
import {
  addRemoved,
  countRemoved,
  cutoffsAt,
  PURGED,
  type Purged,
  type Removed,
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
/** What writes remove at the limit is told at most this often. */
const TELL_EVERY_MS = 60 * 60 * 1000;

export type RetentionDeps = {
  readonly db: DatabaseManager;
  readonly clock: Clock;
  readonly policy: RetentionPolicy;
  readonly wait: Wait;
};

/**
 * Removes what is too old, in small batches until nothing is left, and gives the space back to the disk. It keeps no record
 * of where it is: cut off, the next run goes on. Does nothing while another process is at it.
 */
export async function purgeOld(deps: RetentionDeps, signal: AbortSignal): Promise<void> {
  const { db, clock, policy } = deps;
  const cutoffs = cutoffsAt(policy, await db.retention.since(), clock());
  const removed = await purge(deps, db.retention.begin(cutoffs), "any", signal);
  if (countRemoved(removed) > 0 && !signal.aborted) await tell(deps, "Retention", removed);
}

/** Brings a store back below its limit, and tells what writes have removed there. */
export function limitKeeper(deps: RetentionDeps): (signal: AbortSignal) => Promise<void> {
  let untold: Removed = {};
  let toldAt = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    const { db, clock } = deps;
    const isOver = (await db.retention.overLimit()) > 0;
    const removed = isOver ? await purge(deps, db.retention.begin(null), "above the limit", signal) : {};
    untold = addRemoved(addRemoved(untold, removed), db.retention.takeLimitRemovals());
    if (signal.aborted || countRemoved(untold) === 0 || clock() - toldAt < TELL_EVERY_MS) return;
    await tell(deps, "The limit of the database (MAX_DATABASE_MB)", untold);
    untold = {};
    toldAt = clock();
  };
}

type Space = Parameters<RetentionStore["giveBack"]>[0];

async function purge(deps: RetentionDeps, run: PurgeRun, gives: Space, signal: AbortSignal): Promise<Removed> {
  let removed: Removed = {};
  for (let done = false; !done && !signal.aborted;) {
    const step = await patiently(deps, signal, () => run.step());
    if (step === null || !step.held) return removed;
    removed = addRemoved(removed, step.removed);
    done = step.done;
    if (!done) await deps.wait(PAUSE_MS, signal);
  }
  if (countRemoved(removed) > 0) await giveBack(deps, gives, signal);
  await run.end();
  return removed;
}

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
async function patiently<Value extends PurgeStep | number>(
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

async function tell({ db, clock }: RetentionDeps, who: string, removed: Removed): Promise<void> {
  const numbers = PURGED.map((table) => [table, removed[table] ?? 0] as const).filter(([, rows]) => rows > 0);
  const parts = numbers.map(([table, rows]) => `${rows.toLocaleString("en-US")} ${NOUNS[table][rows === 1 ? 0 : 1]}`);
  const message = `${who} removed ${parts.join(", ")}`;
  const details = { removed: Object.fromEntries(numbers) };
  await db.systemLogs.append(writeSystemLog({ component: "retention", message, details }, toTimestamp(clock())));
}
