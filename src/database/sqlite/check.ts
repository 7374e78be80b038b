import { constants, Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { journalOf, sizeOf } from "#src/database/journals.ts";
import { StoreDamaged } from "#src/database/manager.ts";
import { storeError } from "./errors.ts";
import { readBytes } from "./file.ts";

/** A check that finds more faults than this says no more by naming them all. */
const MOST_FAULTS = 3;
const MANY_FAULTS = 100;
const OF_ROWS = /^(NULL value|CHECK constraint failed|(NUMERIC|TEXT|non-\w+) value) in /;
/** Those of pages: a full-text index stands in tables of its own. */
const TABLES = "select name from sqlite_master where type = 'table' and rootpage > 0 order by name";
/** The file may be locked for a moment, by a server that starts or ends. */
const BUSY_MS = 5_000;
/** Where the head of a file tells about its size. */
const HEAD = { bytes: 100, pageSize: 16, changeCounter: 24, pages: 28, pagesValidFor: 92 } as const;
/** A write-ahead log of this size holds nothing but its own head. */
const EMPTY_LOG_BYTES = 32;
/** Where the head of a rollback journal tells how many pages the file had before; none when it was only being made. */
const PAGES_BEFORE = 16;

/**
 * Opens a file to look at it. A journal means that somebody has it open, or died: it is read along. Without one, nothing
 * is made beside the file, and no lock is taken.
 *
 * @param path of the file itself, as everywhere here: no link
 */
export function openUntouched(path: string): Database {
  if (journalOf(path) !== null) return new Database(path, { readonly: true });
  return openImmutable(path);
}

/** The file without what stands beside it, as one that nobody changes. */
export function openImmutable(path: string): Database {
  return openUri(path, "immutable=1");
}

/** A connection that reads. @param parameters of SQLite's URI of the file */
export function openUri(path: string, parameters: string): Database {
  const uri = `${pathToFileURL(resolve(path)).href}?${parameters}`;
  return new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

/** Whether a journal beside it holds something. */
function hasUsedJournal(path: string): boolean {
  return sizeOf(`${path}-wal`) > 0 || sizeOf(`${path}-journal`) > 0;
}

/** What a file is seen to be at a moment: another text, when somebody has written to it since. */
export function standing(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs} ${journalOf(path)}`;
}

/**
 * What holds a part of a database whose file is gone, or empty; null for nothing. SQLite would throw it away. Of a database
 * that was only being made there is nothing to lose.
 */
export function loneJournal(path: string): string | null {
  const [log, journal] = [`${path}-wal`, `${path}-journal`];
  const holdsPages = sizeOf(log) > EMPTY_LOG_BYTES;
  const holdsOldPages = sizeOf(journal) > 0 && pagesBefore(journal) > 0;
  // Last: another process may be making the file.
  if (sizeOf(path) > 0) return null;
  if (holdsPages) return log;
  return holdsOldPages ? journal : null;
}

/** None where it cannot be read: then SQLite cannot either, and throws nothing away. */
function pagesBefore(journal: string): number {
  try {
    const bytes = readBytes(journal, PAGES_BEFORE, 4);
    return bytes.length === 4 ? bytes.readUInt32BE() : 0;
  } catch {
    return 0;
  }
}

/** What is wrong with a file, all of which it reads: about 5 ms for each MB. Null when nothing is. */
export function checkFile(db: Database): string | null {
  return failing(quickCheck(db, MOST_FAULTS));
}

/** The same, of its pages alone: a null where there should be none is bad, but no reason not to serve it. */
export function checkPages(db: Database): string | null {
  return failing(quickCheck(db, MANY_FAULTS).filter((fault) => !OF_ROWS.test(fault)));
}

/** The same of a file that may be in use and large: each table apart, lest the log grow all the while. */
export function checkSqlite(path: string): string | null {
  using db = new Database(path, { readonly: true, strict: true });
  db.run(`pragma busy_timeout = ${BUSY_MS}`);
  try {
    const tables = db.query<{ name: string }, []>(TABLES).all();
    const faults = tables.flatMap(({ name }) => quickCheck(db, `'${name.replaceAll("'", "''")}'`));
    return failing(faults.filter((fault) => !OF_ROWS.test(fault)));
  } catch (error) {
    if (storeError(error) instanceof StoreDamaged) return (error as Error).message;
    throw error;
  }
}

/**
 * What it finds, line by line: where it meets damage that it cannot step over, it fails, and what it found before counts.
 *
 * @param of so many faults, or the name of a table, quoted
 */
function quickCheck(db: Database, of: number | string): string[] {
  const lines: string[] = [];
  try {
    const rows = db.query<{ quick_check: string }, []>(`pragma quick_check(${of})`).iterate();
    for (const row of rows) lines.push(...row.quick_check.split("\n"));
  } catch (error) {
    if (!(storeError(error) instanceof StoreDamaged)) throw error;
    lines.push((error as Error).message);
  }
  return lines.filter((fault) => fault !== "ok");
}

function failing(faults: readonly string[]): string | null {
  return faults.length === 0 ? null : `its check fails: ${faults.slice(0, MOST_FAULTS).join("; ")}`;
}

/** Whether a file is shorter than its head says. With a journal beside it there is no saying: pages may still be there. */
export function cutOffFault(path: string): string | null {
  if (hasUsedJournal(path)) return null;
  const { size } = statSync(path);
  const head = readBytes(path, 0, HEAD.bytes);
  if (head.length < HEAD.bytes) return size === 0 ? null : `it was cut off: ${size} bytes are no database`;
  const stored = head.readUInt16BE(HEAD.pageSize);
  const pageSize = stored === 1 ? 65_536 : stored;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return null;
  const isKnown = head.readUInt32BE(HEAD.changeCounter) === head.readUInt32BE(HEAD.pagesValidFor);
  const wanted = isKnown ? head.readUInt32BE(HEAD.pages) * pageSize : 0;
  if (size < wanted) return `it was cut off: ${size} of ${wanted} bytes are there`;
  return size % pageSize === 0 ? null : `it was cut off: ${size} bytes are no whole pages of ${pageSize}`;
}
