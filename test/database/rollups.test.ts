import { Database } from "bun:sqlite";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { rebuildTotals } from "#src/database/open.ts";
import { wrongTotals } from "#src/database/sqlite/rollups.ts";
import { DatabaseUnusable } from "#src/database/unusable.ts";
import { aDefinition, anAgent, aPrompt } from "#test/contract/rows.ts";
import { query, script, testDatabase } from "#test/support/database.ts";
import { copyFixture, FIXTURES, testFolder } from "#test/support/folder.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { type Random, seededRandom } from "#test/support/random.ts";
import { randomStatement } from "#test/support/random-statements.ts";

const STATEMENTS = 250;
/** What the rows add up to is asked so often, at random: a wrong total can hardly be made right again in between. */
const ASKED = 0.2;

function wrong(path: string): number {
  using db = new Database(path, { readonly: true });
  return wrongTotals(db);
}

/** A write of this server, of rows that the others' statements know too. What is gone or taken is refused. */
async function ownWrite(db: Awaited<ReturnType<typeof testDatabase>>["db"], random: Random): Promise<void> {
  const [agent, prompt] = [`a${random.below(6)}`, `p${random.below(6)}`];
  const cost = random.pick([0.1, 0.25, 1.000000001]);
  await random
    .pick([
      () => db.orchestratorAgents.insert(aDefinition({ id: `d${random.below(6)}`, name: `n${random.below(6)}` })),
      () => db.agents.insert(anAgent({ id: agent, orchestrator_agent_id: `d${random.below(6)}`, session_id: "s9" })),
      () =>
        db.agents.update(agent, { status: "initializing" }, { set: { status: "executing" }, transition: null }, null),
      () => db.prompts.insert(aPrompt({ id: prompt, agent_id: agent, cost_usd: cost, model_used: "opus" }), cost),
      () => db.prompts.update(prompt, { status: "pending", cost_usd: null }, { cost_usd: cost, tokens_input: 7 }, cost),
      () => db.prompts.remove(prompt),
      () => db.agents.removeDependents(agent),
    ])()
    .catch(() => {});
}

describe("kept totals are what the rows add up to", () => {
  test.each([
    { seed: 11, foreignKeys: "on", recursive: "off" },
    { seed: 12, foreignKeys: "off", recursive: "off" },
    { seed: 13, foreignKeys: "on", recursive: "on" },
    { seed: 14, foreignKeys: "off", recursive: "on" },
    { seed: 15, foreignKeys: "on", recursive: "off" },
    { seed: 16, foreignKeys: "off", recursive: "off" },
  ] as const)(
    "after what others and this server write at random (seed $seed, foreign keys $foreignKeys, recursive $recursive)",
    async ({ seed, foreignKeys, recursive }) => {
      const random = seededRandom(seed);
      await using opened = await testDatabase();
      await using other = await openForeignWriter(opened.path, foreignKeys);
      await other.run(`pragma recursive_triggers = ${recursive}`);
      await other.run("pragma synchronous = off");
      let seen = 0;
      for (let left = STATEMENTS; left > 0; left -= 1) {
        const statement = randomStatement(random);
        if (random.below(4) === 0) await ownWrite(opened.db, random);
        else await Promise.try(() => other.run(statement)).catch(() => {});
        if (random.below(100) < ASKED * 100)
          expect({ left, statement, wrong: wrong(opened.path) }).toEqual({ left, statement, wrong: 0 });
        seen = Math.max(seen, query(opened.path, "select count(*) as rows from prompts")[0]!["rows"] as number);
      }
      expect(wrong(opened.path)).toBe(0);
      expect(seen).toBeGreaterThan(2);
    },
    60_000,
  );

  test.each(FIXTURES)("of the adopted %s", async (fixture) => {
    using folder = testFolder();
    await using opened = await testDatabase(copyFixture(folder, fixture));
    expect(wrong(opened.path)).toBe(0);
    const [kept] = query(opened.path, "select sum(agents) as agents, sum(nano) as nano from orchestrator_sessions");
    const [rows] = query(
      opened.path,
      "select count(*) as agents, cast(round(total(cost_usd) * 1e9) as integer) as nano from agents",
    );
    expect(kept).toEqual(rows!);
  });

  test("sees every kind of wrong total", async () => {
    await using opened = await testDatabase();
    await opened.db.orchestratorAgents.insert(aDefinition());
    await opened.db.agents.insert(anAgent({ cost_usd: 2 }));
    await opened.db.prompts.insert(aPrompt({ model_used: "opus", tokens_input: 3, cost_usd: 0.5 }), 0);
    for (const damage of [
      "update orchestrator_sessions set tokens_input = 4",
      "update orchestrator_definition_days set initializing = 0",
      "delete from orchestrator_agent_models",
      "update orchestrator_model_days set nano = nano + 1 where model = ''",
      "update orchestrator_counts set rows = 9 where name = 'prompts'",
    ]) {
      script(opened.path, `begin; ${damage}; commit`);
    }
    expect(wrong(opened.path)).toBe(5);
  });
});

