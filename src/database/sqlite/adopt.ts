import type { Database } from "bun:sqlite";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { columnsOf } from "./schema-version.ts";

/** The CHECKs of the ancestor that are too narrow for us, and what stands in their place (as in migration 0001). */
const WIDER: readonly { readonly table: string; readonly column: string; readonly check: string }[] = [
  { table: "orchestrator_agents", column: "agent_type", check: "CHECK (length(agent_type) > 0)" },
  {
    table: "agents",
    column: "status",
    check:
      "CHECK (status IN ('pending', 'initializing', 'idle', 'planning', 'executing', 'reviewing', 'waiting', 'completed', 'failed', 'cancelled'))",
  },
];

/**
 * Widens the CHECKs of a file of the ancestor, inside the caller's transaction with `foreign_keys` off. A CHECK can only
 * be changed by rebuilding its table (SQLite's own twelve steps); the table's text is kept but for that CHECK, so
 * columns, indexes and triggers that somebody added survive.
 */
export function widenChecks(db: Database): void {
  db.run("pragma legacy_alter_table = on");
  try {
    for (const { table, column, check } of WIDER) rebuild(db, table, (sql) => widened(sql, table, column, check));
  } finally {
    db.run("pragma legacy_alter_table = off");
  }
}

/**
 * Drops the triggers that are not ours, inside the caller's transaction: what a migration fills in is no news to them (the
 * ancestor's own would set every `updated_at` to now). Returns what puts them back, but for names that have been taken since.
 */
export function takeTriggersAway(db: Database): () => void {
  const triggers = () =>
    db
      .query<{ name: string; sql: string }, []>(
        "select name, sql from sqlite_master where type = 'trigger' and name not like 'feed!_%' escape '!' order by rowid",
      )
      .all();
  const away = triggers();
  for (const { name } of away) db.run(`drop trigger "${name.replaceAll('"', '""')}"`);
  return () => {
    const taken = new Set(triggers().map(({ name }) => name));
    for (const { name, sql } of away) if (!taken.has(name)) db.run(sql);
  };
}

function widened(sql: string, table: string, column: string, check: string): string {
  const quoted = `["'\`[]?${column}["'\`\\]]?`;
  const narrow = new RegExp(`CHECK\\s*\\(\\s*${quoted}\\s+IN\\s*\\([^()]*\\)\\s*\\)`, "gi");
  const result = sql.replace(narrow, () => check);
  if (result === sql && new RegExp(`CHECK\\s*\\([^)]*${column}`, "i").test(sql)) {
    throw new DatabaseUnusable(
      `the CHECK on ${table}.${column} is not the ancestor's and cannot be widened; nothing was changed`,
    );
  }
  return result;
}

type Dependent = { readonly sql: string };

function rebuild(db: Database, table: string, change: (sql: string) => string): void {
  const { sql } = db
    .query<Dependent, [string]>("select sql from sqlite_master where type = 'table' and name = ?")
    .get(table)!;
  const dependents = db
    .query<Dependent, [string]>(
      "select sql from sqlite_master where tbl_name = ? and type in ('index', 'trigger') and sql is not null order by rowid",
    )
    .all(table);
  const columns = columnsOf(db, table)
    .map((name) => `"${name.replaceAll('"', '""')}"`)
    .join(", ");
  const copy = `${table}_widened`;
  db.run(
    change(sql).replace(/^CREATE\s+TABLE\s+(?:"[^"]*"|\[[^\]]*\]|`[^`]*`|'[^']*'|[^\s(]+)/i, `CREATE TABLE "${copy}"`),
  );
  db.run(`insert into "${copy}" (${columns}) select ${columns} from "${table}" order by rowid`);
  db.run(`drop table "${table}"`);
  db.run(`alter table "${copy}" rename to "${table}"`);
  for (const dependent of dependents) db.run(dependent.sql);
}
