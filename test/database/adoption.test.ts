import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { staleReason } from "#src/domain/change.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { openOnce, query, script, storedRows, testDatabase } from "#test/support/database.ts";
import { copyFixture, FIXTURES, type TestFolder, testFolder } from "#test/support/folder.ts";
import { changesAfter, listedRows } from "#test/support/reduce.ts";
import { schemaObjects } from "#test/support/schema.ts";

/** A copy of a fixture that a test has changed before it is opened. */
function changedFixture(folder: TestFolder, sql = ""): string {
  const path = copyFixture(folder, "tac-0.9.0-orchestrator.db");
  if (sql !== "") script(path, sql);
  return path;
}

describe.each(FIXTURES)("%s", (fixture) => {
  test("invariant 7: keeps every row and every value of every table", async () => {
    using folder = testFolder();
    const path = copyFixture(folder, fixture);
    const before = storedRows(path);
    const counters = query(path, "select name, seq from sqlite_sequence order by name");
    await openOnce(path);
    const after = storedRows(path);
    for (const [table, rows] of Object.entries(before)) {
      expect(after[table]).toHaveLength(rows.length);
      expect(after[table]).toMatchObject(rows);
    }
    expect(
      query(
        path,
        "select name, seq from sqlite_sequence where name not in ('changes', 'orchestrator_budgets') order by name",
      ),
    ).toEqual(counters);
    expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(query(path, "pragma foreign_key_check")).toEqual([]);
  });

  test("starts its feed at 2, so that after=0 is stale", async () => {
    using folder = testFolder();
    await using opened = await testDatabase(copyFixture(folder, fixture));
    const state = await opened.db.changes.state();
    expect(state).toMatchObject({ headSeq: 1, oldestSeq: 2 });
    expect(staleReason(state, { after: 0 })).toBe("pruned");
    expect(staleReason(state, { after: 1 })).toBeNull();
    await opened.db.systemLogs.append({
      log_level: "INFO",
      component: "test",
      message: "first",
      details: null,
      created_at: "2026-02-05T10:30:00.000Z",
    });
    expect(await changesAfter(opened.db, 1)).toMatchObject([{ seq: 2, entity: "system_log", op: "created" }]);
  });

  test("is served by every list and every single read", async () => {
    using folder = testFolder();
    const path = copyFixture(folder, fixture);
    const stored = Object.values(storedRows(path)).flat().length;
    await using opened = await testDatabase(path);
    const rows = await listedRows(opened.db);
    expect(rows.size).toBe(stored);
    const times = [...rows.values()].flatMap(({ created_at, started_at }) => created_at ?? started_at);
    expect(times.filter((time) => !/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/.test(String(time)))).toEqual([]);
    for (const [key, row] of rows) {
      if (key.startsWith("agent ")) expect((await opened.db.agents.get(String(row["id"]))).value).toMatchObject(row);
    }
    const { value: sessions } = await opened.db.sessions.list({}, { limit: 1000 });
    const agents = [...rows.keys()].filter((key) => key.startsWith("agent ")).length;
    expect(sessions.rows.reduce((sum, session) => sum + session.agents.total, 0)).toBe(agents);
    for (const { session_id: id } of sessions.rows) expect((await opened.db.sessions.get(id, 1)).value).not.toBeNull();
  });

  test("is opened a second time without another change or backup", async () => {
    using folder = testFolder();
    const path = copyFixture(folder, fixture);
    await openOnce(path);
    const first = storedRows(path);
    await openOnce(path);
    expect(storedRows(path)).toEqual(first);
    expect([...new Bun.Glob("*.backup-*").scanSync(folder.path)]).toHaveLength(1);
  });
});

test("legacy forms are read: plain text contexts, spaces for T, microseconds, completed_at that nobody set", async () => {
  using folder = testFolder();
  const path = changedFixture(
    folder,
    `insert into agents (id, orchestrator_agent_id, session_id, status, context, config, started_at) values
      ('plain', 'adw-orchestrator', 's', 'completed', 'adw_plan_iso', '{"a": 1}', '2026-02-05 10:30:00'),
      ('micro', 'adw-orchestrator', 's', 'failed', '', null, '2026-02-05T10:30:00.123456'),
      ('zoned', 'adw-orchestrator', 's', 'planning', '7', '[', '2026-02-05T12:30:00+02:00'),
      ('rubbish', 'adw-orchestrator', 's', 'planning', x'61', 'null', 'yesterday');`,
  );
  await using opened = await testDatabase(path);
  const read = async (id: string) => (await opened.db.agents.get(id)).value!;
  expect(await read("plain")).toMatchObject({
    context: "adw_plan_iso",
    config: { a: 1 },
    started_at: "2026-02-05T10:30:00.000Z",
    completed_at: null,
  });
  expect(await read("micro")).toMatchObject({ context: "", config: null, started_at: "2026-02-05T10:30:00.123Z" });
  expect(await read("zoned")).toMatchObject({ context: 7, config: "[", started_at: "2026-02-05T10:30:00.000Z" });
  expect(await read("rubbish")).toMatchObject({ context: "a", config: null, started_at: null });
});

