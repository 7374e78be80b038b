import { type Database, SQLiteError } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import type { Rebuilt } from "#src/database/rebuilt.ts";
import { openWriter } from "./connection.ts";
import { storeError } from "./errors.ts";
import { checkHistory, fileKind } from "./schema-version.ts";

/** A lock of another process is waited for this long. */
const BUSY_MS = 10_000;

const SUMS = `agents, pending, initializing, idle, planning, executing, reviewing, waiting, completed, failed, cancelled,
  prompts, tokens_input, tokens_output, nano`;

/** The kept tables, their keys and numbers; beside each stands a view `…_now` of what its rows add up to. */
const KEPT: readonly { readonly table: string; readonly key: string; readonly numbers: string }[] = [
  { table: "orchestrator_sessions", key: "session_id", numbers: SUMS },
  { table: "orchestrator_definition_days", key: "definition_id, day", numbers: SUMS },
  { table: "orchestrator_agent_models", key: "agent_id, model, day", numbers: "prompts" },
  {
    table: "orchestrator_model_days",
    key: "day, model",
    numbers: "agents, prompts, tokens_input, tokens_output, nano",
  },
  { table: "orchestrator_counts", key: "name", numbers: "rows" },
];

/** Keys under which something else is kept than the rows add up to. A total that came back to nothing may have its row. */
function wrongSql({ table, key, numbers }: (typeof KEPT)[number]): string {
  const something = numbers
    .split(",")
    .map((column) => `${column.trim()} <> 0`)
    .join(" or ");
  const [kept, now] = [table, `${table}_now`].map(
    (from) => `select ${key}, ${numbers} from ${from} where ${something}`,
  );
  return `select count(*) as count from (
    select ${key} from (${kept} except ${now}) union select ${key} from (${now} except ${kept}))`;
}

const WRONG_PROMPTS = `select count(*) as count from orchestrator_prompts_nano_now n cross join agents a on a.rowid = n.agent_row
  where a.prompts_nano <> n.nano`;
const PROMPTS_NANO = `update agents set prompts_nano = n.nano from orchestrator_prompts_nano_now n
  where n.agent_row = agents.rowid and agents.prompts_nano <> n.nano`;

/** A session that was lost is active when its agents and prompts were. */
const LOST_SESSIONS = `insert into orchestrator_sessions (session_id, first_ms, last_ms)
  select cast(session_id as text), min(first_ms), max(last_ms) from (
    select session_id, started_ms as first_ms, max(started_ms, updated_ms) as last_ms from agents
    union all select session_id, created_ms, created_ms from prompts
  ) where session_id is not null and cast(session_id as text) not in (select session_id from orchestrator_sessions) group by 1`;

/** Sessions keep their times of activity, which only move forward. */
const SESSIONS = `insert into orchestrator_sessions (session_id, first_ms, last_ms, ${SUMS})
  select session_id, 0, 0, ${SUMS} from orchestrator_sessions_now where true
  on conflict (session_id) do update set ${SUMS.split(",")
    .map((name) => name.trim())
    .map((name) => `${name} = excluded.${name}`)
    .join(", ")}`;
const NO_SESSIONS = `update orchestrator_sessions set ${SUMS.split(",")
  .map((name) => `${name.trim()} = 0`)
  .join(", ")} where session_id not in (select session_id from orchestrator_sessions_now)`;

/**
 * Fills the kept totals anew from the rows, in one transaction; what retention has removed is kept beside them and
 * stays. A server may run on the file: its writes wait meanwhile, and are refused when that takes too long. Throws `StoreBusy` when another process keeps its lock
 * for `busyMs`, `StoreFull`, and `DatabaseUnusable` for a file that is not there, or not of this schema.
 */
export function rebuildTotals(path: string, busyMs = BUSY_MS): Rebuilt {
  if (!existsSync(path)) throw new DatabaseUnusable(`there is no database at ${path}`);
  // A pipe would be waited for.
  if (!statSync(path).isFile()) throw new DatabaseUnusable(`${path} is not a file`);
  let db: Database | undefined;
  try {
    db = openWriter(path, busyMs);
    refuseOthers(db, path);
    db.run("begin immediate");
    try {
      const rebuilt = rebuild(db);
      db.run("commit");
      return rebuilt;
    } catch (error) {
      if (db.inTransaction) db.run("rollback");
      throw error;
    }
  } catch (error) {
    throw rebuildError(error, path);
  } finally {
    db?.close();
  }
}

function rebuildError(error: unknown, path: string): unknown {
  const known = storeError(error);
  if (!(known instanceof SQLiteError)) return known;
  return new DatabaseUnusable(`cannot use the database ${path}: ${known.message}`, { cause: known });
}

function refuseOthers(db: Database, path: string): void {
  const file = fileKind(db);
  if (file.kind === "foreign") throw new DatabaseUnusable(`${path} belongs to another program; it was left as it is`);
  if (file.kind === "ours") checkHistory(db, path);
  if (file.kind !== "ours" || file.version < SQLITE_MIGRATIONS.length) {
    throw new DatabaseUnusable(`${path} is not of this program's schema: start the server on it once`);
  }
}

/** How many kept totals are not what the rows add up to. */
export function wrongTotals(db: Database): number {
  return KEPT.reduce((sum, kept) => sum + count(db, wrongSql(kept)), count(db, WRONG_PROMPTS));
}

function rebuild(db: Database): Rebuilt {
  const wrong = wrongTotals(db);
  db.run(PROMPTS_NANO);
  db.run(LOST_SESSIONS);
  db.run(SESSIONS);
  db.run(NO_SESSIONS);
  for (const { table, key, numbers } of KEPT.slice(1)) {
    db.run(`delete from ${table}`);
    db.run(`insert into ${table} (${key}, ${numbers}) select ${key}, ${numbers} from ${table}_now`);
  }
  return {
    wrong,
    totals: KEPT.reduce((sum, { table }) => sum + count(db, `select count(*) as count from ${table}`), 0),
  };
}

function count(db: Database, sql: string): number {
  return db.query<{ count: number }, []>(sql).get()!.count;
}
