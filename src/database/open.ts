import type { DatabaseManager } from "./manager.ts";
import { openSqlite, type SqliteOptions } from "./sqlite/open.ts";

/** Opens the store that the configuration names. There is one engine, SQLite; PostgreSQL will be the second. */
export async function openDatabase(options: SqliteOptions): Promise<DatabaseManager> {
  return openSqlite(options);
}
