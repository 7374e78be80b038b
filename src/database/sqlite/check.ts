import { constants, Database } from "bun:sqlite";
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { StoreDamaged } from "#src/database/manager.ts";
import { storeError } from "./connection.ts";

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

/**
 * Opens a file to look at it. A journal means that somebody has it open, or died: it is read along. Without one, nothing
 * is made beside the file, and no lock is taken.
 */
export function openUntouched(path: string): Database {
  if (hasJournal(path)) return new Database(path, { readonly: true });
  return openAlone(path);
}

/** The file without what stands beside it. */
export function openAlone(path: string): Database {
  const uri = `${pathToFileURL(resolve(path)).href}?immutable=1`;
  return new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

export function hasJournal(path: string): boolean {
  return existsSync(`${path}-wal`) || existsSync(`${path}-journal`);
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
  if (isUsed(`${path}-wal`) || isUsed(`${path}-journal`)) return null;
  const { size } = statSync(path);
  const head = readHead(path);
  if (head === null) return size === 0 ? null : `it was cut off: ${size} bytes are no database`;
  const stored = head.readUInt16BE(HEAD.pageSize);
  const pageSize = stored === 1 ? 65_536 : stored;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return null;
  const isKnown = head.readUInt32BE(HEAD.changeCounter) === head.readUInt32BE(HEAD.pagesValidFor);
  const wanted = isKnown ? head.readUInt32BE(HEAD.pages) * pageSize : 0;
  if (size < wanted) return `it was cut off: ${size} of ${wanted} bytes are there`;
  return size % pageSize === 0 ? null : `it was cut off: ${size} bytes are no whole pages of ${pageSize}`;
}

function isUsed(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Null when the file is shorter. */
function readHead(path: string): Buffer | null {
  const head = Buffer.alloc(HEAD.bytes);
  const file = openSync(path, "r");
  try {
    return readSync(file, head, 0, head.length, 0) === head.length ? head : null;
  } finally {
    closeSync(file);
  }
}
