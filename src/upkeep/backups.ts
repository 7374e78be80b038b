import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { backUpApart } from "#src/database/apart.ts";
import { type Copied, rowsOf, scheduledPrefix, stampOf, timeOfStamp } from "#src/database/copies.ts";
import { JOURNALS } from "#src/database/journals.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import { partialName } from "#src/database/partial.ts";
import { realPath } from "#src/database/real-path.ts";
import { type CreateSystemLog, writeSystemLog } from "#src/domain/system-log.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { megabytes } from "#src/platform/megabytes.ts";
import { soonAfter } from "./soon-after.ts";

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
/** After a failure; what was wrong is seldom right a moment later. */
const RETRY_MS = 15 * MINUTE;
/** A copy takes as long as it takes: who makes it renews this. */
const LEASE = { name: "backup", ms: 30 * MINUTE, renewMs: 10 * MINUTE };

/** Where scheduled backups go, how often, and how many of them are kept. */
export type BackupPolicy = { readonly dir: string; readonly everyHours: number; readonly keep: number };

export type BackupDeps = {
  readonly db: Pick<DatabaseManager, "leases" | "systemLogs" | "changes">;
  readonly clock: Clock;
  readonly log: Log;
  readonly path: string;
  readonly policy: BackupPolicy;
};

type Job = BackupDeps & {
  readonly signal: AbortSignal;
  /** What names of its backups begin with. */ readonly prefix: string;
};

/**
 * Makes a backup when the last one is old enough, in a process of its own, and removes those beyond the newest. When the last
 * one was made is what the names in the folder say, whichever server made it. A failure is told, and tried again later.
 * Nothing that is done in the folder holds this thread, nor for long the end of the server: it may be on a disk that hangs.
 */
export function backupKeeper(deps: BackupDeps): (signal: AbortSignal) => Promise<void> {
  const { clock, log, policy, db, path } = deps;
  const name = basename(realPath(path));
  let failedAt = Number.NEGATIVE_INFINITY;

  async function keep(signal: AbortSignal): Promise<void> {
    try {
      // The history, and with it the name, is the same for every server on the file, and another one in a copy of it.
      const { feed } = await db.changes.state();
      await backUpWhenDue({ ...deps, signal, prefix: scheduledPrefix(name, feed) });
    } catch (error) {
      if (signal.aborted) return;
      failedAt = clock();
      log.error("backup failed", { folder: policy.dir, error });
      const message = `Backup failed: ${(error as Error).message}`;
      await tell(deps, { log_level: "ERROR", message, details: { folder: policy.dir } });
    }
  }

  return async (signal) => {
    if (signal.aborted || Math.abs(clock() - failedAt) < RETRY_MS) return;
    await soonAfter(signal, keep(signal));
  };
}

async function backUpWhenDue(job: Job): Promise<void> {
  const { db, policy } = job;
  await mkdir(policy.dir, { recursive: true, mode: 0o700 });
  if (!(await isDue(job)) || !(await db.leases.take(LEASE.name, LEASE.ms))) return;
  const renewal = setInterval(() => void db.leases.take(LEASE.name, LEASE.ms).catch(() => {}), LEASE.renewMs);
  try {
    // Another server may have made it meanwhile.
    if (await isDue(job)) await backUp(job);
  } finally {
    clearInterval(renewal);
    await db.leases.release(LEASE.name);
  }
}

async function isDue(job: Job): Promise<boolean> {
  const last = (await ownBackups(job)).at(-1);
  return last === undefined || job.clock() - last.at >= job.policy.everyHours * HOUR;
}

async function backUp(job: Job): Promise<void> {
  const { clock, log, path, policy, prefix, signal } = job;
  const target = resolve(policy.dir, prefix + stampOf(clock()));
  // The same for every run of this store, and no other's.
  const partial = partialName(prefix.slice(0, -1), policy.dir);
  let copied: Copied | "taken" | null = null;
  try {
    copied = await backUpApart({ path: resolve(path), partial, target, mayReplace: false }, () => {}, signal);
  } finally {
    // One that was killed could not do it.
    if (copied === null) for (const suffix of ["", ...JOURNALS]) await rm(partial + suffix, { force: true });
  }
  if (copied === null) return;
  if (copied === "taken") throw new Error(`${target} is there already`);
  const removed = await removeOldest(job);
  const facts = { file: target, bytes: copied.bytes, rows: rowsOf(copied), head_seq: copied.headSeq };
  log.info("backup made", { ...facts, removed: removed.length });
  await tell(job, { message: `Backup made: ${target} (${megabytes(copied.bytes)})`, details: { ...facts, removed } });
}

/** One that cannot be removed is tried again after the next backup. */
async function removeOldest(job: Job): Promise<string[]> {
  const { log, policy } = job;
  const removed: string[] = [];
  try {
    for (const { name } of (await ownBackups(job)).slice(0, -policy.keep)) {
      const file = join(policy.dir, name);
      await rm(file).then(
        () => void removed.push(name),
        (error: unknown) => log.warn("an old backup could not be removed", { file, error }),
      );
    }
  } catch (error) {
    log.warn("old backups could not be looked for", { folder: policy.dir, error });
  }
  return removed;
}

/** Those of this database, by their names, oldest first. One from the future tells nothing, and is left alone. */
async function ownBackups({ policy, prefix, clock }: Job): Promise<{ readonly name: string; readonly at: number }[]> {
  const now = clock();
  return (await readdir(policy.dir))
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ name, at: timeOfStamp(name.slice(prefix.length)) }))
    .filter((found): found is { name: string; at: number } => found.at !== null && found.at <= now)
    .toSorted((a, b) => a.at - b.at);
}

async function tell({ db, clock, log }: BackupDeps, told: Omit<CreateSystemLog, "component">): Promise<void> {
  try {
    await db.systemLogs.append(writeSystemLog({ component: "backup", ...told }, toTimestamp(clock())));
  } catch (error) {
    log.warn("no system log could be written of a backup", { error });
  }
}
