import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { openOnce, script } from "#test/support/database.ts";
import { copyFixture, FIXTURES, testFolder, type TestFolder } from "#test/support/folder.ts";
import { arranged, FOREIGN_HISTORIES, FOREIGN_SEED } from "#test/support/foreign-statements.ts";
import { openOldSqlite } from "#test/support/old-sqlite.ts";
import { ancestorScript } from "#test/support/schema.ts";

let folder: TestFolder;
const template = () => folder.file("orchestrator.db");

beforeAll(async () => {
  folder = testFolder();
  await openOnce(template());
  script(template(), FOREIGN_SEED);
  await openOnce(template());
});

afterAll(() => folder[Symbol.dispose]());

test("invariant 8: the old SQLite is 3.35.0", async () => {
  using old = await openOldSqlite(template());
  expect(old.rows("select sqlite_version()")).toEqual([["3.35.0"]]);
});

/** What a history leaves, without the times: most are of now. */
const CHANGES = `
  select entity, op, entity_id, agent_id, session_id,
    json_remove(data, '$.updated_ms', '$.updated_at', '$.created_at', '$.started_at', '$.completed_at')
  from changes where seq > `;

type Runner = { run(sql: string): void; rows(sql: string): unknown[][] };

function play(runner: Runner, statements: (typeof FOREIGN_HISTORIES)[number]["statements"]): unknown[][] {
  const head = Number(runner.rows("select seq from sqlite_sequence where name = 'changes'")[0]![0]);
  for (const statement of statements) {
    if (typeof statement === "string") runner.run(statement);
    else expect(() => runner.run(statement.fails)).toThrow(statement.saying);
  }
  return runner.rows(`${CHANGES}${head} order by seq`);
}

function present(path: string): Runner & Disposable {
  const db = new Database(path);
  db.run("pragma foreign_keys = on");
  return {
    run: (sql) => void db.run(sql),
    rows: (sql) => db.query(sql).values(),
    [Symbol.dispose]: () => db.close(),
  };
}

test.each([...FOREIGN_HISTORIES])("3.35.0 leaves the same changes: $name", async ({ statements, changes }) => {
  using old = await openOldSqlite(template());
  const found = play(old, statements);
  // The histories begin with one agent log, and no system log.
  const told = found.map(([entity, op, id]) => {
    const shown =
      entity === "agent_log" ? `+${Number(id) - 1}` : entity === "system_log" ? `+${String(id)}` : String(id ?? "");
    return `${String(entity)}.${String(op)} ${shown}`;
  });
  expect(arranged(told, changes)).toEqual([...changes]);

  using own = testFolder();
  await Bun.write(own.file("orchestrator.db"), Bun.file(template()));
  using now = present(own.file("orchestrator.db"));
  const byText = (rows: unknown[][]) => rows.map((row) => JSON.stringify(row)).toSorted();
  expect(byText(found)).toEqual(byText(play(now, statements)));
});

test.each(FIXTURES)("3.35.0 runs the schema script of %s over a file of ours", async (fixture) => {
  using own = testFolder();
  const ancestor = ancestorScript(copyFixture(own, fixture));
  using old = await openOldSqlite(template());
  const schema = old.rows("select * from sqlite_master");
  old.run(ancestor);
  expect(old.rows("select * from sqlite_master")).toEqual(schema);
  expect(play(old, ["update orchestrator_agents set description = 'x' where id = 'd1'"])).toHaveLength(1);
});

test.each(FIXTURES)("3.35.0 writes an adopted %s", async (fixture) => {
  using own = testFolder();
  const path = copyFixture(own, fixture);
  await openOnce(path);
  using old = await openOldSqlite(path);
  expect(old.rows("pragma integrity_check")).toEqual([["ok"]]);
  old.run(FOREIGN_SEED);
  expect(play(old, ["update agents set status = 'completed' where id = 'a1'"])).toEqual([
    ["agent", "updated", "a1", "a1", "s1", expect.stringContaining('"status":"completed"')],
  ]);
});

test("3.35.0 reads the same times", async () => {
  const texts = [
    "2026-02-05 10:30:00",
    "2026-02-05T10:30:00.123456",
    "2026-02-05T10:30:00.5Z",
    "2026-02-05T12:30:00.25+02:00",
    "2026-02-05",
    "2026-02-30",
    "2026-13-01",
    "2026-02-05T25:00:00",
    "yesterday",
    "",
  ];
  const insert = texts
    .map(
      (text, index) =>
        `insert into agents (id, orchestrator_agent_id, session_id, started_at) values ('t${index}', 'd1', 's', '${text}')`,
    )
    .join(";");
  using own = testFolder();
  await Bun.write(own.file("orchestrator.db"), Bun.file(template()));
  using old = await openOldSqlite(template());
  using now = present(own.file("orchestrator.db"));
  const read = (runner: Runner) => {
    runner.run(insert);
    return runner.rows("select started_at, started_ms from agents where id like 't%' order by id");
  };
  expect(read(old)).toEqual(read(now));
});
