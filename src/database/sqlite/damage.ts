import { SQLiteError } from "bun:sqlite";
import { statSync } from "node:fs";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { newestCopy } from "#src/database/newest-copy.ts";
import { checkPages, cutOffFault, hasJournal, openAlone, openUntouched } from "./check.ts";
import { isBusy } from "./connection.ts";

/** Files up to this size, with their log, are read whole before they are used, within some 40 ms; larger ones behind the server's back. */
const CHECKED_AT_START_BYTES = 8 * 1024 * 1024;
/** A file that others write meanwhile is looked at again. */
const LOOKS = 3;

/**
 * Holds a file with a journal as it is: while it is held, a connection that closes neither copies the journal into the file
 * nor removes it.
 */
export type Held = Disposable;

/** Refuses a damaged file (`DatabaseUnusable`), with everything beside it untouched. Dispose of the hold once it is open. */
export function refuseDamaged(path: string): Held {
  for (let looks = 1; ; looks += 1) {
    const before = standing(path);
    const { fault, held } = look(path);
    if (fault === null) return held;
    held[Symbol.dispose]();
    // Somebody may have written, or have begun to: what was read is then no state of the file.
    if (standing(path) === before) throw damagedError(path, fault);
    if (looks === LOOKS) return NOTHING;
  }
}

const NOTHING: Held = { [Symbol.dispose]() {} };

function look(path: string): { readonly fault: string | null; readonly held: Held } {
  const { size } = statSync(path);
  if (size === 0) return { fault: null, held: NOTHING };
  const cutOff = cutOffFault(path);
  if (cutOff !== null) return { fault: cutOff, held: NOTHING };
  const isShared = hasJournal(path);
  const db = openUntouched(path);
  const held: Held = { [Symbol.dispose]: () => db.close() };
  try {
    // The first query opens the file, and reads its schema.
    db.query("select count(*) from sqlite_master").get();
    const fault = size + logSize(path) > CHECKED_AT_START_BYTES ? null : checkPages(db);
    if (isShared) return { fault, held };
    // It knows of no locks: closed later, it would take away those of the connections that are opened next.
    db.close();
    return { fault, held: NOTHING };
  } catch (error) {
    if (isForWriters(error)) return { fault: null, held };
    return { fault: (error as Error).message, held };
  }
}

/** Only one that may write can open it: it takes back what was cut off, or waits for who is at it. */
function isForWriters(error: unknown): boolean {
  return isBusy(error) || (error instanceof SQLiteError && /^SQLITE_(READONLY|CANTOPEN)/.test(error.code ?? ""));
}

function logSize(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function standing(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs} ${hasJournal(path)}`;
}

/** One line: which fault it is, and what to do. */
export function damagedError(path: string, fault: string): DatabaseUnusable {
  const what = isStrangersLog(path)
    ? `${path}-wal does not belong to it, or is damaged (${fault}); move that away, and it opens without what only stands there`
    : `it is damaged (${fault}); ${wayBack(path)}`;
  return new DatabaseUnusable(
    `cannot use the database ${path}: ${what}; nothing was changed, and \`orchestrator doctor\` tells more`,
  );
}

/** What to do about a damaged file. */
export function wayBack(path: string): string {
  const copy = newestCopy(path);
  return `bring back a backup: \`orchestrator restore ${copy ?? "<backup>"}\``;
}

/** Whether the file is well without the write-ahead log beside it. */
export function isStrangersLog(path: string): boolean {
  if (!hasJournal(path)) return false;
  try {
    using db = openAlone(path);
    return checkPages(db) === null;
  } catch {
    return false;
  }
}
