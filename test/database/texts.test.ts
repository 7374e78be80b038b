import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import type { DatabaseManager } from "#src/database/manager.ts";
import { openDatabase } from "#src/database/open.ts";
import { aLog, aPrompt, at, pagesOf, seed } from "#test/contract/rows.ts";
import { openOnce, query, script, testDatabase } from "#test/support/database.ts";
import { copyFixture, FIXTURES, testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";
import { openOldSqlite } from "#test/support/old-sqlite.ts";

const open = (path: string) => openDatabase({ path, clock: Date.now, log: memoryLog() });

async function indexAll(db: DatabaseManager): Promise<void> {
  while (!(await db.texts.step()).done);
}

/** Numbers of documents of the index of a table, and of its rows. */
function documents(path: string, table: string): { documents: number; rows: number } {
  const count = (from: string) => query(path, `select count(*) as n from ${from}`)[0]!["n"] as number;
  return { documents: count(`${table}_text_docsize`), rows: count(table) };
}

const seqOf = (path: string) => query(path, "select value from orchestrator_meta where key = 'text_seq'")[0]!["value"];
const headOf = (path: string) => query(path, "select seq from sqlite_sequence where name = 'changes'")[0]!["seq"];
const leftOf = (path: string) => query(path, "select * from orchestrator_meta where key glob 'text_left:*'");
const goneOf = (path: string) => query(path, "select * from orchestrator_stale_texts");

async function found(db: DatabaseManager, q: string): Promise<string[]> {
  const pages = await pagesOf((page) => db.agentLogs.list({ q }, page), 1000);
  return pages.flat().map(({ message }) => message);
}

test("a new file has nothing left over, and nothing to do", async () => {
  await using on = await testDatabase();
  expect(leftOf(on.path)).toEqual([]);
  expect(await on.db.texts.step()).toEqual({ done: true, indexedSeq: 0, behind: 0 });
});

test("what others write is indexed: change of text or time, of the id, REPLACE and DELETE", async () => {
  await using on = await testDatabase();
  await seed(on.db);
  const sql = (statement: string) => {
    script(on.path, statement);
    return indexAll(on.db);
  };
  await sql(
    "insert into agent_logs (id, agent_id, log_type, message, created_at) values (7, 'a1', 'error', 'alpha', '2026-02-05 10:00:00')",
  );
  expect(await found(on.db, "alpha")).toEqual(["alpha"]);
  await sql("update agent_logs set message = 'beta' where id = 7");
  expect([await found(on.db, "alpha"), await found(on.db, "beta")]).toEqual([[], ["beta"]]);
  await sql("update agent_logs set created_at = '2026-02-06 10:00:00' where id = 7");
  expect(await found(on.db, "beta")).toEqual(["beta"]);
  expect(documents(on.path, "agent_logs")).toEqual({ documents: 1, rows: 1 });
  await sql(
    "replace into agent_logs (id, agent_id, log_type, message, created_at) values (7, 'a1', 'error', 'gamma', '2026-02-07')",
  );
  expect([await found(on.db, "beta"), await found(on.db, "gamma")]).toEqual([[], ["gamma"]]);
  expect(documents(on.path, "agent_logs")).toEqual({ documents: 1, rows: 1 });
  await sql("delete from agent_logs");
  expect(await found(on.db, "gamma")).toEqual([]);
  expect(documents(on.path, "agent_logs")).toEqual({ documents: 0, rows: 0 });

  await sql("insert into prompts (id, agent_id, prompt_type, prompt_text) values ('p1', 'a1', 'command', 'first')");
  await sql("update prompts set id = 'p2', created_at = '2026-01-01' where id = 'p1'");
  await sql("replace into prompts (id, agent_id, prompt_type, prompt_text) values ('p2', 'a1', 'command', 'second')");
  expect((await on.db.prompts.list({ q: "second" }, { limit: 5 })).value.rows.map(({ id }) => id)).toEqual(["p2"]);
  expect(documents(on.path, "prompts")).toEqual({ documents: 1, rows: 1 });
  await sql("pragma foreign_keys = on; delete from agents");
  expect(documents(on.path, "prompts")).toEqual({ documents: 0, rows: 0 });
  expect(goneOf(on.path)).toEqual([]);
});

test("whatever other programs store, it is indexed without an error", async () => {
  await using on = await testDatabase();
  await seed(on.db);
  script(
    on.path,
    `insert into agent_logs (agent_id, log_type, message, details, created_at) values
       ('a1', 'error', x'c3a4ff20776f7264', null, 'yesterday'), ('a1', 'error', 'nul' || char(0) || 'word', 17, ''),
       ('a1', 'error', 'word', '{"note": "\\u65e5\\u672c\\nnext"}', '9999-12-31'), ('a1', 'error', 'word', 'C:\\new', '1900-01-01');
     insert into prompts (id, agent_id, prompt_type, prompt_text) values (null, 'a1', 'command', 'word'), (null, 'a1', 'command', 'word'), (x'00ff', 'a1', 'command', 'word');`,
  );
  await indexAll(on.db);
  expect(await found(on.db, "word")).toHaveLength(4);
  expect(await found(on.db, "日本 next")).toEqual(["word"]);
  expect(await found(on.db, '"c new"')).toEqual(["word"]);
  expect((await on.db.prompts.list({ q: "word" }, { limit: 5 })).value.rows).toHaveLength(3);
  const readable = await on.db.agentLogs.list({ q: "word" }, { limit: 5, since: 0 });
  expect(readable.value.rows.map(({ created_at }) => created_at?.slice(0, 4))).not.toContain(undefined);
});

test("a step that was cut off is done again: nothing is lost and nothing is there twice", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  let db = await open(path);
  await seed(db);
  for (let from = 0; from < 2_000; from += 500) {
    await db.agentLogs.append(
      Array.from({ length: 500 }, (_, number) => aLog({ message: `log ${from + number}`, created_at: at(number) })),
    );
  }
  let steps = 0;
  for (let done = false; !done; steps += 1) {
    ({ done } = await db.texts.step());
    if (steps % 3 !== 0) continue;
    await db[Symbol.asyncDispose]();
    db = await open(path);
  }
  expect(steps).toBeGreaterThan(3);
  expect(documents(path, "agent_logs")).toEqual({ documents: 2_000, rows: 2_000 });
  expect(Number(seqOf(path))).toBe(headOf(path) as number);
  expect(await found(db, "log")).toHaveLength(2_000);
  await db[Symbol.asyncDispose]();
});

