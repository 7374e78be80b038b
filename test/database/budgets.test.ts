import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { SQLITE_MIGRATIONS } from "#src/assets.ts";
import { migrate } from "#src/database/sqlite/migrate.ts";
import { openOnce, query, script, testDatabase } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { memoryLog } from "#test/support/log.ts";

const BUDGETS = "select scope, id, max_cost_usd from orchestrator_budgets order by scope, id";
const MIGRATION = SQLITE_MIGRATIONS.findIndex(({ name }) => name.endsWith("_budgets"));

const agent = (id: string, config: string) =>
  `insert into agents (id, orchestrator_agent_id, session_id, config) values ('${id}', 'd', 's', ${config});`;
const DEFINITION = "insert into orchestrator_agents (id, name, agent_type) values ('d', 'd', 'skill');";

test("budgets that stand in a file already are found when it is migrated", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  const db = new Database(path, { create: true });
  db.run("pragma journal_mode = wal");
  migrate(db, { path, clock: Date.now, log: memoryLog(), migrations: SQLITE_MIGRATIONS.slice(0, MIGRATION) });
  db.run(DEFINITION);
  db.run(agent("a", `'{"max_cost_usd": 2.5}'`) + agent("b", `'{"max_cost_usd": "2"}'`) + agent("c", "'max_cost_usd'"));
  db.close(true);
  await openOnce(path);
  expect(query(path, BUDGETS)).toEqual([{ scope: "agent", id: "a", max_cost_usd: 2.5 }]);
});

test("budgets follow what other programs write, replace and rename", async () => {
  await using on = await testDatabase();
  const found = () => query(on.path, BUDGETS).map((row) => `${row["scope"]} ${row["id"]} ${row["max_cost_usd"]}`);
  script(on.path, DEFINITION + agent("a", `'{"max_cost_usd": 1}'`) + agent("b", `'{"max_cost_usd": 2}'`));
  script(on.path, `update orchestrator_agents set config = '{"max_cost_usd": 3}'`);
  expect(found()).toEqual(["agent a 1", "agent b 2", "definition d 3"]);
  script(on.path, "insert or replace into agents (id, orchestrator_agent_id, session_id) values ('a', 'd', 's')");
  expect(found()).toEqual(["agent b 2", "definition d 3"]);
  script(on.path, "update or ignore agents set id = 'c' where id = 'b'");
  expect(found()).toEqual(["agent c 2", "definition d 3"]);
  script(on.path, `update or replace agents set config = '{"max_cost_usd": 4}' where id = 'c'`);
  expect(found()).toEqual(["agent c 4", "definition d 3"]);
  script(on.path, "delete from agents; delete from orchestrator_agents");
  expect(found()).toEqual([]);
});

test("a change of the configuration of a definition is a change of the definition", async () => {
  await using on = await testDatabase();
  script(on.path, DEFINITION);
  const { headSeq } = await on.db.changes.state();
  script(on.path, "update orchestrator_agents set config = 'mine'; update orchestrator_agents set config = 'mine'");
  const { changes } = await on.db.changes.page(headSeq, headSeq + 9, 10, {});
  expect(changes).toMatchObject([{ entity: "orchestrator_agent", op: "updated", id: "d" }]);
  expect(Object.keys(changes[0]!.data!)).not.toContain("config");
  expect((await on.db.orchestratorAgents.get("d")).value!.config).toBe("mine");
});

test("when changes are gone that nobody has looked at, all budgets are looked at anew", async () => {
  await using on = await testDatabase();
  const told = () => query(on.path, "select level from orchestrator_budget_notices");
  script(on.path, DEFINITION + agent("a", `'{"max_cost_usd": 1}'`));
  expect(await on.db.budgets.step(0)).toEqual({ done: true });
  script(on.path, "update agents set cost_usd = 0.9; delete from changes");
  expect(await on.db.budgets.step(0)).toEqual({ done: true });
  expect(told()).toEqual([{ level: "warning" }]);
  // And those that are left, with a hole before them.
  script(
    on.path,
    "update agents set cost_usd = 1; delete from changes; insert into system_logs (component, message) values ('c', 'm')",
  );
  expect(await on.db.budgets.step(0)).toEqual({ done: true });
  expect(told()).toEqual([{ level: "exceeded" }, { level: "warning" }]);
});

test("many changes and many new budgets are looked at step by step, none is passed over", async () => {
  await using on = await testDatabase();
  const many = Array.from({ length: 300 }, (_, n) => agent(`a${n}`, `'{"max_cost_usd": 1}'`)).join("");
  script(on.path, `begin; ${DEFINITION}${many} update agents set cost_usd = 5; commit`);
  for (let steps = 0; !(await on.db.budgets.step(0)).done; steps += 1) expect(steps).toBeLessThan(1000);
  expect(query(on.path, "select count(*) as told from orchestrator_budget_notices")).toEqual([{ told: 300 }]);
  script(on.path, `update agents set config = '{"max_cost_usd": 10}'; update agents set cost_usd = 10`);
  for (let steps = 0; !(await on.db.budgets.step(0)).done; steps += 1) expect(steps).toBeLessThan(1000);
  expect(
    query(
      on.path,
      "select level, count(*) as told from orchestrator_budget_notices where max_cost_usd = 10 group by level",
    ),
  ).toEqual([{ level: "exceeded", told: 300 }]);
});
