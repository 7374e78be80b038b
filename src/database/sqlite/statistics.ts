import type { Database } from "bun:sqlite";

/**
 * Forgets what somebody's ANALYZE found: where it found a table small, SQLite would go through it as a whole for ever
 * after. Without, it takes the indexes that our queries are made for. Connections that are opened later know none of it.
 */
export function forgetStatistics(db: Database): void {
  const exists = db.query("select 1 from sqlite_master where name = 'sqlite_stat1'").get() !== null;
  if (!exists || db.query("select 1 from sqlite_stat1 limit 1").get() === null) return;
  db.run("delete from sqlite_stat1");
  db.run("analyze sqlite_master");
}
