import { Database, SQLiteError } from "bun:sqlite";
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Copied, CopyStep } from "#src/database/copies.ts";
import { StoreBusy, StoreFull } from "#src/database/manager.ts";
import { removePartial, syncPath } from "#src/database/partial.ts";
import { realPath } from "#src/database/real-path.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { freeBytes } from "#src/platform/free-space.ts";
import { megabytes } from "#src/platform/megabytes.ts";
import { openUri } from "./check.ts";
import { isAboutFull, isBusy, isDamage, isFailedWrite } from "./errors.ts";
import { checkHistory, fileKind } from "./schema-version.ts";

/** A lock of another process is waited for this long; reading a database in WAL mode waits for hardly any. */
const BUSY_MS = 10_000;
/** What a copy may take beyond the pages in use. */
const SPARE_BYTES = 1024 * 1024;
const MOST_FAULTS = 3;

const TABLES = `
  select name, exists (select 1 from sqlite_master v where v.sql like 'create virtual table%'
    and substr(t.name, 1, length(v.name) + 1) = v.name || '_') as of_index
  from sqlite_master t where type = 'table' and name not like 'sqlite!_%' escape '!'
    and sql not like 'create virtual table%' order by name`;
const SCHEMA =
  "select group_concat(type || ' ' || name, char(10)) as names from (select * from sqlite_master order by 1, 2)";
const PAGES = `
  select (page_count - freelist_count) * page_size as bytes
  from pragma_page_count, pragma_freelist_count, pragma_page_size`;
const ORPHANS = "select count(*) as count from pragma_foreign_key_check";
const COUNTERS =
  "select group_concat(name || ' ' || seq, char(10)) as counters from (select * from sqlite_sequence order by 1)";
const HEAD = "select max(seq) as head from sqlite_sequence where name = 'changes'";

/** What a copy and its source must have in common. */
type Inventory = Omit<Copied, "bytes"> & {
  /** Rows of what search indexes are kept in. */
  readonly indexes: Copied["tables"];
  readonly schemaNames: string;
  readonly counters: string;
};

/**
 * Copies what is committed in a database at one moment into `target` (mode 0600), whoever writes meanwhile, and compares
 * the two. It takes as long as reading and writing all of it: not for a server's own thread. Leaves nothing behind when it
 * fails. Throws `DatabaseUnusable`, `StoreFull` and `StoreBusy`, whose messages say what to do.
 *
 * @param source how to read it: `share` with whoever writes it, or as a file that nobody does (and beside which nothing is made)
 */
export function copySnapshot(
  { path: source, reading }: { readonly path: string; readonly reading: "share" | "immutable" },
  target: string,
  onStep: (step: CopyStep) => void,
): Copied {
  try {
    closeSync(openSync(target, "wx", 0o600));
    const open = () => openSharing(source, reading === "immutable");
    const expected = copyAndCount(open, target, onStep);
    onStep({ step: "checking" });
    compare(expected, lookAt(target), source);
    syncPath(target);
    const { schema, tables, orphans, headSeq } = expected;
    return { bytes: statSync(target).size, schema, tables, orphans, headSeq };
  } catch (error) {
    removePartial(target);
    throw copyError(error, source, dirname(target));
  }
}

/** `copySnapshot` of a database of ours; any other is refused. */
export function copySqlite(source: string, target: string, onStep: (step: CopyStep) => void): Copied {
  if (!existsSync(source)) throw new DatabaseUnusable(`there is no database at ${source}`);
  // A pipe would be waited for.
  if (!statSync(source).isFile()) throw new DatabaseUnusable(`${source} is not a file`);
  try {
    using db = openSharing(source, false);
    refuseOthers(db, source);
  } catch (error) {
    throw copyError(error, source, dirname(target));
  }
  return copySnapshot({ path: source, reading: "share" }, target, onStep);
}

function refuseOthers(db: Database, path: string): void {
  const file = fileKind(db);
  if (file.kind === "ours") return checkHistory(db, path);
  if (file.kind === "foreign") throw new DatabaseUnusable(`${path} belongs to another program; it was left as it is`);
  throw new DatabaseUnusable(
    file.kind === "empty"
      ? `${path} is empty: there is nothing to back up`
      : `${path} was not adopted yet: start the server on it once, which makes a copy beside it`,
  );
}

/**
 * VACUUM runs in no transaction, so another connection holds the moment: both share one cache, and with it what they see
 * of the file. What the second counts is what the first has copied, whatever is committed meanwhile.
 */
function copyAndCount(open: () => Database, target: string, onStep: (step: CopyStep) => void): Inventory {
  using holder = open();
  using copier = open();
  holder.run("begin");
  // The moment is that of the first read.
  holder.query("select 1 from sqlite_master").get();
  const { bytes } = holder.query<{ bytes: number }, []>(PAGES).get()!;
  refuseWithoutRoom(bytes, dirname(target));
  onStep({ step: "copying", bytes });
  copier.run("vacuum into ?", [target]);
  const found = inventory(holder);
  holder.run("commit");
  return found;
}

