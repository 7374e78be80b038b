import type { BackupOrder, Copied, CopyStep, Restored, RestoreOrder } from "./copies.ts";
import type { Inspection } from "./inspection.ts";
import type { DatabaseManager } from "./manager.ts";
import type { Redactor } from "#src/domain/redact.ts";
import { placePartial, removeLeft, removePartial } from "./partial.ts";
import type { Rebuilt } from "./rebuilt.ts";
import { redacting } from "./redacting.ts";
import { checkSqlite } from "./sqlite/check.ts";
import { inspectSqlite } from "./sqlite/inspect.ts";
import { measureSqlite } from "./sqlite/measure.ts";
import { openSqlite, startFault as sqliteStartFault, type SqliteOptions } from "./sqlite/open.ts";
import { restoreSqlite } from "./sqlite/restore.ts";
import { rebuildTotals as rebuildSqliteTotals } from "./sqlite/rollups.ts";
import { copySqlite } from "./sqlite/snapshot.ts";
import { DatabaseUnusable } from "./unusable.ts";

export type OpenOptions = SqliteOptions & {
  /** What finds secrets in texts before they are stored; without one every text is stored as it came. */
  readonly redactor?: Redactor | null;
};

/** Opens the store that the configuration names. There is one engine, SQLite; PostgreSQL will be the second. */
export async function openDatabase({ redactor = null, ...options }: OpenOptions): Promise<DatabaseManager> {
  const db = openSqlite(options);
  return redactor === null ? db : redacting(db, redactor);
}

/** What a start failed with while it first read the opened store: `DatabaseUnusable` where that is the store's fault. */
export function startFault(error: unknown, options: Pick<OpenOptions, "path" | "backupDir">): unknown {
  return sqliteStartFault(error, options);
}

/**
 * Looks at the store that the configuration names, whether a server runs on it or not.
 *
 * @param backupDir folder of its scheduled backups, to name the newest of them where it is damaged
 */
export async function inspectDatabase(path: string, backupDir: string | null = null): Promise<Inspection> {
  return inspectSqlite(path, backupDir);
}

/** What is wrong with the pages of a store that may be in use, null when nothing is; reads all of them: not for a server's own thread. */
export function checkDatabase(path: string): string | null {
  return checkSqlite(path);
}

/** Fills the kept totals of the store anew from its rows; a server may run on it. A lock is waited for, `busyMs` at most. */
export async function rebuildTotals(path: string, busyMs?: number): Promise<Rebuilt> {
  return rebuildSqliteTotals(path, busyMs);
}

/** Bytes by table of the store, for as long as reading all of it takes: not for a server's own thread. */
export function measureDatabase(path: string): Record<string, number> {
  return measureSqlite(path);
}

/**
 * Copies the store as it is at one moment to `partial`, a file of its own, and compares the two; anybody may write
 * meanwhile. It takes as long as reading and writing all of it: not for a server's own thread. Leaves nothing when it
 * fails: with `DatabaseUnusable`, `StoreFull` or `StoreBusy`, whose messages say what to do.
 */
export function copyDatabase(path: string, partial: string, onStep: (step: CopyStep) => void): Copied {
  return copySqlite(path, partial, onStep);
}

/** The same, and gives the copy its name; "taken" when a file has it that may not be replaced. Removes what was left there. */
export function backUpDatabase(order: BackupOrder, onStep: (step: CopyStep) => void): Copied | "taken" {
  const { path, partial, target, mayReplace } = order;
  removeLeft(partial);
  const copied = copyDatabase(path, partial, onStep);
  try {
    onStep({ step: "placing" });
    return placePartial(partial, target, mayReplace) ? copied : "taken";
  } catch (error) {
    throw new DatabaseUnusable(`cannot write ${target}: ${(error as Error).message}`, { cause: error });
  } finally {
    removePartial(partial);
  }
}

/** Puts a copy of a backup in place of the store, which nobody may have open, and keeps what was there. Throws as `copyDatabase`. */
export function restoreDatabase(order: RestoreOrder, onStep: (step: CopyStep) => void): Restored {
  return restoreSqlite(order, onStep);
}