describe("the rebuild", () => {
  test("makes them right, says how many were not, and keeps what retention has removed", async () => {
    await using opened = await testDatabase();
    await opened.db.orchestratorAgents.insert(aDefinition());
    await opened.db.agents.insert(anAgent({ cost_usd: 2 }));
    await opened.db.prompts.insert(aPrompt({ model_used: "opus", cost_usd: 0.5 }), 0);
    const kept = () => ({
      totals: query(opened.path, "select * from orchestrator_model_days"),
      nano: query(opened.path, "select prompts_nano from agents"),
    });
    const before = kept();
    script(
      opened.path,
      `insert into orchestrator_purged_model_days (day, model, prompts) values (1, 'opus', 5);
       update orchestrator_model_days set nano = 7;
       update agents set prompts_nano = 1;
       insert into orchestrator_sessions (session_id, first_ms, last_ms, agents) values ('nobody', 0, 0, 3);
       delete from orchestrator_counts;`,
    );
    const { wrong: found } = await rebuildTotals(opened.path);
    expect(found).toBeGreaterThan(3);
    expect(kept()).toEqual(before);
    expect(wrong(opened.path)).toBe(0);
    expect(query(opened.path, "select prompts from orchestrator_purged_model_days")).toEqual([{ prompts: 5 }]);
    expect(await rebuildTotals(opened.path)).toMatchObject({ wrong: 0 });
    expect((await opened.db.sessions.list({}, { limit: 10 })).value.rows.map(({ session_id: id }) => id)).toEqual([
      "s1",
    ]);
  });

  test("refuses a file of another schema, and leaves it alone", async () => {
    using folder = testFolder();
    const path = copyFixture(folder, FIXTURES[0]!);
    const before = readFileSync(path);
    expect(rebuildTotals(path)).rejects.toBeInstanceOf(DatabaseUnusable);
    expect(readFileSync(path)).toEqual(before);
  });

  test("refuses a file that is not there, and makes none", async () => {
    using folder = testFolder();
    expect(rebuildTotals(folder.file("none.db"))).rejects.toThrow("there is no database at");
    expect(existsSync(folder.file("none.db"))).toBe(false);
  });
});

test("what retention has removed of an agent's prompts is not counted again when another program replaces the agent", async () => {
  await using opened = await testDatabase();
  await opened.db.orchestratorAgents.insert(aDefinition());
  await opened.db.agents.insert(anAgent({ cost_usd: 5 }));
  // As a purge leaves it: a prompt of two dollars is gone.
  script(
    opened.path,
    `update agents set purged_nano = 2000000000;
     update orchestrator_model_days set nano = 3000000000 where model = '';
     insert into orchestrator_purged_model_days (day, model, prompts, nano) values (20489, 'opus', 1, 2000000000)`,
  );
  await using other = await openForeignWriter(opened.path, "off");
  await other.run(
    "replace into agents (id, orchestrator_agent_id, session_id, status, started_at, cost_usd) select id, orchestrator_agent_id, session_id, 'completed', started_at, 5 from agents",
  );
  expect(wrong(opened.path)).toBe(0);
  const { value } = await opened.db.stats.totals({ key: "model", daily: false, firstDay: -1e15, lastDay: 1e15 });
  expect(value.map(({ key, cost_usd: cost }) => [key, cost])).toEqual([
    [null, 3],
    ["opus", 2],
  ]);
});

test("ids below zero, and as large as they come, are counted and found as any other", async () => {
  await using opened = await testDatabase();
  await opened.db.orchestratorAgents.insert(aDefinition());
  await opened.db.agents.insert(anAgent());
  const insert = (id: string, message: string) =>
    `insert or replace into agent_logs (id, agent_id, log_type, message, created_at) values (${id}, 'a1', 'error', '${message}', '2026-02-05 10:00:00')`;
  for (const id of ["-7", "1700000000000", "1700000000000000000", "5000000"]) {
    script(opened.path, insert(id, "needle first"));
    script(opened.path, insert(id, `needle ${id.length}`));
  }
  const found = async () =>
    (await opened.db.agentLogs.list({ q: "needle" }, { limit: 10 })).value.rows.map(({ message }) => message);
  expect((await found()).toSorted()).toEqual(["needle 13", "needle 19", "needle 2", "needle 7"]);
  expect(wrong(opened.path)).toBe(0);
  script(opened.path, "delete from agent_logs where id <> -7");
  while (!(await opened.db.texts.step()).done);
  expect(await found()).toEqual(["needle 2"]);
  expect(query(opened.path, "select count(*) as rows from agent_logs_text")).toEqual([{ rows: 1 }]);
});
