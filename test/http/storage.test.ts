import { expect, test } from "bun:test";
import { purgeOld } from "#src/upkeep/retention.ts";
import { agent, agentLog, definition, prompt, systemLog } from "#test/support/given.ts";
import { START } from "#test/support/clock.ts";
import { script } from "#test/support/database.ts";
import { expectRefused } from "#test/support/refusal.ts";
import { get, post, prepare, send } from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";
import { DAY, purging, setSince, setTextSeq } from "#test/upkeep/aged.ts";

const NOTHING = { rows: 0, more: false };

test("GET /api/storage tells sizes, rows from the kept counters, the oldest rows and what is next", async () => {
  await using app = await testApp();
  await prepare(app, [definition(), agent(), prompt(), agentLog(), agentLog(), systemLog()]);
  setSince(app.path, START);
  const { status, body } = await send(app, get("/api/storage"));
  expect(status).toBe(200);
  expect(body.database).toEqual({
    bytes: expect.any(Number),
    wal_bytes: expect.any(Number),
    free_bytes: expect.any(Number),
    limit_bytes: null,
  });
  expect(body.database.bytes).toBeGreaterThan(100_000);
  const rows = Object.fromEntries(body.tables.map((table: { name: string; rows: number }) => [table.name, table.rows]));
  expect(rows).toEqual({
    agents: 1,
    agent_logs: 2,
    ai_developer_workflows: 0,
    changes: 6,
    orchestrator_agents: 1,
    prompts: 1,
    system_logs: 1,
  });
  expect(body.tables.every(({ bytes }: { bytes: unknown }) => bytes === null)).toBe(true);
  expect(body.measured_at).toBe(null);
  const now = "2026-02-05T10:30:00.000Z";
  expect(body.oldest).toEqual({ agent_log: now, system_log: now, prompt: now, agent: now, change: expect.any(String) });
  expect(body.retention).toEqual({
    since: now,
    days: 30,
    run_days: 365,
    changes_keep: 1_000_000,
    max_database_mb: 4096,
  });
  expect(body.next_purge).toEqual({
    agent_logs: NOTHING,
    system_logs: NOTHING,
    changes: NOTHING,
    agents: NOTHING,
    prompts: NOTHING,
    over_limit_bytes: 0,
  });
});

test("an empty store has nothing that is oldest", async () => {
  await using app = await testApp();
  const { body } = await send(app, get("/api/storage"));
  expect(body.oldest).toEqual({ agent_log: null, system_log: null, prompt: null, agent: null, change: null });
});

test("rows whose time cannot be read are not the oldest", async () => {
  await using app = await testApp();
  await prepare(app, [systemLog()]);
  script(app.path, "insert into system_logs (component, message, created_at) values ('x', 'y', 'yesterday')");
  const { body } = await send(app, get("/api/storage"));
  expect(body.oldest.system_log).toBe("2026-02-05T10:30:00.000Z");
});

/** A store in which something of everything is old, and 25 changes stand before the newest. */
async function aged() {
  const policy = { days: 30, runDays: 365, changesKeep: 5, maxDatabaseMb: 0 };
  let purges = 0;
  const app = await testApp({ policy, purgeSoon: () => (purges += 1) });
  await prepare(app, [definition(), agent(), prompt(), prompt(), agentLog(), agentLog(), systemLog()]);
  await prepare(app, [agent({ external_id: "other" })]);
  await app.call("PATCH", "/api/runtime/agents/id-2", { status: "completed" });
  setSince(app.path, 0);
  setTextSeq(app.path, 1000);
  script(app.path, `update changes set at_ms = ${START}`);
  script(app.path, `update agents set updated_ms = ${START}`);
  app.clock.advance(400 * DAY);
  return Object.assign(app, { purges: () => purges });
}

const NEXT = {
  agent_logs: { rows: 3, more: false },
  system_logs: { rows: 1, more: false },
  changes: { rows: 5, more: false },
  agents: { rows: 1, more: false },
  prompts: { rows: 2, more: false },
  over_limit_bytes: 0,
};

test("POST /api/storage/purge takes no body: what stands there was meant", async () => {
  await using app = await testApp();
  const answer = await app.call("POST", "/api/storage/purge", { dry_run: true });
  expect(answer).toMatchObject({ status: 422, body: { code: "validation" } });
  const alone = await app.call("POST", "/api/storage/purge?dry_run");
  expect(alone).toMatchObject({ status: 200, body: { dry_run: true } });
});

test("POST /api/storage/purge?dry_run=true tells what a purge would remove, and removes nothing", async () => {
  await using app = await aged();
  const before = await app.changes();
  const answer = await send(app, post("/api/storage/purge?dry_run=true", undefined));
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ dry_run: true, removes: NEXT });
  expect((await send(app, get("/api/storage"))).body.next_purge).toEqual(NEXT);
  expect(app.purges()).toBe(0);
  expect(await app.changes()).toEqual(before);
});

test("POST /api/storage/purge asks for a purge, and what it foretells is what is removed", async () => {
  await using app = await aged();
  const answer = await send(app, post("/api/storage/purge", undefined));
  expect(answer.status).toBe(202);
  expect(answer.body).toEqual({ dry_run: false, removes: NEXT });
  expect(app.purges()).toBe(1);
  await purgeOld(purging(app, { days: 30, runDays: 365, changesKeep: 5 }), new AbortController().signal);
  const { body } = await send(app, get("/api/system/logs"));
  expect(body[0].details.removed).toEqual({ agent_logs: 3, system_logs: 1, changes: 5, agents: 1, prompts: 2 });
});

test("counting ends at a bound", async () => {
  await using app = await testApp();
  setSince(app.path, 0);
  await prepare(app, [definition(), agent()]);
  script(
    app.path,
    `insert into agent_logs (agent_id, log_type, message, created_at)
     select 'id-2', 'milestone', 'old', '2020-01-01' from generate_series(1, 10001)`.replace(
      "generate_series(1, 10001)",
      "(with recursive n(i) as (select 1 union all select i + 1 from n where i < 10001) select i from n)",
    ),
  );
  const { body } = await send(app, get("/api/storage"));
  expect(body.next_purge.agent_logs).toEqual({ rows: 10_000, more: true });
});

test("a mistyped parameter is refused", async () => {
  await using app = await testApp();
  await expectRefused(app, { name: "get", method: "GET", path: "/api/storage?x=1", code: "validation" });
  for (const query of ["dry=true", "dry_run=yes", "dry_run=1"]) {
    const path = `/api/storage/purge?${query}`;
    await expectRefused(app, { name: query, method: "POST", path, code: "validation" });
  }
});
