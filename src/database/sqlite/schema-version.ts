import type { Database } from "bun:sqlite";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";

/** What a file is: empty, the ancestor's, ours with so many migrations, or a stranger's. */
export type FileKind =
  { readonly kind: "empty" | "ancestor" | "foreign" } | { readonly kind: "ours"; readonly version: number };

/** The columns by which the ancestor's tables are known. */
const ANCESTOR: Readonly<Record<string, readonly string[]>> = {
  orchestrator_agents: ["id", "name", "agent_type", "capabilities", "created_at", "updated_at"],
  agents: ["id", "orchestrator_agent_id", "session_id", "parent_agent_id", "status", "started_at", "cost_usd"],
  prompts: ["id", "agent_id", "prompt_type", "prompt_text", "response_text", "status", "created_at"],
  agent_logs: ["id", "agent_id", "log_level", "log_type", "message", "created_at"],
  system_logs: ["id", "log_level", "component", "message", "created_at"],
};

export function checksum(sql: string): string {
  return new Bun.CryptoHasher("sha256").update(sql).digest("hex");
}

/** Looks at a file without changing it. */
export function fileKind(db: Database): FileKind {
  const tables = new Set(
    db
      .query<{ name: string }, []>("select name from sqlite_master where name not like 'sqlite!_%' escape '!'")
      .all()
      .map((row) => row.name),
  );
  if (tables.has("orchestrator_migrations")) return { kind: "ours", version: recordedVersion(db) };
  if (tables.size === 0) return { kind: "empty" };
  return {
    kind: Object.entries(ANCESTOR).every(([table, columns]) => hasColumns(db, table, columns)) ? "ancestor" : "foreign",
  };
}

function hasColumns(db: Database, table: string, wanted: readonly string[]): boolean {
  const found = new Set(columnsOf(db, table));
  return wanted.every((column) => found.has(column));
}

/** Names of a table's columns that can be written, in order. */
export function columnsOf(db: Database, table: string): string[] {
  const query = db.query<{ name: string }, [string]>(
    "select name from pragma_table_xinfo(?) where hidden = 0 order by cid",
  );
  return query.all(table).map((row) => row.name);
}

/** The newest migration of a file. */
function recordedVersion(db: Database): number {
  const query = db.query<{ version: number }, []>(
    "select ifnull(max(version), 0) as version from orchestrator_migrations",
  );
  return query.get()!.version;
}

/** Refuses a file of a newer version, and one whose history is not ours. */
export function checkHistory(db: Database, path: string): void {
  const version = recordedVersion(db);
  if (version > SQLITE_MIGRATIONS.length) {
    throw new DatabaseUnusable(
      `${path} has schema ${version}, this program knows ${SQLITE_MIGRATIONS.length}: start a newer version of it`,
    );
  }
  const rows = db
    .query<{ version: number; checksum: string }, []>(
      "select version, checksum from orchestrator_migrations order by version",
    )
    .all();
  for (const row of rows) {
    const migration = SQLITE_MIGRATIONS[row.version - 1];
    if (migration === undefined || checksum(migration.sql) !== row.checksum) {
      throw new DatabaseUnusable(`${path} was migrated by another build: migration ${row.version} differs from ours`);
    }
  }
}
