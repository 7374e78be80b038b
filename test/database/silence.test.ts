import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import type { DatabaseManager } from "#src/database/manager.ts";
import { migrate } from "#src/database/sqlite/migrate.ts";
import { query, script, testDatabase, type TestDatabase } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { type ForeignWriter, openForeignWriter } from "#test/support/foreign-writer.ts";
import { memoryLog } from "#test/support/log.ts";
import { changesAfter } from "#test/support/reduce.ts";

const DAY = 24 * 60 * 60 * 1000;
const AGENT = `insert into orchestrator_agents (id, name, agent_type) values ('d', 'd', 'builder');
  insert into agents (id, orchestrator_agent_id, session_id, status, started_at)
    values ('a', 'd', 's', 'executing', '2020-01-01 10:00:00'), ('b', 'd', 's', 'executing', '2020-01-01 10:00:00');
  insert into prompts (id, agent_id, prompt_type, prompt_text, response_text) values ('p', 'a', 'adw', 'x', 'y')`;

type Opened = AsyncDisposable & { readonly on: TestDatabase; readonly other: ForeignWriter };

async function opened(recursive: "on" | "off" = "off"): Promise<Opened> {
  const on = await testDatabase();
  const other = await openForeignWriter(on.path);
  await other.run(`pragma recursive_triggers = ${recursive}`);
  for (const sql of AGENT.split(";")) await other.run(sql);
  return {
    on,
    other,
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await on[Symbol.asyncDispose]();
    },
  };
}

const everybody = { quietBefore: Number.MAX_SAFE_INTEGER, lostBefore: null, anew: false };

async function told(db: DatabaseManager, run: () => Promise<unknown>): Promise<string[]> {
  const { headSeq } = await db.changes.state();
  await run();
  return (await changesAfter(db, headSeq)).map(({ entity, op, id, data }) => {
    const isQuiet = entity === "agent" && data?.["quiet_since"] !== null;
    return `${entity}.${op} ${id}${isQuiet ? " quiet" : ""}`;
  });
}

const lastActivity = (on: TestDatabase) =>
  query(on.path, "select last_activity_ms as ms from agents where id = 'a'")[0]!["ms"] as number;
const setLast = (on: TestDatabase, ms: number) =>
  script(on.path, `update agents set last_activity_ms = ${ms} where id = 'a'`);

const LOG = "insert into agent_logs (agent_id, log_type, message, created_at) values ('a', 'error', 'x', '2020-01-01')";

const ENDS: readonly { readonly sql: string; readonly quiet: string[]; readonly awake: string[] }[] = [
  { sql: LOG, quiet: ["agent.updated a", "agent_log.created 1"], awake: ["agent_log.created 1"] },
  {
    sql: "update agents set status = 'planning' where id = 'a'",
    quiet: ["agent.updated a"],
    awake: ["agent.updated a"],
  },
  {
    sql: "update agents set status = 'waiting' where id = 'a'",
    quiet: ["agent.updated a"],
    awake: ["agent.updated a"],
  },
  {
    sql: "update agents set status = 'failed', cost_usd = 2 where id = 'a'",
    quiet: ["agent.updated a"],
    awake: ["agent.updated a"],
  },
  { sql: "update agents set session_id = 's2' where id = 'a'", quiet: ["agent.updated a"], awake: ["agent.updated a"] },
  {
    sql: "insert into prompts (id, agent_id, prompt_type, prompt_text, created_at) values ('q', 'a', 'adw', 'x', '2020-01-01')",
    quiet: ["agent.updated a", "prompt.created q"],
    awake: ["prompt.created q"],
  },
  {
    sql: "update prompts set latency_ms = 5 where id = 'p'",
    quiet: ["agent.updated a", "prompt.updated p"],
    awake: ["prompt.updated p"],
  },
];

