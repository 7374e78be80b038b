import { Database, SQLiteError } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { Inspection } from "#src/database/inspection.ts";
import { StoreDamaged } from "#src/database/manager.ts";
import { checkFile, cutOffFault, openUntouched } from "./check.ts";
import { storeError } from "./connection.ts";
import { isStrangersLog, wayBack } from "./damage.ts";
import { checkHistory, fileKind } from "./schema-version.ts";

/** Looks at a file without changing it; every fault is told, none thrown. */
export function inspectSqlite(path: string): Inspection {
  const newest = SQLITE_MIGRATIONS.length;
  const { version: engine } = versionOf();
  if (!existsSync(path)) return { engine, kind: "missing", schema: null, newest, bytes: 0, mode: null, ...WELL };
  const stats = statSync(path);
  const known = { engine, newest, bytes: stats.size, mode: stats.mode & 0o777 };
  // A pipe would be waited for.
  if (!stats.isFile()) return { ...known, kind: "unknown", schema: null, fault: "it is not a file", advice: null };
  const cutOff = cutOffFault(path);
  try {
    using db = openUntouched(path);
    return { ...known, ...look(db, path, cutOff) };
  } catch (error) {
    if (needsRecovery(error)) return { ...known, kind: "interrupted", schema: null, ...WELL };
    return { ...known, kind: "unknown", schema: null, ...unreadable(error, path, cutOff) };
  }
}

type Verdict = Pick<Inspection, "fault" | "advice">;

const WELL: Verdict = { fault: null, advice: null };

function look(db: Database, path: string, cutOff: string | null): Pick<Inspection, "kind" | "schema"> & Verdict {
  const file = fileKind(db);
  const schema = file.kind === "ours" ? file.version : null;
  if (file.kind === "foreign") return { kind: "foreign", schema, fault: "it belongs to another program", advice: null };
  const damage = cutOff ?? checkFile(db);
  if (damage !== null) return { kind: file.kind, schema, fault: damage, advice: adviceFor(path) };
  return { kind: file.kind, schema, fault: schema === null ? null : historyFault(db, path), advice: null };
}

/** SQLite gives up at the first page that it cannot read. */
function unreadable(error: unknown, path: string, cutOff: string | null): Verdict {
  const { message } = error as Error;
  if (!(storeError(error) instanceof StoreDamaged)) return { fault: message, advice: null };
  const isDatabase = (error as SQLiteError).code !== "SQLITE_NOTADB";
  const fault = cutOff === null ? message : `${cutOff} (${message})`;
  return { fault, advice: isDatabase ? adviceFor(path) : null };
}

function adviceFor(path: string): string {
  return isStrangersLog(path) ? `without ${path}-wal it is well: move that away` : wayBack(path);
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

function versionOf(): { version: string } {
  using db = new Database(":memory:");
  return db.query<{ version: string }, []>("select 'SQLite ' || sqlite_version() as version").get()!;
}
