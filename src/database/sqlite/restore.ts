import { constants, Database, SQLiteError } from "bun:sqlite";
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type CopyStep, type Restored, type RestoreOrder, stampOf } from "#src/database/copies.ts";
import { StoreBusy } from "#src/database/manager.ts";
import { linkNew, placePartial, removePartial, syncPath } from "#src/database/partial.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { isBusy } from "./connection.ts";
import { checkHistory, columnsOf, fileKind } from "./schema-version.ts";
import { copySnapshot, integrityFault } from "./snapshot.ts";

/** Somebody who looks at the file for a moment is waited for. */
const BUSY_MS = 500;
const JOURNALS = ["-wal", "-shm", "-journal"];

/**
 * Puts a copy of the file at `from` in place of the database at `path`, as a new history of its feed. What was there is kept
 * beside it. Refuses, with everything as it was, while any other process has the database open (`StoreBusy`) or when
 * `from` is not fit for it (`DatabaseUnusable`). Killed at any moment it leaves the old database in place, or the new one.
 */
export function restoreSqlite(order: RestoreOrder, onStep: (step: CopyStep) => void): Restored {
  const path = realPath(order.path);
  const { partial } = order;
  if (!existsSync(order.from)) throw new DatabaseUnusable(`there is no file ${order.from}`);
  if (!statSync(order.from).isFile()) throw new DatabaseUnusable(`${order.from} is not a file`);
  if (existsSync(path)) {
    if (isSameFile(path, order.from)) throw new DatabaseUnusable(`${order.from} is the database itself`);
    forgetUnfinished(path);
  }
  const old = openAlone(path);
  try {
    checkSource(order.from);
    const copied = copySnapshot(order.from, partial, onStep);
    const feed = beginHistory(partial, order.nowMillis);
    syncPath(partial);
    onStep({ step: "placing" });
    const replaced = old === "missing" ? null : replace(path, order, old);
    if (old === "missing" && !placePartial(partial, path, false)) {
      throw new StoreBusy(`${path} was made meanwhile: stop the program that made it, and try again`);
    }
    return { ...copied, bytes: statSync(path).size, feed, replaced };
  } catch (error) {
    removePartial(partial);
    throw error;
  } finally {
    if (old instanceof Database) old.close();
  }
}

function realPath(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

/** What a database that is to be replaced is: open here and nowhere else, not there, or so damaged that nobody can open it. */
type Old = Database | "missing" | "unreadable";

/**
 * Any connection to a database in WAL mode holds a lock on the file as long as it is open, idle or not; who uses the file
 * exclusively from its first read on takes the lock that excludes them all. Nothing is written by that.
 */
function openAlone(path: string): Old {
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
function keepLog(db: Database, isKept: boolean): void {
  db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, isKept ? 1 : 0);
}

const isDamage = ({ code }: SQLiteError) => /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(code ?? "");

function refuseStranger(db: Database, path: string): void {
  if (fileKind(db).kind !== "foreign") return;
  throw new DatabaseUnusable(`${path} belongs to another program; it was left as it is`);
}

/** A file may be of an older schema, also the ancestor's: the next start migrates it. */
function checkSource(from: string): void {
  try {
    using db = new Database(from, { readonly: true });
    const { kind } = fileKind(db);
    if (kind === "foreign" || kind === "empty") {
      throw new DatabaseUnusable(`${from} is no backup of this program; nothing was changed`);
    }
    if (kind === "ours") checkHistory(db, from);
    const fault = integrityFault(db);
    if (fault !== null) throw new DatabaseUnusable(`${from} is damaged (${fault}): take another backup`);
  } catch (error) {
    if (!(error instanceof SQLiteError)) throw error;
    if (isBusy(error)) throw new StoreBusy(`another program keeps ${from} locked; try again`, { cause: error });
    throw new DatabaseUnusable(`${from} cannot be read (${error.message}): take another backup`, { cause: error });
  }
}

/**
 * Clients that followed the old history must not go on in this one: it gets an id of its own. Its numbers go on where the
 * copy's ended. Leases of then are nobody's, and nothing is removed for having been old in the backup.
 */
function beginHistory(path: string, nowMillis: number): string | null {
  using db = new Database(path, { readwrite: true });
  db.run("pragma synchronous = full");
  db.run("pragma journal_mode = memory");
  db.run("begin immediate");
  const knows = (table: string) => columnsOf(db, table).length > 0;
  if (knows("orchestrator_leases")) db.run("delete from orchestrator_leases");
  const row = knows("orchestrator_meta") ? newHistory(db, nowMillis) : null;
  db.run("commit");
  return row?.value ?? null;
}

function newHistory(db: Database, nowMillis: number): { value: string } | null {
  db.run("update orchestrator_meta set value = ? where key = 'retention_since'", [String(nowMillis)]);
  return db
    .query<{ value: string }, []>(
      "update orchestrator_meta set value = lower(hex(randomblob(16))) where key = 'feed' returning value",
    )
    .get();
}

/** At every moment `path` is the old database or the new one; the old one has got its second name before. */
function replace(path: string, { partial, nowMillis }: RestoreOrder, old: Database | "unreadable"): string {
  const wasWal = old !== "unreadable" && leaveWal(old, path);
  let kept: string | undefined;
  try {
    kept = keepBeside(path, `${path}.replaced-${stampOf(nowMillis)}`);
    // What is left of a damaged one's journals must not be applied to the new one.
    for (const suffix of JOURNALS) if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
    renameSync(partial, path);
  } catch (error) {
    if (kept !== undefined && !existsSync(path)) renameSync(kept, path);
    if (wasWal) old.run("pragma journal_mode = wal");
    throw error;
  }
  syncPath(dirname(path));
  return kept;
}

/** All of the database into its one file; false when it was not in WAL mode, or cannot be brought there. */
function leaveWal(db: Database, path: string): boolean {
  const mode = (sql: string) => db.query<{ journal_mode: string }, []>(sql).get()!.journal_mode;
  try {
    if (mode("pragma journal_mode") !== "wal") return false;
    if (mode("pragma journal_mode = delete") !== "delete") throw new DatabaseUnusable(`${path} cannot leave WAL mode`);
    // Left behind by the exclusive use, and of no use to anybody.
    for (const suffix of JOURNALS) rmSync(path + suffix, { force: true });
    return true;
  } catch (error) {
    if (!(error instanceof SQLiteError) || !isDamage(error)) throw error;
    // It is moved with the file. The end of this connection must not touch what stands at its name by then.
    keepLog(db, true);
    return false;
  }
}

function keepBeside(path: string, name: string): string {
  for (let number = 1; ; number += 1) {
    const kept = number === 1 ? name : `${name}-${number}`;
    const outcome = linkNew(path, kept);
    if (outcome === "linked") return kept;
    if (outcome === "taken") continue;
    // A file system without links: for a moment nothing is at the path.
    renameSync(path, kept);
    return kept;
  }
}

/** A restore that was killed between its last two moves has left a second name of the database that is still in use. */
function forgetUnfinished(path: string): void {
  if (statSync(path).nlink < 2) return;
  const prefix = `${basename(path)}.replaced-`;
  for (const name of readdirSync(dirname(path))) {
    const kept = resolve(dirname(path), name);
    if (!name.startsWith(prefix) || JOURNALS.some((suffix) => existsSync(kept + suffix))) continue;
    if (isSameFile(path, kept)) rmSync(kept);
  }
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)];
  return a.ino === b.ino && a.dev === b.dev;
}