describe("what other programs write ends silence, with one change of the agent", () => {
  const CASES = ENDS.flatMap((end) => (["off", "on"] as const).map((recursive) => ({ ...end, recursive })));
  test.each(CASES)("recursive triggers $recursive: $sql", async ({ sql, quiet, recursive }) => {
    await using store = await opened(recursive);
    const { on, other } = store;
    const { db } = on;
    expect(await told(db, () => db.silence.judge(everybody))).toEqual([
      "agent.updated a quiet",
      "agent.updated b quiet",
    ]);
    expect(await told(db, () => other.run(sql))).toEqual(quiet);
    expect((await db.agents.get("b")).value!.quiet_since).not.toBeNull();
    expect((await db.agents.get("a")).value).toMatchObject({ quiet_since: null, lost: false });
  });

  test("so does a row that takes its place", async () => {
    await using store = await opened();
    const { db } = store.on;
    await db.silence.judge(everybody);
    const replace = "insert or replace into agents (id, orchestrator_agent_id, session_id) values ('a', 'd', 's')";
    expect(await told(db, () => store.other.run(replace))).toContain("agent.updated a");
    expect((await db.agents.get("a")).value).toMatchObject({ quiet_since: null, lost: false });
  });

  test.each(CASES)("awake, recursive triggers $recursive: $sql", async ({ sql, awake, recursive }) => {
    await using store = await opened(recursive);
    const { on, other } = store;
    expect(await told(on.db, () => other.run(sql))).toEqual(awake);
  });
});

describe("when an agent was last active", () => {
  test("is when it was written, whatever time the writer gives", async () => {
    await using store = await opened();
    setLast(store.on, 1);
    const before = Date.now() - 1;
    await store.other.run(LOG);
    expect(lastActivity(store.on)).toBeGreaterThanOrEqual(before);
    setLast(store.on, 1);
    await store.other.run(LOG.replace("2020", "2199"));
    expect(lastActivity(store.on)).toBeLessThanOrEqual(Date.now() + 1);
  });

  test("moves back only from more than a day ahead", async () => {
    await using store = await opened();
    const ahead = Date.now() + DAY / 2;
    setLast(store.on, ahead);
    await store.other.run(LOG);
    await store.other.run("update agents set name = 'x' where id = 'a'");
    expect(lastActivity(store.on)).toBe(ahead);
    for (const sql of [LOG, "update agents set name = 'y' where id = 'a'"]) {
      setLast(store.on, ahead + DAY);
      await store.other.run(sql);
      expect(lastActivity(store.on)).toBeLessThan(ahead);
    }
  });

  test("is not when retention takes away an answer, nor when a row is deleted", async () => {
    await using store = await opened();
    setLast(store.on, 1);
    await store.other.run("update prompts set response_text = null where id = 'p'");
    await store.other.run("delete from prompts where id = 'p'");
    expect(lastActivity(store.on)).toBe(1);
  });

  test("does not count a copied row that says it is quiet, when its status says otherwise", async () => {
    await using store = await opened();
    await store.other.run("update agents set silence = 2, status = 'completed' where id = 'a'");
    script(store.on.path, "update agents set silence = 2 where id = 'a'");
    expect((await store.on.db.agents.get("a")).value).toMatchObject({ quiet_since: null, lost: false });
    expect((await store.on.db.sessions.get("s", 1)).value!.session.agents).toMatchObject({ quiet: 0, lost: 0 });
  });

  test("is what can be known of rows that were here before", () => {
    using folder = testFolder();
    const path = folder.file("old.db");
    const deps = { path, clock: Date.now, log: memoryLog() };
    using db = new Database(path, { create: true });
    migrate(db, { ...deps, migrations: SQLITE_MIGRATIONS.slice(0, 8) });
    for (const sql of AGENT.split(";")) db.run(sql);
    db.run("insert into agents (id, orchestrator_agent_id, session_id, started_at) values ('c', 'd', 's', 'rubbish')");
    db.run("update agents set updated_ms = 5 where id = 'b'");
    db.run("update agents set updated_ms = -9007199254740991 where id = 'c'");
    db.run(`update agents set updated_ms = ${Date.now() + DAY} where id = 'a'`);
    db.run(
      "insert into agent_logs (agent_id, log_type, message, created_at) values ('b', 'error', 'x', '1970-01-01T00:00:07')",
    );
    migrate(db, deps);
    const rows = db.query<{ id: string; ms: number; silence: number }, []>(
      "select id, last_activity_ms as ms, silence from agents order by id",
    );
    const [a, b, c] = rows.all();
    expect(b).toEqual({ id: "b", ms: 7_000, silence: 0 });
    for (const row of [a!, c!]) expect(Math.abs(row.ms - Date.now())).toBeLessThan(DAY / 2);
  });
});
