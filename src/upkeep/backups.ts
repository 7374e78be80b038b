import { mkdirSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { copyApart } from "#src/database/apart.ts";
import { type Copied, rowsOf, stampOf, timeOfStamp } from "#src/database/copies.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import { partialName, placePartial, removePartial } from "#src/database/partial.ts";
import { type CreateSystemLog, writeSystemLog } from "#src/domain/system-log.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
/** After a failure; what was wrong is seldom right a moment later. */
const RETRY_MS = 15 * MINUTE;
/** A copy takes as long as it takes: who makes it renews this. */
const LEASE = { name: "backup", ms: 30 * MINUTE, renewMs: 10 * MINUTE };

/** Where scheduled backups go, how often, and how many of them are kept. */
export type BackupPolicy = { readonly dir: string; readonly everyHours: number; readonly keep: number };

export type BackupDeps = {
  readonly db: Pick<DatabaseManager, "leases" | "systemLogs">;
  readonly clock: Clock;
  readonly log: Log;
  readonly path: string;
  readonly policy: BackupPolicy;
};

/**
 * Makes a backup when the last one is old enough, in a process of its own, and removes those beyond the newest. When the last
 * one was made is what the names in the folder say, whichever server made it. A failure is told, and tried again later.
 */
export function backupKeeper(deps: BackupDeps): (signal: AbortSignal) => Promise<void> {
  const { clock, log, policy } = deps;
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    if (signal.aborted || Math.abs(clock() - failedAt) < RETRY_MS) return;
    try {
      await backUpWhenDue(deps, signal);
    } catch (error) {
      if (signal.aborted) return;
      failedAt = clock();
      log.error("backup failed", { folder: policy.dir, error });
      const message = `Backup failed: ${(error as Error).message}`;
      await tell(deps, { log_level: "ERROR", message, details: { folder: policy.dir } });
    }
  };
}

async function backUpWhenDue(deps: BackupDeps, signal: AbortSignal): Promise<void> {
  const { db, policy } = deps;
  mkdirSync(policy.dir, { recursive: true, mode: 0o700 });
  if (!isDue(deps) || !(await db.leases.take(LEASE.name, LEASE.ms))) return;
  const renewal = setInterval(() => void db.leases.take(LEASE.name, LEASE.ms).catch(() => {}), LEASE.renewMs);
  try {
    // Another server may have made it meanwhile.
    if (isDue(deps)) await backUp(deps, signal);
  } finally {
    clearInterval(renewal);
    await db.leases.release(LEASE.name);
  }
}

function isDue(deps: BackupDeps): boolean {
  const last = ownBackups(deps).at(-1);
  return last === undefined || deps.clock() - last.at >= deps.policy.everyHours * HOUR;
}

async function backUp(deps: BackupDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, path, policy } = deps;
  const target = resolve(policy.dir, prefixOf(path) + stampOf(clock()));
  const partial = partialName(path, policy.dir);
  let copied: Copied | null;
  try {
    copied = await copyApart(resolve(path), partial, () => {}, signal);
    if (copied === null || signal.aborted) return;
    if (!placePartial(partial, target, false)) throw new Error(`${target} is there already`);
  } finally {
    removePartial(partial);
  }
  const removed = removeOldest(deps);
  const facts = { file: target, bytes: copied.bytes, rows: rowsOf(copied), head_seq: copied.headSeq };
  log.info("backup made", { ...facts, removed: removed.length });
  const size = `${(copied.bytes / 1_000_000).toFixed(1)} MB`;
  await tell(deps, { message: `Backup made: ${target} (${size})`, details: { ...facts, removed } });
}

function removeOldest(deps: BackupDeps): string[] {
  const removed = ownBackups(deps).slice(0, -deps.policy.keep);
  for (const { name } of removed) rmSync(join(deps.policy.dir, name));
  return removed.map(({ name }) => name);
}

/** Those of this database, by their names, oldest first. One from the future tells nothing, and is left alone. */
function ownBackups({ path, policy, clock }: BackupDeps): { readonly name: string; readonly at: number }[] {
  const prefix = prefixOf(path);
  const now = clock();
  return readdirSync(policy.dir)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ name, at: timeOfStamp(name.slice(prefix.length)) }))
    .filter((found): found is { name: string; at: number } => found.at !== null && found.at <= now)
    .toSorted((a, b) => a.at - b.at);
}

/** Names no other database's backups in a folder that several share: the file is told by where it lies. */
function prefixOf(path: string): string {
  const mark = new Bun.CryptoHasher("sha256").update(realpathSync(path)).digest("hex").slice(0, 8);
  return `${basename(path)}.scheduled-${mark}-`;
}

async function tell({ db, clock, log }: BackupDeps, told: Omit<CreateSystemLog, "component">): Promise<void> {
  try {
    await db.systemLogs.append(writeSystemLog({ component: "backup", ...told }, toTimestamp(clock())));
  } catch (error) {
    log.warn("no system log could be written of a backup", { error });
  }
}