test("what a stranger added survives, and works", async () => {
  using folder = testFolder();
  const path = changedFixture(
    folder,
    `alter table agents add column worktree text default 'main';
     alter table orchestrator_agents add column metadata text;
     update orchestrator_agents set metadata = '{"team": "a"}';
     update agents set worktree = 'feature' where rowid = 1;
     create index stranger_index on agents (worktree);
     create index stranger_partial on agents (status) where status = 'failed';
     create view stranger_view as select a.id, o.name from agents a join orchestrator_agents o on o.id = a.orchestrator_agent_id;
     create table stranger (id integer primary key autoincrement, note text, agent text references agents (id));
     create trigger stranger_trigger after update on agents begin insert into stranger (note) values (new.id); end;
     insert into stranger (id, note) values (41, 'mine');`,
  );
  const before = { rows: storedRows(path), view: query(path, "select * from stranger_view order by id") };
  const objects = schemaObjects(path).filter(({ name }) => name.startsWith("stranger"));
  await openOnce(path);
  const after = storedRows(path);
  for (const [table, rows] of Object.entries(before.rows)) expect(after[table]).toMatchObject(rows);
  expect(query(path, "select * from stranger_view order by id")).toEqual(before.view);
  expect(schemaObjects(path).filter(({ name }) => name.startsWith("stranger"))).toEqual(objects);
  const [agent] = query(path, "select id from agents limit 1");
  script(path, `update agents set status = 'failed', cost_usd = 1 where id = '${agent!["id"]}'`);
  expect(query(path, "select distinct note from stranger where id > 41")).toEqual([{ note: agent!["id"] }]);
  await using opened = await testDatabase(path);
  expect((await opened.db.orchestratorAgents.get("adw-orchestrator")).value!.metadata).toEqual({ team: "a" });
});

const CHECK = /CHECK \(agent_type IN \([^()]*\)\)/;

/** Rewrites the table of definitions with another spelling of its CHECK. */
function respelled(folder: TestFolder, check: string): string {
  const path = changedFixture(folder);
  const { sql } = schemaObjects(path).find(({ name }) => name === "orchestrator_agents")!;
  script(
    path,
    `pragma foreign_keys = off; pragma legacy_alter_table = on;
     alter table orchestrator_agents rename to old_definitions;
     ${sql.replace(CHECK, () => check)};
     insert into orchestrator_agents select * from old_definitions;
     drop table old_definitions;`,
  );
  return path;
}

test.each([
  `check(agent_type in('planner','orchestrator'))`,
  `CHECK ( "agent_type"  IN\n ( 'planner',\n 'orchestrator' ) )`,
  "CONSTRAINT kinds CHECK (`agent_type` IN ('orchestrator'))",
  `Check ([agent_type] In ('orchestrator'))`,
])("a narrow CHECK is widened however it is spelled: %s", async (check) => {
  using folder = testFolder();
  const path = respelled(folder, check);
  await openOnce(path);
  script(path, "insert into orchestrator_agents (id, name, agent_type) values ('new', 'new', 'skill')");
  expect(() => script(path, "insert into orchestrator_agents (id, name, agent_type) values ('no', 'no', '')")).toThrow(
    /CHECK/,
  );
});

test.each([
  {
    why: "a CHECK that nobody knows",
    make: (folder: TestFolder) => respelled(folder, "CHECK (agent_type <> 'skill')"),
  },
  {
    why: "a file of somebody else",
    make(folder: TestFolder) {
      const path = folder.file("stranger.db");
      script(path, "create table notes (id integer primary key, text); insert into notes (text) values ('mine')");
      return path;
    },
  },
  {
    why: "a table of ours without the columns we know it by",
    make(folder: TestFolder) {
      const path = folder.file("stranger.db");
      script(path, "create table agents (id text primary key, alias text)");
      return path;
    },
  },
])("$why is refused, and the file is left byte for byte", async ({ make }) => {
  using folder = testFolder();
  const path = make(folder);
  const bytes = readFileSync(path);
  await expect(openOnce(path)).rejects.toBeInstanceOf(DatabaseUnusable);
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect([...new Bun.Glob("*backup*").scanSync(folder.path)]).toEqual([]);
});
