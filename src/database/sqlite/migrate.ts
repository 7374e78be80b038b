import type { Database } from "bun:sqlite";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { Clock } from "#src/platform/clock.ts";
import type { Log } from "#src/platform/log.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { takeTriggersAway, widenChecks } from "./adopt.ts";
import { type Backup, copyDatabase } from "./backup.ts";
import { checkHistory, checksum, columnsOf, fileKind } from "./schema-version.ts";

type Migration = (typeof SQLITE_MIGRATIONS)[number];

export type MigrateDeps = {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** A prefix of the migrations is a file of an older version. */
  readonly migrations?: readonly Migration[];
};

/**
 * Brings a file to the newest schema, or refuses it untouched (`DatabaseUnusable`). All of it happens in one
 * transaction under the write lock, so a kill leaves the old file or the new one, and of two starters one migrates.
 */
export function migrate(db: Database, deps: MigrateDeps): void {
  const migrations = deps.migrations ?? SQLITE_MIGRATIONS;
  if (appliedVersion(db, deps.path) >= migrations.length) return;
  // Inside a transaction this pragma is ignored, and a DROP would cascade.
  db.run("pragma foreign_keys = off");
  try {
    db.run("begin immediate");
    try {
      const migrated = migrateLocked(db, migrations, deps);
      db.run("commit");
      logStep(deps, "committed");
      if (migrated !== null) deps.log.info("database migrated", { path: deps.path, ...migrated });
    } catch (error) {
      if (db.inTransaction) db.run("rollback");
      throw error;
    }
  } finally {
    db.run("pragma foreign_keys = on");
  }
}

/** Tables of ours that hold rows even when nobody has stored anything. */
const OUR_HELPERS = new Set([
  "orchestrator_migrations",
  "orchestrator_meta",
  "orchestrator_replaced",
  "orchestrator_counts",
]);

/** Tables of ours that a migration may fill further, from rows that are there. */
const FILLED = new Set(["orchestrator_migrations", "orchestrator_meta", "orchestrator_sessions"]);

/** How many migrations a file has; 0 for an empty one and for the ancestor's. */
function appliedVersion(db: Database, path: string): number {
  const file = fileKind(db);
  if (file.kind === "foreign") {
    throw new DatabaseUnusable(`${path} is neither ours nor the ancestor's database; it was left as it is`);
  }
  if (file.kind !== "ours") return 0;
  checkHistory(db, path);
  return file.version;
}

/** What was migrated, for the log; null for a file that is new or was migrated meanwhile. */
type Migrated = { readonly from: number; readonly to: number; readonly backup: string | null } | null;

function migrateLocked(db: Database, migrations: readonly Migration[], deps: MigrateDeps): Migrated {
  const applied = appliedVersion(db, deps.path);
  if (applied >= migrations.length) return null;
  const before = inventory(db);
  const holdsData = Object.entries(before.counts).some(([table, count]) => count > 0 && !OUR_HELPERS.has(table));
  logStep(deps, "locked");
  const backup = holdsData ? copyDatabase(deps.path, applied, deps.clock()) : null;
  try {
    if (backup !== null) logStep(deps, "copied");
    return apply(db, migrations, applied, before, backup, deps);
  } catch (error) {
    backup?.discard();
    throw error;
  }
}

function logStep({ log, path }: MigrateDeps, name: string): void {
  log.debug(`migration: ${name}`, { path });
}

function apply(
  db: Database,
  migrations: readonly Migration[],
  applied: number,
  before: Inventory,
  backup: Backup | null,
  deps: MigrateDeps,
): Migrated {
  const { kind } = fileKind(db);
  const putTriggersBack = takeTriggersAway(db);
  if (kind === "ancestor") {
    widenChecks(db);
    logStep(deps, "widened");
  }
  db.run(
    "create table if not exists orchestrator_migrations (version integer primary key, name text not null, checksum text not null, applied_at text not null)",
  );
  for (const [index, migration] of migrations.entries()) {
    if (index < applied) continue;
    db.run(missingColumnsOnly(db, migration.sql));
    const appliedAt = new Date(deps.clock()).toISOString();
    db.run("insert into orchestrator_migrations values (?, ?, ?, ?)", [
      index + 1,
      migration.name,
      checksum(migration.sql),
      appliedAt,
    ]);
    logStep(deps, migration.name);
  }
  putTriggersBack();
  verify(db, before, deps.path, kind === "ancestor");
  logStep(deps, "verified");
  const kept = backup?.keep() ?? null;
  return kind === "empty" ? null : { from: applied, to: migrations.length, backup: kept };
}

/** A column that somebody added under the name of ours is taken as it is. */
function missingColumnsOnly(db: Database, sql: string): string {
  return sql.replace(/^alter table (\w+) add column (\w+) .*$/gm, (statement, table: string, column: string) =>
    columnsOf(db, table).includes(column) ? "" : statement,
  );
}

type Inventory = {
  readonly counts: Record<string, number>;
  readonly names: string[];
  readonly orphans: number;
  readonly counters: string;
};

/** What must not get less: rows by table, names of everything in the schema, AUTOINCREMENT counters. */
function inventory(db: Database): Inventory {
  const objects = db
    .query<{ type: string; name: string }, []>(
      "select type, name from sqlite_master where name not like 'sqlite!_%' escape '!'",
    )
    .all();
  const tables = objects.filter(({ type }) => type === "table").map(({ name }) => name);
  const count = (table: string) =>
    db.query<{ count: number }, []>(`select count(*) as count from "${table.replaceAll('"', '""')}"`).get()!.count;
  return {
    counts: Object.fromEntries(tables.map((table) => [table, count(table)])),
    names: objects.map(({ type, name }) => `${type} ${name}`),
    orphans: db.query("pragma foreign_key_check").all().length,
    counters: counters(db, tables),
  };
}

function counters(db: Database, tables: readonly string[]): string {
  const exists = db.query("select 1 from sqlite_master where name = 'sqlite_sequence'").get() !== null;
  if (!exists) return "[]";
  const rows = db.query<{ name: string }, []>("select name, seq from sqlite_sequence order by name").all();
  return JSON.stringify(rows.filter(({ name }) => tables.includes(name)));
}

function verify(db: Database, before: Inventory, path: string, adopted: boolean): void {
  const fail = (what: string) => {
    throw new DatabaseUnusable(`${path} could not be migrated and was left as it is: ${what}`);
  };
  const after = inventory(db);
  for (const [table, count] of Object.entries(before.counts)) {
    const now = after.counts[table] ?? 0;
    if (FILLED.has(table) ? now < count : now !== count) fail(`rows of ${table} would change`);
  }
  const missing = adopted ? before.names.filter((name) => !after.names.includes(name)) : [];
  if (missing.length > 0) fail(`it would lose ${missing.join(", ")}`);
  if (after.orphans > before.orphans) fail("foreign keys would break");
  if (counters(db, Object.keys(before.counts)) !== before.counters) fail("counters would change");
  const check = db.query<{ integrity_check: string }, []>("pragma integrity_check(1)").get()!.integrity_check;
  if (check !== "ok") fail(`its integrity check says: ${check}`);
}
