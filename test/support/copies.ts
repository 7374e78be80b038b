import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { closeSync, existsSync, openSync, readdirSync, realpathSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { Restored } from "#src/database/copies.ts";
import { copyDatabase, restoreDatabase } from "#src/database/open.ts";
import { partialName } from "#src/database/partial.ts";
import { migrate } from "#src/database/sqlite/migrate.ts";
import { wrongTotals } from "#src/database/sqlite/rollups.ts";
import { query, script } from "./database.ts";
import type { TestFolder } from "./folder.ts";
import { memoryLog } from "./log.ts";
import { writeNewDatabase } from "./new-database.ts";

export const ROWS = `
  insert into orchestrator_agents (id, name, agent_type) values ('d', 'planner', 'planner');
  insert into agents (id, orchestrator_agent_id, session_id, status, started_at, cost_usd)
    values ('a', 'd', 's', 'completed', '2026-02-05 10:30:00', 0.5);
  insert into prompts (id, agent_id, prompt_type, prompt_text, status) values ('p', 'a', 'command', 'find the needle', 'pending');
  insert into system_logs (component, message) values ('old', 'kept')`;

/** A closed database of ours with a few rows of every kind. */
export async function ours(path: string, ...statements: readonly string[]): Promise<void> {
  await writeNewDatabase(path);
  for (const sql of [ROWS, ...statements]) script(path, sql);
}

/** Makes a copy take long enough to be met in the middle. */
export const LARGE = `create table ballast (bytes blob);
  insert into ballast with recursive n (i) as (select 1 union all select i + 1 from n where i < 16)
    select zeroblob(1000000) from n`;

/** A closed database of ours as a version with so many migrations left it. */
export function oldSchema(path: string, migrations: number): void {
  using db = new Database(path, { create: true });
  migrate(db, { path, clock: Date.now, log: memoryLog(), migrations: SQLITE_MIGRATIONS.slice(0, migrations) });
  db.run("insert into orchestrator_agents (id, name, agent_type) values ('d', 'planner', 'planner')");
}

export const feedOf = (path: string) =>
  query(path, "select value from orchestrator_meta where key = 'feed'")[0]?.["value"];
export const headOf = (path: string) =>
  query(path, "select seq from sqlite_sequence where name = 'changes'")[0]?.["seq"] as number;

/** Fails unless totals are what the rows add up to and the feed is whole up to its head. */
export function expectConsistent(path: string): void {
  {
    using db = new Database(path, { readonly: true });
    expect(wrongTotals(db)).toBe(0);
  }
  expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  const numbers = query(path, "select count(*) as n, min(seq) as first, max(seq) as last from changes")[0];
  expect(numbers).toEqual({ n: headOf(path), first: 1, last: headOf(path) });
}

/** Names in a folder, without the journals of databases that were only looked at. */
export function namesIn(folder: TestFolder): string[] {
  return readdirSync(folder.path)
    .filter((name) => !/-(shm|wal)$/.test(name))
    .toSorted();
}

export const NEWER = "insert into orchestrator_migrations values (999, '0999_later', 'x', '2027-01-01T00:00:00.000Z')";

/** A closed database in WAL mode with a backup, and two rows that came after it. */
export async function withBackup(folder: TestFolder): Promise<{ readonly path: string; readonly file: string }> {
  const path = folder.file("orchestrator.db");
  const file = folder.file("b.db");
  await ours(path, "pragma journal_mode = wal");
  copyDatabase(path, file, () => {});
  script(path, "insert into system_logs (component, message) values ('later', 'x'), ('later', 'y')");
  return { path, file };
}

/** How many rows came after the backup. */
export const later = (path: string) => query(path, "select id from system_logs where component = 'later'").length;

/** The one file that a restore has put aside. */
export function replacedIn(folder: TestFolder): string {
  const found = readdirSync(folder.path).filter((name) => /^orchestrator\.db\.replaced-\d{8}T\d{6}Z$/.test(name));
  expect(found).toHaveLength(1);
  return folder.file(found[0]!);
}

/** Writes rubbish over a page, counted from 0. */
export function spoil(path: string, page: number): void {
  overwrite(path, Buffer.alloc(4096, 0x5a), 4096 * page);
}

export function overwrite(path: string, bytes: Buffer, at: number): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

/** When tests restore. */
export const RESTORED_AT = Date.parse("2026-02-05T10:30:00.000Z");

/** Restores as the command does, in this process. */
export function restore(path: string, from: string, onStep = () => {}): Restored {
  const folder = existsSync(path) ? dirname(realpathSync(path)) : dirname(path);
  return restoreDatabase({ from, path, partial: partialName(path, folder), nowMillis: RESTORED_AT }, onStep);
}
