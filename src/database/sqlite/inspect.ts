import { Database, SQLiteError } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { Inspection } from "#src/database/inspection.ts";
import { StoreDamaged } from "#src/database/manager.ts";
import { checkFile, cutOffFault, openUntouched } from "./check.ts";
import { isStrangersLog, loneJournalAdvice, loneJournalFault, wayBack } from "./damage.ts";
import { storeError } from "./errors.ts";
import { type DatabaseFile, fileAt } from "./file.ts";
import { checkHistory, fileKind } from "./schema-version.ts";

/** Looks at a file without changing it; every fault is told, none thrown. */
export function inspectSqlite(path: string, backupDir: string | null = null): Inspection {
  const newest = SQLITE_MIGRATIONS.length;
  const { version: engine } = versionOf();
  const file = fileAt(path, backupDir);
  const { real } = file;
  const lone = loneJournalFault(real);
  const lost: Verdict = lone === null ? WELL : { ...WELL, fault: lone, advice: loneJournalAdvice(file) };
  if (!existsSync(real)) return { engine, kind: "missing", schema: null, newest, bytes: 0, mode: null, ...lost };
  const stats = statSync(real);
  const known = { engine, newest, bytes: stats.size, mode: stats.mode & 0o777 };
  // A pipe would be waited for.
  if (!stats.isFile()) return { ...known, kind: "unknown", schema: null, ...WELL, fault: "it is not a file" };
  if (lone !== null) return { ...known, kind: "empty", schema: null, ...lost };
  const cutOff = cutOffFault(real);
  try {
    using db = openUntouched(real);
    return { ...known, ...look(db, file, cutOff) };
  } catch (error) {
    if (needsRecovery(error)) return { ...known, kind: "interrupted", schema: null, ...WELL };
    return { ...known, kind: "unknown", schema: null, ...unreadable(error, file, cutOff) };
  }
}

type Verdict = Pick<Inspection, "fault" | "advice" | "tokensUntil">;

const WELL: Verdict = { fault: null, advice: null, tokensUntil: null };
const NEVER_MS = Number.MAX_SAFE_INTEGER;
const TOKENS_UNTIL = `select max(ifnull(expires_ms, ${NEVER_MS})) as until from orchestrator_tokens`;
/** The first schema that has tokens. */
const WITH_TOKENS = 8;

function look(db: Database, file: DatabaseFile, cutOff: string | null): Pick<Inspection, "kind" | "schema"> & Verdict {
  const found = fileKind(db);
  const { kind } = found;
  const schema = found.kind === "ours" ? found.version : null;
  if (kind === "foreign") return { kind, schema, ...WELL, fault: "it belongs to another program" };
  const damage = cutOff ?? checkFile(db);
  if (damage !== null) return { kind, schema, ...WELL, fault: damage, advice: adviceFor(file) };
  if (schema === null) return { kind, schema, ...WELL };
  return { kind, schema, ...WELL, fault: historyFault(db, file.path), tokensUntil: tokensUntil(db, schema) };
}

function tokensUntil(db: Database, schema: number): number | null {
  if (schema < WITH_TOKENS) return null;
  const { until } = db.query<{ until: number | null }, []>(TOKENS_UNTIL).get()!;
  return until === NEVER_MS ? Number.POSITIVE_INFINITY : until;
}

/** SQLite gives up at the first page that it cannot read. */
function unreadable(error: unknown, file: DatabaseFile, cutOff: string | null): Verdict {
  const { message } = error as Error;
  if (!(storeError(error) instanceof StoreDamaged)) return { ...WELL, fault: message };
  const isDatabase = (error as SQLiteError).code !== "SQLITE_NOTADB";
  const fault = cutOff === null ? message : `${cutOff} (${message})`;
  return { ...WELL, fault, advice: isDatabase ? adviceFor(file) : null };
}

function adviceFor(file: DatabaseFile): string {
  return isStrangersLog(file.real) ? `without ${file.real}-wal it is well: move that away` : wayBack(file);
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
