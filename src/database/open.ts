import type { Inspection } from "./inspection.ts";
import type { DatabaseManager } from "./manager.ts";
import type { Rebuilt } from "./rebuilt.ts";
import { inspectSqlite } from "./sqlite/inspect.ts";
import { measureSqlite } from "./sqlite/measure.ts";
import { openSqlite, type SqliteOptions } from "./sqlite/open.ts";
import { rebuildTotals as rebuildSqliteTotals } from "./sqlite/rollups.ts";

/** Opens the store that the configuration names. There is one engine, SQLite; PostgreSQL will be the second. */
export async function openDatabase(options: SqliteOptions): Promise<DatabaseManager> {
  return openSqlite(options);
}

/** Looks at the store that the configuration names, whether a server runs on it or not. */
export async function inspectDatabase(path: string): Promise<Inspection> {
  return inspectSqlite(path);
}

/** Fills the kept totals of the store anew from its rows; a server may run on it. A lock is waited for, `busyMs` at most. */
export async function rebuildTotals(path: string, busyMs?: number): Promise<Rebuilt> {
  return rebuildSqliteTotals(path, busyMs);
}

/** Bytes by table of the store, for as long as reading all of it takes: not for a server's own thread. */
export function measureDatabase(path: string): Record<string, number> {
  return measureSqlite(path);
}
