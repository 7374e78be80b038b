import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { rebuildTotals } from "#src/database/open.ts";
import { openOnce, query, script } from "#test/support/database.ts";
import { copyFixture, testFolder } from "#test/support/folder.ts";
import { agent, definition, NOW, prompt } from "#test/support/given.ts";
import { get, patch, prepare, send, sql } from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";

const foreign = (id: string, usd: string, day = "2026-02-05") =>
  sql(`insert into agents (id, orchestrator_agent_id, session_id, status, started_at, cost_usd)
    values ('${id}', 'id-1', 's', 'completed', '${day} 10:00:00', ${usd})`);

test("a file of the ancestor with costs of Infinity is adopted", async () => {
  using folder = testFolder();
  const path = copyFixture(folder, "tac-0.9.0-orchestrator.db");
  script(path, "update agents set cost_usd = 9e999");
  await openOnce(path);
});

test("what is no finite number costs nothing, as the agent itself says", async () => {
  await using app = await testApp();
  await prepare(app, [definition(), foreign("a", "9e999")]);
  expect((await send(app, get("/api/runtime/agents/a"))).body.cost_usd).toBe(0);
  expect((await send(app, get("/api/runtime/sessions/s"))).body.cost_usd).toBe(0);
});

test("huge amounts (and tokens) neither fail GET /api/stats nor the rebuild", async () => {
  await using app = await testApp();
  const rows = Array.from({ length: 12 }, (_, n) => foreign(`a${n}`, "1e9", `2026-02-${n < 6 ? "05" : "06"}`));
  await prepare(app, [definition(), ...rows]);
  expect((await app.call("GET", "/api/stats?by=agent_type")).status).toBe(200);
  await rebuildTotals(app.path);
});

test("huge tokens", async () => {
  await using app = await testApp();
  await prepare(app, [
    definition(),
    agent(),
    sql(`insert into prompts (id, agent_id, prompt_type, prompt_text, created_at, tokens_input)
      with recursive n (i) as (select 1 union all select i + 1 from n limit 1100)
      select 'p' || i, 'id-2', 'command', 'x', '2026-02-0' || (1 + i % 2), 9007199254740991 from n`),
  ]);
  await send(app, get("/api/stats?by=model"));
  await send(app, get("/api/runtime/sessions"));
  await send(app, get("/api/runtime/sessions/s1"));
  await rebuildTotals(app.path);
});

test("a total above the most that one amount may be is one that the document describes", async () => {
  await using app = await testApp();
  await prepare(app, [definition(), foreign("a", "1e9"), foreign("b", "1e9")]);
  await send(app, get("/api/stats?by=agent_type"));
  await send(app, get("/api/runtime/sessions"));
});

test("an agent that cost more than the most that one amount may be is one that the document describes", async () => {
  await using app = await testApp();
  await prepare(app, [definition(), agent(), prompt({ cost_usd: 1e9 }), prompt({ cost_usd: 0.25 })]);
  expect((await send(app, get("/api/runtime/agents/id-2"))).body.cost_usd).toBe(1_000_000_000.25);
  await prepare(app, [sql("update prompts set cost_usd = 1e12 where id = 'id-3'")]);
  expect((await send(app, get("/api/runtime/prompts/id-3"))).body.cost_usd).toBe(1e12);
});

test("a window of days walks an index of definition_days", async () => {
  await using app = await testApp();
  using db = new Database(app.path, { readonly: true });
  for (const table of ["orchestrator_definition_days", "orchestrator_purged_definition_days"]) {
    const [plan] = db
      .query<{ detail: string }, []>(`explain query plan select nano from ${table} where day between 1 and 2`)
      .all();
    expect(plan!.detail).not.toStartWith("SCAN");
  }
});

test("an empty window has nothing, in the middle of a day too", async () => {
  await using app = await testApp();
  await prepare(app, [definition(), agent()]);
  for (const window of [
    "since=2026-02-05T12:00:00Z&until=2026-02-05T11:00:00Z",
    "since=2026-02-05T12:00:00Z&until=2026-02-05T12:00:00Z",
  ]) {
    expect((await send(app, get(`/api/stats?${window}`))).body).toEqual([]);
  }
});

test("the rebuild counts agents.prompts_nano that were wrong", async () => {
  await using app = await testApp();
  await prepare(app, [definition(), agent(), prompt({ cost_usd: 1 }), sql("update agents set prompts_nano = 5")]);
  expect(await rebuildTotals(app.path)).toMatchObject({ wrong: 1 });
});

test("a session whose kept row was lost is rebuilt with times, not with 1970", async () => {
  await using app = await testApp();
  await prepare(app, [definition(), agent(), prompt(), sql("delete from orchestrator_sessions")]);
  await rebuildTotals(app.path);
  expect((await send(app, get("/api/runtime/sessions/s1"))).body).toMatchObject({
    first_activity_at: NOW,
    last_activity_at: NOW,
  });
});
void query;
void patch;

test("years of many definitions are added up whole, in slices", async () => {
  await using app = await testApp();
  script(
    app.path,
    `insert into orchestrator_definition_days (definition_id, day, agents, prompts, nano)
       with recursive n (i) as (select 0 union all select i + 1 from n where i < 12344)
       select 'd' || (i % 5), 10000 + i / 5, 1, 2, 1000000000 from n;
     insert into orchestrator_purged_definition_days select * from orchestrator_definition_days`,
  );
  const rows = (await app.call("GET", "/api/stats?by=agent")).body as {
    key: string;
    agents: number;
    prompts: number;
  }[];
  expect(rows.map(({ key, agents, prompts }) => [key, agents, prompts])).toEqual(
    ["d0", "d1", "d2", "d3", "d4"].map((key) => [key, 4938, 9876]),
  );
  const daily = (await app.call("GET", "/api/stats?by=agent,day&since=1997-05-19&until=1997-05-21")).body;
  expect(daily).toHaveLength(10);
});