test("two processes on one file index nothing twice", async () => {
  await using on = await testDatabase();
  const other = await open(on.path);
  await seed(on.db);
  for (let from = 0; from < 3_000; from += 1_000) {
    await on.db.agentLogs.append(Array.from({ length: 1_000 }, (_, number) => aLog({ created_at: at(from + number) })));
  }
  await Promise.all([indexAll(on.db), indexAll(other)]);
  expect(documents(on.path, "agent_logs")).toEqual({ documents: 3_000, rows: 3_000 });
  // A document that is put in again leaves a tombstone of what it was.
  expect(query(on.path, "select count(*) as n from agent_logs_text where agent_logs_text match 'planned'")).toEqual([
    { n: 3_000 },
  ]);
  await other[Symbol.asyncDispose]();
});

describe.each(FIXTURES)("%s", (fixture) => {
  test("its rows are left over when it is adopted, and indexed in steps", async () => {
    using folder = testFolder();
    const path = copyFixture(folder, fixture);
    await openOnce(path);
    expect(leftOf(path).length).toBeGreaterThan(0);
    const [prompt] = query(path, "select id, prompt_text from prompts order by created_at desc limit 1");
    for (;;) {
      const db = await open(path);
      const { done } = await db.texts.step();
      await db[Symbol.asyncDispose]();
      if (done) break;
    }
    expect(leftOf(path)).toEqual([]);
    for (const table of ["agent_logs", "system_logs", "prompts", "orchestrator_agents"]) {
      const { documents: indexed, rows } = documents(path, table);
      expect({ table, indexed }).toEqual({ table, indexed: rows });
    }
    if (prompt === undefined) return;
    const db = await open(path);
    const q = `"${/[a-z]{3,}/i.exec(prompt["prompt_text"] as string)![0]}"`;
    const { value } = await db.prompts.list({ q }, { limit: 1000 });
    expect(value.rows.map(({ id }) => id)).toContain(prompt["id"] as string);
    await db[Symbol.asyncDispose]();
  });
});

test("of a very long text the beginning and the end are searched", async () => {
  await using on = await testDatabase();
  await seed(on.db);
  const filler = "filler ".repeat(100_000);
  await on.db.prompts.insert(
    aPrompt({ prompt_text: `first ${filler} middle ${filler} last`, response_text: `answer ${filler}` }),
    0,
  );
  const find = async (q: string) => (await on.db.prompts.list({ q }, { limit: 5 })).value.rows.length;
  expect([await find("first"), await find("last"), await find("answer"), await find("middle")]).toEqual([1, 1, 1, 0]);
});

test("SQLite without FTS5 writes a file that has the index", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  const db = await open(path);
  await seed(db);
  await db.agentLogs.append([aLog()]);
  await indexAll(db);
  await db[Symbol.asyncDispose]();
  using old = await openOldSqlite(path);
  expect(() => old.run("select * from agent_logs_text")).toThrow("no such module: fts5");
  old.run(
    "update agent_logs set message = 'x'; insert into agent_logs (agent_id, log_type, message) values ('a1', 'error', 'y')",
  );
  old.run("delete from agent_logs; delete from agents; vacuum");
  expect(old.rows("select count(*) from orchestrator_stale_texts")).not.toEqual([[0]]);
  expect(old.rows("pragma integrity_check")).toEqual([["ok"]]);
});

test("a search is answered while another program keeps the file locked", async () => {
  await using on = await testDatabase();
  await seed(on.db);
  await on.db.agentLogs.append([aLog({ message: "before" })]);
  await indexAll(on.db);
  await on.db.agentLogs.append([aLog({ message: "after" })]);
  const { headSeq } = await on.db.changes.state();
  const other = new Database(on.path);
  other.run("begin immediate");
  const { value, seq } = await on.db.agentLogs.list({ q: "before" }, { limit: 5 });
  expect(value.rows).toHaveLength(1);
  // What is watched from there holds what the index does not have yet.
  expect(seq).toBe(headSeq - 1);
  other.run("rollback");
  other.close();
  expect(await found(on.db, "after")).toEqual(["after"]);
});
