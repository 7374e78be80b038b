import { constants, Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { Inspection } from "#src/database/inspection.ts";
import { checkHistory, fileKind } from "./schema-version.ts";

/** A check that finds more faults than this says no more by naming them all. */
const MOST_FAULTS = 3;

/** Looks at a file without changing it or leaving anything beside it; every fault is told, none thrown. */
export function inspectSqlite(path: string): Inspection {
  const newest = SQLITE_MIGRATIONS.length;
  const { version: engine } = versionOf();
  if (!existsSync(path)) return { engine, kind: "missing", schema: null, newest, bytes: 0, mode: null, fault: null };
  const { size: bytes, mode } = statSync(path);
  const known = { engine, newest, bytes, mode: mode & 0o777 };
  try {
    using db = openUntouched(path);
    const file = fileKind(db);
    const schema = file.kind === "ours" ? file.version : null;
    const fault = file.kind === "foreign" ? "it belongs to another program" : checkPages(db);
    if (fault === null && file.kind === "ours") checkHistory(db, path);
    return { ...known, kind: file.kind, schema, fault };
  } catch (error) {
    return { ...known, kind: "unknown", schema: null, fault: (error as Error).message };
  }
}

/** A journal means that somebody has it open, or died: it is read along. Without, nothing is made beside the file. */
function openUntouched(path: string): Database {
  if (existsSync(`${path}-wal`)) return new Database(path, { readonly: true });
  const uri = `${pathToFileURL(resolve(path)).href}?immutable=1`;
  return new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

function checkPages(db: Database): string | null {
  const rows = db.query<{ quick_check: string }, []>(`pragma quick_check(${MOST_FAULTS})`).all();
  const faults = rows.map((row) => row.quick_check).filter((fault) => fault !== "ok");
  return faults.length === 0 ? null : `its check fails: ${faults.join("; ")}`;
}

function versionOf(): { version: string } {
  using db = new Database(":memory:");
  return db.query<{ version: string }, []>("select 'SQLite ' || sqlite_version() as version").get()!;
}
