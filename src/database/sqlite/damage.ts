import { SQLiteError } from "bun:sqlite";
import { statSync } from "node:fs";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { journalOf, sizeOf } from "#src/database/journals.ts";
import { newestCopy } from "#src/database/newest-copy.ts";
import { checkPages, cutOffFault, loneJournal, openImmutable, openUntouched, standing } from "./check.ts";
import { isBusy } from "./errors.ts";
import type { DatabaseFile } from "./file.ts";

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
export function refuseDamaged(file: DatabaseFile): Held {
  const { real } = file;
  for (let looks = 1; ; looks += 1) {
    const before = standing(real);
    const { fault, held } = look(real);
    if (fault === null) return held;
    held[Symbol.dispose]();
    // Somebody may have written, or have begun to: what was read is then no state of the file.
    if (standing(real) === before) throw damagedError(file, fault);
    if (looks === LOOKS) return NOTHING;
  }
}

const NOTHING: Held = { [Symbol.dispose]() {} };

function look(path: string): { readonly fault: string | null; readonly held: Held } {
  const { size } = statSync(path);
  if (size === 0) return { fault: null, held: NOTHING };
  const cutOff = cutOffFault(path);
  if (cutOff !== null) return { fault: cutOff, held: NOTHING };
  const isShared = journalOf(path) !== null;
  const db = openUntouched(path);
  const held: Held = { [Symbol.dispose]: () => db.close() };
  try {
    // The first query opens the file, and reads its schema.
    db.query("select count(*) from sqlite_master").get();
    const fault = size + sizeOf(`${path}-wal`) > CHECKED_AT_START_BYTES ? null : checkPages(db);
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

/** Refuses a file that is gone, or empty, while what was written to it stands beside: it would be thrown away. */
export function refuseLoneJournal(file: DatabaseFile): void {
  const fault = loneJournalFault(file.real);
  if (fault === null) return;
  throw new DatabaseUnusable(
    `cannot use the database ${file.path}: ${fault}; ${loneJournalAdvice(file)}; nothing was changed`,
  );
}

export function loneJournalFault(real: string): string | null {
  const journal = loneJournal(real);
  return journal === null ? null : `its file is missing or empty, and ${journal} holds what was written to it`;
}

export function loneJournalAdvice(file: DatabaseFile): string {
  return `bring the file back to that, or ${wayBack(file)}, or move that away to begin anew`;
}

/** One line: which fault it is, and what to do. */
export function damagedError(file: DatabaseFile, fault: string): DatabaseUnusable {
  const what = isStrangersLog(file.real)
    ? `${file.real}-wal does not belong to it, or is damaged (${fault}); move that away, and it opens without what only stands there`
    : `it is damaged (${fault}); ${wayBack(file)}`;
  return new DatabaseUnusable(
    `cannot use the database ${file.path}: ${what}; nothing was changed, and \`orchestrator doctor\` tells more`,
  );
}

/** What to do about a damaged file. */
export function wayBack({ path, real, backupDir }: DatabaseFile): string {
  const copy = newestCopy(path, backupDir, feedOf(real));
  if (copy === null) return "bring back a backup: `orchestrator restore <backup>`";
  const time = new Date(copy.at).toISOString().slice(0, 16).replace("T", " ");
  return `bring back the backup of ${time} UTC: \`orchestrator restore ${copy.path}\``;
}

/** Whose scheduled backups are its own; null where that cannot be read. */
function feedOf(real: string): string | null {
  try {
    using db = openImmutable(real);
    const feed = "select value from orchestrator_meta where key = 'feed'";
    return db.query<{ value: string }, []>(feed).get()?.value ?? null;
  } catch {
    return null;
  }
}

/** Whether the file is well without the write-ahead log beside it. */
export function isStrangersLog(real: string): boolean {
  if (journalOf(real) === null) return false;
  try {
    using db = openImmutable(real);
    return checkPages(db) === null;
  } catch {
    return false;
  }
}
