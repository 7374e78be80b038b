import { Database } from "bun:sqlite";
import { setImmediate as nextTick } from "node:timers/promises";
import type { RetentionPolicy } from "#src/domain/storage.ts";
import { toTimestamp } from "#src/domain/timestamp.ts";
import type { RetentionDeps } from "#src/upkeep/retention.ts";
import { aDefinition, anAgent } from "#test/contract/rows.ts";
import { START } from "#test/support/clock.ts";
import { query, script, testDatabase, type TestDatabase } from "#test/support/database.ts";

export const DAY = 24 * 60 * 60 * 1000;

/** A store under retention since long ago, with a definition; its clock stands at START. */
export async function oldDatabase() {
  const on = await testDatabase();
  setSince(on.path, START - 1000 * DAY);
  await on.db.orchestratorAgents.insert(aDefinition());
  return on;
}

export const ago = (days: number) => toTimestamp(START - days * DAY);

export const ended = (id: string, days: number, fields: object = {}) =>
  anAgent({
    id,
    status: "completed",
    started_at: ago(days + 1),
    completed_at: ago(days),
    updated_at: ago(days),
    ...fields,
  });

/** A policy that keeps everything but what is told. */
export const policy = (keep: Partial<RetentionPolicy> = {}): RetentionPolicy => ({
  days: 0,
  runDays: 0,
  changesKeep: 1_000_000,
  maxDatabaseMb: 0,
  ...keep,
});

/** What a purge needs, with pauses that take no time. */
export function purging(on: Pick<TestDatabase, "db" | "clock">, keep: Partial<RetentionPolicy>): RetentionDeps {
  return { db: on.db, clock: on.clock, policy: policy(keep), wait: () => nextTick() };
}

/** Sets when the file came under retention. */
export function setSince(path: string, millis: number): void {
  script(path, `update orchestrator_meta set value = '${millis}' where key = 'retention_since'`);
}

/** How far the text index has read the feed; null when there is none. */
export function setTextSeq(path: string, seq: number | null): void {
  script(path, "delete from orchestrator_meta where key = 'text_seq'");
  if (seq !== null) script(path, `insert into orchestrator_meta (key, value) values ('text_seq', '${seq}')`);
}

export function count(path: string, table: string): number {
  return query(path, `select count(*) as n from ${table}`)[0]!["n"] as number;
}

const TOTALS = {
  sessions: ["session_id"],
  definition_days: ["definition_id", "day"],
  model_days: ["day", "model"],
} as const;

/** Columns that are added up; activity times are not. */
function sumsOf(db: Database, table: string, key: readonly string[]): string[] {
  const columns = db.query<{ name: string }, []>(`select name from pragma_table_info('${table}')`).all();
  return columns.map(({ name }) => name).filter((name) => !key.includes(name) && !name.endsWith("_ms"));
}

type Totals = Record<string, unknown[]>;

/** Totals by key, without those in which all is zero: `kept`, what the rows add up to, `purged`, and kept + purged. */
export function totals(path: string): { kept: Totals; rebuilt: Totals; purged: Totals; total: Totals } {
  using db = new Database(path, { readonly: true });
  const read = (tables: (name: string) => readonly string[]) =>
    Object.fromEntries(
      Object.entries(TOTALS).map(([name, key]) => {
        const sums = sumsOf(db, `orchestrator_purged_${name}`, key);
        const parts = tables(name).map((table) => `select ${[...key, ...sums].join(", ")} from ${table}`);
        const keys = key.join(", ");
        const sql = `select ${keys}, ${sums.map((column) => `sum(${column}) as ${column}`).join(", ")}
          from (${parts.join(" union all ")}) group by ${keys} order by ${keys}`;
        const rows = db.query<Record<string, unknown>, []>(sql).all();
        return [name, rows.filter((row) => sums.some((column) => row[column] !== 0))];
      }),
    );
  return {
    kept: read((name) => [`orchestrator_${name}`]),
    rebuilt: read((name) => [`orchestrator_${name}_now`]),
    purged: read((name) => [`orchestrator_purged_${name}`]),
    total: read((name) => [`orchestrator_${name}`, `orchestrator_purged_${name}`]),
  };
}
