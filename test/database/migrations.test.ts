import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import { migrate } from "#src/database/sqlite/migrate.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { memoryLog } from "#test/support/log.ts";
import { openOnce, query, script, storedRows, testDatabase } from "#test/support/database.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { changesAfter } from "#test/support/reduce.ts";
import { schemaText } from "#test/support/schema.ts";

const NEWEST = SQLITE_MIGRATIONS.length;

/** Rows of every table, in words that each prefix with tables understands. */
const ROWS = `
  insert into orchestrator_agents (id, name, agent_type, updated_at) values ('d', 'definition', 'skill', '2026-02-05 10:30:00');
  insert into agents (id, orchestrator_agent_id, session_id, status, context) values ('a', 'd', 's', 'waiting', 'plain'), ('b', 'd', 's', 'failed', '{}');
  update agents set parent_agent_id = 'a' where id = 'b';
  insert into prompts (id, agent_id, prompt_type, prompt_text, cost_usd) values ('p', 'a', 'adw', 'plan', 0.5);
  insert into agent_logs (id, agent_id, log_type, message) values (7, 'a', 'milestone', 'planned');
  insert into system_logs (component, message) values ('adw', 'started');
  insert into ai_developer_workflows (id, adw_name, workflow_type) values ('w', 'adw-1', 'sdlc');
  insert into orchestrator_chat (id, orchestrator_agent_id, sender_type, receiver_type, message) values ('c', 'd', 'user', 'agent', 'hi');`;

/** A file as the version with that many migrations made it. */
function oldFile(folder: TestFolder, migrations: number, rows = ROWS): string {
  const path = folder.file("orchestrator.db");
  const db = new Database(path, { create: true });
  db.run("pragma journal_mode = wal");
  migrate(db, { path, clock: Date.now, log: memoryLog(), migrations: SQLITE_MIGRATIONS.slice(0, migrations) });
  if (migrations > 0) db.run(rows);
  db.close(true);
  return path;
}

function backups(folder: TestFolder): string[] {
  return [...new Bun.Glob("*backup*").scanSync(folder.path)];
}

/** Without the times of ours that nothing has filled yet (there are no triggers before the third migration). */
function withoutGaps(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([column, value]) => value !== null || !column.endsWith("_ms")));
}

describe.each(SQLITE_MIGRATIONS.map((_, applied) => applied))("a file with %d migrations", (applied) => {
  test("comes to the newest schema with every row, and can be written", async () => {
    using folder = testFolder();
    const path = oldFile(folder, applied);
    const before = storedRows(path);
    await openOnce(path);
    const after = storedRows(path);
    delete before["orchestrator_migrations"];
    delete before["orchestrator_sessions"];
    expect(after["orchestrator_meta"]).toEqual(expect.arrayContaining(before["orchestrator_meta"] ?? []));
    delete before["orchestrator_meta"];
    for (const [table, rows] of Object.entries(before)) expect(after[table]).toMatchObject(rows.map(withoutGaps));
    expect(query(path, "select version, name from orchestrator_migrations order by version")).toEqual(
      SQLITE_MIGRATIONS.map(({ name }, index) => ({ version: index + 1, name })),
    );
    expect(query(path, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
    using fresh = testFolder();
    await openOnce(fresh.file("fresh.db"));
    expect(schemaText(path)).toBe(schemaText(fresh.file("fresh.db")));

    await using opened = await testDatabase(path);
    const { headSeq } = await opened.db.changes.state();
    script(opened.path, "insert into system_logs (component, message) values ('adw', 'later')");
    expect(await changesAfter(opened.db, headSeq)).toMatchObject([{ seq: headSeq + 1, op: "created" }]);
  });

  test("is copied beside itself once when it holds rows, for its owner's eyes, and never when it is empty", async () => {
    using folder = testFolder();
    const path = oldFile(folder, applied);
    chmodSync(path, 0o644);
    const before = storedRows(path);
    await openOnce(path);
    await openOnce(path);
    const found = backups(folder);
    if (applied === 0) {
      expect(found).toEqual([]);
      return;
    }
    expect(found).toEqual([
      expect.stringMatching(new RegExp(`^orchestrator\\.db\\.backup-${applied}-\\d{8}T\\d{6}Z$`)),
    ]);
    const backup = folder.file(found[0]!);
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    expect(storedRows(backup)).toEqual(before);
    expect(query(backup, "pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });
});

test("rows of other programs become readable: times, sessions and costs are filled in", async () => {
  using folder = testFolder();
  const path = oldFile(
    folder,
    1,
    `${ROWS} update agents set started_at = '2026-02-05 10:30:00.25', cost_usd = 1.5 where id = 'a';
     update agents set started_at = 'rubbish' where id = 'b';
     update prompts set created_at = '2026-02-06T10:30:00+02:00';
     update agent_logs set created_at = '2026-02-04';`,
  );
  await using opened = await testDatabase(path);
  const { value } = await opened.db.sessions.get("s", 10);
  expect(value!.agents.map(({ id, started_at }) => [id, started_at])).toEqual([
    ["a", "2026-02-05T10:30:00.250Z"],
    ["b", null],
  ]);
  expect(value!.session).toMatchObject({ agents: { total: 2 }, prompts: 1, cost_usd: 1.5 });
  expect(value!.session.last_activity_at).toBe("2026-02-06T08:30:00.000Z");
  const { value: prompts } = await opened.db.prompts.list({ session_id: ["s"] }, { limit: 10 });
  expect(prompts.rows.map(({ id, created_at }) => [id, created_at])).toEqual([["p", "2026-02-06T08:30:00.000Z"]]);
});

const REFUSED = [
  {
    file: "whose second migration is not ours",
    change: "update orchestrator_migrations set checksum = 'other' where version = 2",
    says: /migration 2 differs/,
  },
  {
    file: "of a newer version",
    change: `insert into orchestrator_migrations values (${NEWEST + 1}, 'later', 'x', '2027-01-01')`,
    says: new RegExp(`has schema ${NEWEST + 1}, this program knows ${NEWEST}`),
  },
];

test.each(REFUSED)("a file $file is refused in one line and left byte for byte", async ({ change, says }) => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  await openOnce(path);
  script(path, change);
  const bytes = readFileSync(path);
  const refusal: unknown = await openOnce(path).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DatabaseUnusable);
  expect((refusal as Error).message).toMatch(says);
  expect((refusal as Error).message).not.toContain("\n");
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(backups(folder)).toEqual([]);
});

test.each(REFUSED)("an older file $file is refused before anything is migrated", async ({ change, says }) => {
  using folder = testFolder();
  const path = oldFile(folder, 2);
  script(path, change);
  const bytes = readFileSync(path);
  await expect(openOnce(path)).rejects.toThrow(says);
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

test("a process whose file another one migrated says that it has lost it", async () => {
  await using opened = await testDatabase();
  opened.db.changes.attend(true);
  script(opened.path, REFUSED[1]!.change);
  expect(await opened.db.lost).toBeInstanceOf(DatabaseUnusable);
});