function openSharing(path: string, isImmutable: boolean): Database {
  const db = openUri(realPath(path), `mode=ro&cache=shared${isImmutable ? "&immutable=1" : ""}`);
  db.run(`pragma busy_timeout = ${BUSY_MS}`);
  return db;
}

function refuseWithoutRoom(bytes: number, folder: string): void {
  const free = freeBytes(folder);
  if (free !== null && free < bytes + SPARE_BYTES) {
    throw new StoreFull(
      `no room in ${folder}: about ${megabytes(bytes + SPARE_BYTES)} are needed, ${megabytes(free)} are free`,
    );
  }
}

/** The whole of a copy that nobody else has open. What goes wrong here is no fault of its source. */
function lookAt(path: string): Inventory {
  const failed = (fault: string, cause?: unknown) =>
    new DatabaseUnusable(`the copy in ${dirname(path)} is damaged, its disk may be failing: ${fault}`, { cause });
  try {
    using db = new Database(path, { readonly: true });
    const fault = integrityFault(db);
    if (fault !== null) throw failed(fault);
    return inventory(db);
  } catch (error) {
    throw error instanceof SQLiteError ? failed(error.message, error) : error;
  }
}

/** What the check of a file says; null when it passes. */
export function integrityFault(db: Database): string | null {
  const rows = db.query<{ integrity_check: string }, []>(`pragma integrity_check(${MOST_FAULTS})`).all();
  const faults = rows.flatMap((row) => row.integrity_check.split("\n")).filter((fault) => fault !== "ok");
  return faults.length === 0 ? null : faults.join("; ");
}

function inventory(db: Database): Inventory {
  const tables = db.query<{ name: string; of_index: number }, []>(TABLES).all();
  const count = (name: string) =>
    db.query<{ count: number }, []>(`select count(*) as count from "${name.replaceAll('"', '""')}"`).get()!.count;
  const counts = (ofIndex: number) =>
    Object.fromEntries(tables.filter((table) => table.of_index === ofIndex).map(({ name }) => [name, count(name)]));
  const file = fileKind(db);
  const hasCounters = db.query("select 1 from sqlite_master where name = 'sqlite_sequence'").get() !== null;
  return {
    schema: file.kind === "ours" ? file.version : 0,
    tables: counts(0),
    indexes: counts(1),
    orphans: db.query<{ count: number }, []>(ORPHANS).get()!.count,
    headSeq: hasCounters ? db.query<{ head: number | null }, []>(HEAD).get()!.head : null,
    schemaNames: db.query<{ names: string }, []>(SCHEMA).get()!.names,
    counters: hasCounters ? (db.query<{ counters: string }, []>(COUNTERS).get()!.counters ?? "") : "",
  };
}

function compare(expected: Inventory, found: Inventory, source: string): void {
  const fail = (what: string): never => {
    throw new DatabaseUnusable(
      `the copy of ${source} is not what it was made from (${what}): look with \`orchestrator doctor\``,
    );
  };
  const there = { ...found.tables, ...found.indexes };
  for (const [table, rows] of Object.entries({ ...expected.tables, ...expected.indexes })) {
    if (there[table] !== rows) fail(`${table} has ${rows} rows there, ${there[table] ?? "none"} in the copy`);
  }
  if (found.schemaNames !== expected.schemaNames) fail("its schema");
  if (found.counters !== expected.counters) fail("its counters");
  if (found.orphans !== expected.orphans) fail("its foreign keys");
}

/** The engine's error in words that say what to do. */
function copyError(error: unknown, source: string, folder: string): unknown {
  if (isBusy(error)) return new StoreBusy(`another program keeps ${source} locked; try again`, { cause: error });
  if (!(error instanceof SQLiteError)) return systemError(error, folder);
  const code = error.code ?? "";
  // Its source is only read.
  if (code === "SQLITE_FULL" || isFailedWrite(error)) {
    return new StoreFull(`no room left in ${folder} (${whyNoRoom(error, folder)}): nothing was left there`, {
      cause: error,
    });
  }
  if (/^SQLITE_READONLY_(RECOVERY|ROLLBACK|CANTLOCK)/.test(code)) {
    return new DatabaseUnusable(`a program that wrote ${source} was cut off: start the server on it once`, {
      cause: error,
    });
  }
  const advice = isDamage(error) ? "; look with `orchestrator doctor`, and restore an older backup" : "";
  return new DatabaseUnusable(`${source} cannot be copied: ${error.message}${advice}`, { cause: error });
}

function whyNoRoom({ code, message }: SQLiteError, folder: string): string {
  if (code === "SQLITE_FULL" || isAboutFull(folder)) return message;
  const free = freeBytes(folder);
  return `${message}${free === null ? "" : `, with ${megabytes(free)} free`}: a quota, or a disk that fails`;
}

function systemError(error: unknown, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return new StoreFull(`no room left in ${folder}: nothing was left there`);
  return code === undefined ? error : new DatabaseUnusable(`cannot write in ${folder}: ${message}`, { cause: error });
}
