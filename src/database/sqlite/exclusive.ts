import { constants, Database, SQLiteError } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { StoreBusy } from "#src/database/manager.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { isBusy, isDamage } from "./errors.ts";
import { fileKind } from "./schema-version.ts";

/** Somebody who looks at the file for a moment is waited for. */
const BUSY_MS = 500;

/** What a database that is to be replaced is: open here and nowhere else, not there, or so damaged that nobody can open it. */
export type Old = Database | "missing" | "unreadable";

/**
 * Any connection to a database in WAL mode holds a lock on the file as long as it is open, idle or not; who uses the file
 * exclusively from its first read on takes the lock that excludes them all. Nothing is written by that.
 */
export function openExclusive(path: string): Old {
  if (!existsSync(path)) return "missing";
  if (!statSync(path).isFile()) throw new DatabaseUnusable(`${path} is not a file`);
  // SQLite would take a log beside an empty file for one that nobody needs.
  if (statSync(path).size === 0 && existsSync(`${path}-wal`)) return "unreadable";
  let db: Database | undefined;
  try {
    db = new Database(path, { readwrite: true });
    keepLog(db, true);
    db.run(`pragma busy_timeout = ${BUSY_MS}`);
    db.run("pragma locking_mode = exclusive");
    db.run("begin exclusive");
    db.run("commit");
    refuseStranger(db, path);
    keepLog(db, false);
    return db;
  } catch (error) {
    db?.close();
    if (isBusy(error)) {
      throw new StoreBusy(`${path} is in use: stop the server and every other program that has it open`, {
        cause: error,
      });
    }
    if (!(error instanceof SQLiteError)) throw error;
    if (isDamage(error)) return "unreadable";
    throw new DatabaseUnusable(`cannot use the database ${path}: ${error.message}`, { cause: error });
  }
}

/** Whether the end of a connection leaves the log where it is. */
export function keepLog(db: Database, isKept: boolean): void {
  db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, isKept ? 1 : 0);
}

function refuseStranger(db: Database, path: string): void {
  if (fileKind(db).kind !== "foreign") return;
  throw new DatabaseUnusable(`${path} belongs to another program; it was left as it is`);
}
