import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import { query, testDatabase } from "#test/support/database.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { seededRandom } from "#test/support/random.ts";
import { randomStatement } from "#test/support/random-statements.ts";
import { changesAfter, fold, listedRows, sorted, withoutLostLogs } from "#test/support/reduce.ts";

const STATEMENTS = 400;

const ALL_LOST = { quietBefore: Number.MAX_SAFE_INTEGER, lostBefore: Number.MAX_SAFE_INTEGER, anew: false };
const ALL_QUIET = { ...ALL_LOST, lostBefore: null, anew: true };

/** The tables of the ancestor without a trigger of ours: what the same statements do there, they must do in our file. */
function bareTwin(): Database {
  const twin = new Database(":memory:");
  twin.run(SQLITE_MIGRATIONS[0]!.sql);
  return twin;
}

/** Runs a statement; what it throws as text, or null. */
function outcome(run: () => unknown): Promise<string | null> {
  return Promise.try(run).then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
}

const TABLES = ["orchestrator_agents", "agents", "prompts", "agent_logs", "system_logs", "ai_developer_workflows"];

/** Columns of the ancestor that are not filled with the present time. */
function comparable(twin: Database, table: string): string {
  return twin
    .query<{ name: string }, [string]>("select name from pragma_table_info(?)")
    .all(table)
    .map(({ name }) => `quote("${name}") as "${name}"`)
    .filter((column) => !/updated_at|created_at|started_at/.test(column))
    .join(", ");
}

test.each([
  { seed: 1, foreignKeys: "on", recursive: "off" },
  { seed: 2, foreignKeys: "on", recursive: "off" },
  { seed: 3, foreignKeys: "off", recursive: "off" },
  { seed: 4, foreignKeys: "on", recursive: "on" },
  { seed: 5, foreignKeys: "off", recursive: "on" },
] as const)(
  "whatever others write, the changes add up to the tables (seed $seed, foreign keys $foreignKeys, recursive triggers $recursive)",
  async ({ seed, foreignKeys, recursive }) => {
    const random = seededRandom(seed);
    using twin = bareTwin();
    await using opened = await testDatabase();
    await using other = await openForeignWriter(opened.path, foreignKeys);
    await other.run(`pragma recursive_triggers = ${recursive}`);
    await other.run("pragma synchronous = off");
    twin.run(`pragma foreign_keys = ${foreignKeys}`);

    for (let left = STATEMENTS; left > 0; left -= 1) {
      const statement = randomStatement(random);
      const here = await outcome(() => other.run(statement));
      expect({ statement, fails: here }).toEqual({ statement, fails: await outcome(() => twin.run(statement)) });
      // Whoever is alive falls silent now and then; what others do ends it.
      if (left % 5 === 0) await opened.db.silence.judge(left % 2 === 0 ? ALL_LOST : ALL_QUIET);
    }

    for (const table of TABLES) {
      const sql = `select ${comparable(twin, table)} from ${table} order by id`;
      expect(query(opened.path, sql)).toEqual(twin.query<Record<string, unknown>, []>(sql).all());
    }
    const changes = await changesAfter(opened.db, 0);
    expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, index) => index + 1));
    const table = await listedRows(opened.db);
    expect(sorted(withoutLostLogs(fold(new Map(), changes), table))).toEqual(sorted(table));
    expect(changes.length).toBeGreaterThan(STATEMENTS / 4);
  },
  30_000,
);

test("the ids that others give twice in one history are told once each", async () => {
  await using opened = await testDatabase();
  await using other = await openForeignWriter(opened.path, "off");
  const random = seededRandom(6);
  for (let left = 150; left > 0; left -= 1) await outcome(() => other.run(randomStatement(random)));
  const known = new Set<string>();
  for (const { entity, op, id } of await changesAfter(opened.db, 0)) {
    if (entity === "agent_log" || entity === "system_log") continue;
    const key = `${entity} ${id}`;
    // Created only when unknown; updated and deleted only when known.
    expect({ key, op, known: known.has(key) }).toEqual({ key, op, known: op !== "created" });
    if (op === "deleted") known.delete(key);
    else known.add(key);
  }
});
