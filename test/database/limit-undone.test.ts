import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { createLimit } from "#src/database/sqlite/limit.ts";
import { statementCache } from "#src/database/sqlite/reader.ts";
import { query, script } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { writeNewDatabase } from "#test/support/new-database.ts";

/** Some 4 MB of answers, of prompts with this status. */
const fullOfPrompts = (status: string) => `
  insert into orchestrator_agents (id, name, agent_type) values ('d', 'd', 'builder');
  insert into agents (id, orchestrator_agent_id, session_id) values ('a', 'd', 's');
  with recursive numbers (n) as (select 100 union all select n + 1 from numbers where n < 299)
  insert into prompts (id, agent_id, prompt_type, prompt_text, response_text, status)
    select 'p' || n, 'a', 'command', 'x', printf('%.20000c', 'y'), '${status}' from numbers`;

/** A store far above its limit, with the connection that writes. */
async function tooLarge(status: string) {
  const folder = testFolder();
  const path = folder.file("orchestrator.db");
  await writeNewDatabase(path);
  script(path, fullOfPrompts(status));
  const db = new Database(path, { readwrite: true, strict: true });
  const limit = createLimit(db, statementCache(db), 1024 * 1024, { copy: () => {}, heldBytes: () => 0 });
  return {
    path,
    db,
    limit,
    [Symbol.dispose]() {
      db.close();
      folder[Symbol.dispose]();
    },
  };
}

test("a step of upkeep that fails has passed nothing over", async () => {
  using on = await tooLarge("completed");
  const { db, limit } = on;
  db.run(
    "create temp trigger fails before update on prompts when new.id = 'p150' begin select raise(abort, 'no'); end",
  );
  db.run("begin");
  expect(() => limit.shrink(60_000)).toThrow("no");
  db.run("rollback");
  db.run("drop trigger fails");
  limit.shrink(60_000);
  expect(query(on.path, "select min(id) as first from prompts where response_text is null")).toEqual([
    { first: "p100" },
  ]);
});

test("a commit that fails leaves what was allowed as it was", async () => {
  using on = await tooLarge("pending");
  const { db, limit } = on;
  const transaction = (sql: string, end: "commit" | "rollback") => {
    db.run("begin immediate");
    expect(limit.begin(false)).toBe("ready");
    db.run(sql);
    const refusal = limit.settle();
    db.run(end);
    if (end === "rollback") limit.undone();
    return refusal;
  };
  expect(transaction("update prompts set response_text = null", "rollback")).toBe(null);
  expect(transaction("update prompts set latency_ms = 5 where id = 'p100'", "commit")).toBe(null);
});
