import { constants, Database, SQLiteError } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { Inspection } from "#src/database/inspection.ts";
import { checkHistory, fileKind } from "./schema-version.ts";

/** A check that finds more faults than this says no more by naming them all. */
const MOST_FAULTS = 3;

/** Looks at a file without changing it; every fault is told, none thrown. */
export function inspectSqlite(path: string): Inspection {
  const newest = SQLITE_MIGRATIONS.length;
  const { version: engine } = versionOf();
  if (!existsSync(path)) return { engine, kind: "missing", schema: null, newest, bytes: 0, mode: null, fault: null };
  const stats = statSync(path);
  const known = { engine, newest, bytes: stats.size, mode: stats.mode & 0o777 };
  // A pipe would be waited for.
  if (!stats.isFile()) return { ...known, kind: "unknown", schema: null, fault: "it is not a file" };
  try {
    using db = openUntouched(path);
    return { ...known, ...look(db, path) };
  } catch (error) {
    if (needsRecovery(error)) return { ...known, kind: "interrupted", schema: null, fault: null };
    return { ...known, kind: "unknown", schema: null, fault: (error as Error).message };
  }
}

function look(db: Database, path: string): Pick<Inspection, "kind" | "schema" | "fault"> {
  const file = fileKind(db);
  if (file.kind === "foreign") return { kind: "foreign", schema: null, fault: "it belongs to another program" };
  if (file.kind !== "ours") return { kind: file.kind, schema: null, fault: checkPages(db) };
  return { kind: "ours", schema: file.version, fault: checkPages(db) ?? historyFault(db, path) };
}

function historyFault(db: Database, path: string): string | null {
  try {
    checkHistory(db, path);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What a writer that was cut off left can only be taken back by one that may write. */
function needsRecovery(error: unknown): boolean {
  return error instanceof SQLiteError && error.code?.startsWith("SQLITE_READONLY") === true;
}

/** A journal means that somebody has the file open, or died: it is read along. Without, nothing is made beside the file. */
function openUntouched(path: string): Database {
  if (existsSync(`${path}-wal`) || existsSync(`${path}-journal`)) return new Database(path, { readonly: true });
  const uri = `${pathToFileURL(resolve(path)).href}?immutable=1`;
  return new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

function checkPages(db: Database): string | null {
  const rows = db.query<{ quick_check: string }, []>(`pragma quick_check(${MOST_FAULTS})`).all();
  const faults = rows.flatMap((row) => row.quick_check.split("\n")).filter((fault) => fault !== "ok");
  return faults.length === 0 ? null : `its check fails: ${faults.join("; ")}`;
}

function versionOf(): { version: string } {
  using db = new Database(":memory:");
  return db.query<{ version: string }, []>("select 'SQLite ' || sqlite_version() as version").get()!;
}
