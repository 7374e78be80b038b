import { expect, test } from "bun:test";
import { ALIVE_STATUSES } from "#src/domain/vocabulary.ts";
import { topicOf } from "#src/live/topics.ts";
import { START } from "#test/support/clock.ts";
import { liveApp } from "./live-app.ts";

const AGENTS = topicOf("agent-status", { types: ["agent"] });
const MINUTE = 60_000;

type Snapshot = { readonly agents: { readonly id: string }[]; readonly truncated?: true; readonly timestamp: string };

/** Rows of another program: `ended` and `touched` are minutes ago; null for no `completed_at`, text for a strange one. */
const ROWS: readonly { id: string; status: string; ended: number | string | null; touched: number; shown: boolean }[] =
  [
    ...ALIVE_STATUSES.map((status) => ({ id: status, status, ended: null, touched: 99_999, shown: true })),
    { id: "ended just now", status: "completed", ended: 0, touched: 0, shown: true },
    { id: "ended within the hour", status: "failed", ended: 59, touched: 59, shown: true },
    { id: "ended before the hour", status: "cancelled", ended: 61, touched: 61, shown: false },
    { id: "ended before, noted since", status: "completed", ended: 120, touched: 1, shown: false },
    { id: "ended without a time, lately", status: "failed", ended: null, touched: 30, shown: true },
    { id: "ended without a time, before", status: "failed", ended: null, touched: 61, shown: false },
    { id: "ended at the ancestor's time", status: "completed", ended: "2026-02-05 10:00:00", touched: 30, shown: true },
    {
      id: "ended long ago at such a time",
      status: "completed",
      ended: "2026-02-05 09:00:00",
      touched: 5,
      shown: false,
    },
    { id: "ended at no time at all", status: "completed", ended: "yesterday", touched: 30, shown: true },
  ];

const DEFINITION = "insert into orchestrator_agents (id, name, agent_type) values ('d', 'planner', 'planner')";

function insertRow({ id, status, ended, touched }: (typeof ROWS)[number]): string {
  const completed = typeof ended === "number" ? new Date(START - ended * MINUTE).toISOString() : ended;
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return `insert into agents (id, orchestrator_agent_id, session_id, status, completed_at, updated_ms)
    values (${quoted(id)}, 'd', 's', '${status}', ${completed === null ? "null" : quoted(completed)}, ${START - touched * MINUTE})`;
}

async function snapshotOf(app: Awaited<ReturnType<typeof liveApp>>) {
  const client = app.outlet();
  await app.join(client, AGENTS);
  expect(client.frames.map(({ type }) => type)).toEqual(["hello", "agent_update"]);
  const [hello, snapshot] = client.frames;
  expect(snapshot).toMatchObject({ snapshot: true, seq: hello!.seq! });
  return { client, hello: hello!, data: snapshot!["data"] as Snapshot };
}

test("the snapshot holds the agents that are alive or ended within the last hour, whoever wrote them", async () => {
  await using app = await liveApp();
  await app.sql(DEFINITION, ...ROWS.map(insertRow));
  const { data } = await snapshotOf(app);
  const shown = ROWS.filter((row) => row.shown).map(({ id }) => id);
  expect(data.agents.map(({ id }) => id).toSorted()).toEqual(shown.toSorted());
  expect(data).not.toHaveProperty("truncated");
  expect(data.timestamp).toBe("2026-02-05T10:30:00.000Z");
});

test("an agent of the snapshot has exactly the fields of the contract", async () => {
  await using app = await liveApp();
  await app.sql(
    DEFINITION,
    `insert into agents (id, orchestrator_agent_id, session_id, status, started_at, context, error_message)
      values ('a', 'd', 's', 'executing', '2026-02-05 10:00:00', 'plain text', '${"x".repeat(5000)}')`,
  );
  const { data } = await snapshotOf(app);
  expect(data.agents as unknown[]).toEqual([
    {
      id: "a",
      name: null,
      orchestrator_agent_id: "d",
      session_id: "s",
      parent_agent_id: null,
      status: "executing",
      started_at: "2026-02-05T10:00:00.000Z",
      updated_at: expect.any(String),
      completed_at: null,
      cost_usd: 0,
      error_message: "x".repeat(2000),
      quiet_since: null,
      lost: false,
    },
  ]);
});

const MANY = (count: number) => `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
  insert into agents (id, orchestrator_agent_id, session_id, status, started_at)
  select printf('agent-%04d', i), 'd', 's', 'executing', datetime('2026-02-01', '+' || i || ' seconds') from n`;

test("the snapshot holds 1,000 agents without being truncated", async () => {
  await using app = await liveApp();
  await app.sql(DEFINITION, MANY(1000));
  const { data } = await snapshotOf(app);
  expect(data.agents).toHaveLength(1000);
  expect(data).not.toHaveProperty("truncated");
});

test("of more agents the newest 1,000 are shown, and the snapshot says so", async () => {
  await using app = await liveApp();
  await app.sql(DEFINITION, MANY(1001));
  const { data } = await snapshotOf(app);
  expect(data.agents).toHaveLength(1000);
  expect(data.agents[0]!.id).toBe("agent-1001");
  expect(data.agents.at(-1)!.id).toBe("agent-0002");
  expect(data.truncated).toBe(true);
});

test("what follows a snapshot is exactly what it does not hold yet", async () => {
  await using app = await liveApp();
  await app.sql(DEFINITION, MANY(3));
  const { client, hello } = await snapshotOf(app);
  expect(hello.seq).toBe(4);
  await app.call("PATCH", "/api/runtime/agents/agent-0002", { status: "waiting" });
  await app.feed.reached(5);
  expect(client.frames.slice(2)).toMatchObject([
    { seq: 5, snapshot: false, data: { agents: [{ id: "agent-0002", status: "waiting" }] } },
  ]);
});

test("with `after` there is no snapshot but the replay", async () => {
  await using app = await liveApp();
  await app.sql(DEFINITION, MANY(3));
  const client = app.outlet();
  await app.join(client, AGENTS, { after: 2 });
  expect(client.frames).toMatchObject([
    { type: "hello", seq: 2 },
    { type: "agent_update", seq: 3, snapshot: false, data: { agents: [{ id: "agent-0002" }] } },
    { type: "agent_update", seq: 4, snapshot: false, data: { agents: [{ id: "agent-0003" }] } },
  ]);
});
