import { Database, type SQLQueryBindings } from "bun:sqlite";
import { copyFileSync } from "node:fs";
import type { DatabaseManager } from "#src/database/manager.ts";
import { openDatabase } from "#src/database/open.ts";
import { testClock, type TestClock } from "./clock.ts";
import { testFolder, type TestFolder } from "./folder.ts";
import { memoryLog } from "./log.ts";
import { writeNewDatabase } from "./new-database.ts";

export type TestDatabase = AsyncDisposable & {
  readonly db: DatabaseManager;
  readonly path: string;
  readonly folder: TestFolder;
  readonly clock: TestClock;
  readonly log: ReturnType<typeof memoryLog>;
};

/** Opens a database in a folder of its own: a fresh one, or a copy of the closed one at `template`. */
export async function testDatabase(template?: string): Promise<TestDatabase> {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  if (template === undefined) await writeNewDatabase(path);
  else copyFileSync(template, path);
  const clock = testClock();
  const log = memoryLog();
  const db = await openDatabase({ path, clock, log });
  return {
    db,
    path,
    folder,
    clock,
    log,
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Opens a file as it is, adopting or migrating it, and closes it again. */
export async function openOnce(path: string): Promise<void> {
  const db = await openDatabase({ path, clock: Date.now, log: memoryLog() });
  await db[Symbol.asyncDispose]();
}

/** Runs a query on a connection of its own, which is closed again. */
export function query(path: string, sql: string, ...params: SQLQueryBindings[]): Record<string, unknown>[] {
  using db = new Database(path, { readonly: true });
  return db.query<Record<string, unknown>, SQLQueryBindings[]>(sql).all(...params);
}

/** Runs a script on a connection of its own, which is closed again. */
export function script(path: string, sql: string): void {
  using db = new Database(path, { create: true });
  db.run(sql);
}

/** Every row of the tables that anybody may know, as it is stored. */
export function storedRows(path: string): Record<string, Record<string, unknown>[]> {
  const tables = query(
    path,
    "select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!'",
  );
  return Object.fromEntries(tables.map(({ name }) => [name, query(path, `select * from "${name}" order by 1`)]));
}
