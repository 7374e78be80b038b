import type { Copied, CopyStep, Restored, RestoreOrder } from "./copies.ts";
import type { Inspection } from "./inspection.ts";
import type { DatabaseManager } from "./manager.ts";
import type { Redactor } from "#src/domain/redact.ts";
import type { Rebuilt } from "./rebuilt.ts";
import { redacting } from "./redacting.ts";
import { checkSqlite } from "./sqlite/check.ts";
import { inspectSqlite } from "./sqlite/inspect.ts";
import { measureSqlite } from "./sqlite/measure.ts";
import { openSqlite, type SqliteOptions } from "./sqlite/open.ts";
import { restoreSqlite } from "./sqlite/restore.ts";
import { rebuildTotals as rebuildSqliteTotals } from "./sqlite/rollups.ts";
import { copySqlite } from "./sqlite/snapshot.ts";

export type OpenOptions = SqliteOptions & {
  /** What finds secrets in texts before they are stored; without one every text is stored as it came. */
  readonly redactor?: Redactor | null;
};

/** Opens the store that the configuration names. There is one engine, SQLite; PostgreSQL will be the second. */
export async function openDatabase({ redactor = null, ...options }: OpenOptions): Promise<DatabaseManager> {
  const db = openSqlite(options);
  return redactor === null ? db : redacting(db, redactor);
}

/** Looks at the store that the configuration names, whether a server runs on it or not. */
export async function inspectDatabase(path: string): Promise<Inspection> {
  return inspectSqlite(path);
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

/** Puts a copy of a backup in place of the store, which nobody may have open, and keeps what was there. Throws as `copyDatabase`. */
export function restoreDatabase(order: RestoreOrder, onStep: (step: CopyStep) => void): Restored {
  return restoreSqlite(order, onStep);
}
