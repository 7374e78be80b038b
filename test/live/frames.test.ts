import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { topicOf } from "#src/live/topics.ts";
import { liveApp, type Sent } from "./live-app.ts";

const ALL = topicOf("events", {});
const AGENTS = topicOf("agent-status", { types: ["agent"] });
const LONG = "x".repeat(5000);

const LONG_FIELDS = "prompt_text response_text details context config metadata input_data output_data".split(" ");
const TYPES =
  "orchestrator_agent.created agent.created agent.updated agent.deleted agent_log.created prompt.created prompt.updated prompt.deleted system_log.created workflow.created workflow.updated";

type App = Awaited<ReturnType<typeof liveApp>>;

async function make(app: App, path: string, body: object): Promise<string> {
  const answer = await app.call("POST", path, body);
  expect(answer.status).toBe(201);
  return answer.body.id;
}

/** One of each, with everything long that there is; changed, and deleted where that can be. */
async function writeAll(app: App): Promise<void> {
  const json = { note: LONG };
  const definition = await make(app, "/api/agents", { name: "planner", agent_type: "planner", metadata: json });
  const agent = await make(app, "/api/runtime/agents", {
    orchestrator_agent_id: definition,
    session_id: "s1",
    context: json,
    config: json,
    metadata: json,
  });
  const prompt = await make(app, "/api/runtime/prompts", {
    agent_id: agent,
    prompt_type: "command",
    prompt_text: LONG,
    response_text: LONG,
  });
  const log = { agent_id: agent, log_type: "milestone", message: LONG, details: json };
  await make(app, "/api/runtime/logs", log);
  await make(app, "/api/system/logs", { component: "test", message: LONG, details: json });
  const workflow = await make(app, "/api/runtime/workflows", {
    adw_name: "adw",
    workflow_type: "sdlc",
    input_data: json,
    output_data: json,
    metadata: json,
  });
  await app.call("PATCH", `/api/runtime/agents/${agent}`, { status: "failed", error_message: LONG });
  await app.call("PATCH", `/api/runtime/workflows/${workflow}`, { status: "in_progress" });
  await app.call("PATCH", `/api/runtime/prompts/${prompt}`, { cost_usd: 0.25 });
  await app.call("DELETE", `/api/runtime/prompts/${prompt}`);
  await app.call("DELETE", `/api/runtime/agents/${agent}`);
}

async function replayed(app: App, topic = ALL, after = 0): Promise<Sent[]> {
  await app.feed.reached((await app.db.changes.state()).headSeq);
  const client = app.outlet();
  await app.join(client, topic, { after });
  return client.frames.slice(1);
}

test("invariant 2: a frame says what its `changes` row says", async () => {
  await using app = await liveApp();
  await writeAll(app);
  using db = new Database(app.path, { readonly: true });
  const rows = db.query<Record<string, unknown>, []>("select * from changes order by seq").all();
  const frames = await replayed(app);
  expect(frames as unknown[]).toMatchObject(
    rows.map((row) => ({
      type: `${row["entity"]}.${row["op"]}`,
      seq: row["seq"],
      at: new Date(row["at_ms"] as number).toISOString(),
      id: row["entity_id"],
      agent_id: row["agent_id"],
      session_id: row["session_id"],
    })),
  );
  const captured = frames.filter((_, index) => rows[index]!["data"] !== null);
  expect(captured.length).toBeGreaterThan(8);
  for (const { seq, data } of captured) {
    const stored = JSON.parse(rows[seq! - 1]!["data"] as string);
    for (const field of ["id", "name", "status", "session_id", "cost_usd", "error_message", "adw_name"]) {
      expect((data as Record<string, unknown>)[field], `${field} of ${seq}`).toEqual(stored[field]);
    }
  }
  expect(new Set(frames.map(({ type }) => type))).toEqual(new Set(TYPES.split(" ")));
});

test("a live frame and the same frame replayed are equal", async () => {
  await using app = await liveApp();
  const live = app.outlet();
  await app.join(live, ALL);
  const agents = app.outlet();
  await app.join(agents, AGENTS, { after: 0 });
  const definition = await make(app, "/api/agents", { name: "planner", agent_type: "planner" });
  const agent = await make(app, "/api/runtime/agents", { orchestrator_agent_id: definition, session_id: "s1" });
  await app.call("PATCH", `/api/runtime/agents/${agent}`, { status: "executing" });
  await make(app, "/api/system/logs", { component: "test", message: "hello" });
  expect(await replayed(app)).toEqual(live.frames.slice(1));
  expect(await replayed(app, AGENTS)).toEqual(agents.frames.slice(1));
  expect(agents.frames.slice(1)).toHaveLength(2);
});

test("data is the row as it was at each change, not as it is now", async () => {
  await using app = await liveApp();
  const definition = await make(app, "/api/agents", { name: "planner", agent_type: "planner" });
  const agent = await make(app, "/api/runtime/agents", { orchestrator_agent_id: definition, session_id: "s1" });
  for (const status of ["planning", "waiting", "completed"]) {
    await app.call("PATCH", `/api/runtime/agents/${agent}`, { status });
  }
  const frames = await replayed(app, topicOf("events", { types: ["agent"] }));
  expect(frames.map(({ data }) => (data as { status: string }).status)).toEqual([
    "initializing",
    "planning",
    "waiting",
    "completed",
  ]);
  const updates = await replayed(app, AGENTS);
  expect(updates.map(({ data }) => data)).toMatchObject([
    { agents: [{ status: "initializing", completed_at: null }] },
    { agents: [{ status: "planning" }] },
    { agents: [{ status: "waiting" }] },
    { agents: [{ status: "completed", completed_at: "2026-02-05T10:30:00.000Z" }] },
  ]);
});

test("long fields are left out and text is cut at 2,000 characters", async () => {
  await using app = await liveApp();
  await writeAll(app);
  const frames = await replayed(app);
  for (const { data } of frames) for (const field of LONG_FIELDS) expect(data ?? {}).not.toHaveProperty(field);
  const texts = frames.flatMap(({ data }) => Object.values(data ?? {})).filter((value) => typeof value === "string");
  expect(Math.max(...texts.map((text) => text.length))).toBe(2000);
  const failed = (await replayed(app, AGENTS)).find(({ data }) => JSON.stringify(data).includes("failed"));
  expect(failed).toMatchObject({ data: { agents: [{ error_message: "x".repeat(2000) }] } });
});

test("a log that has been removed since comes with `data: null`, still as `.created` and with no other frame", async () => {
  await using app = await liveApp();
  await app.sql("insert into system_logs (component, message) values ('a', 'one'), ('a', 'two')");
  await app.sql("delete from system_logs where message = 'one'");
  expect(await replayed(app)).toMatchObject([
    { type: "system_log.created", seq: 1, data: null },
    { type: "system_log.created", seq: 2, data: { message: "two" } },
  ]);
});

test("a deleted agent comes as `deleted` on the agents' stream, without a row", async () => {
  await using app = await liveApp();
  const definition = await make(app, "/api/agents", { name: "planner", agent_type: "planner" });
  const agent = await make(app, "/api/runtime/agents", { orchestrator_agent_id: definition, session_id: "s1" });
  await app.call("DELETE", `/api/runtime/agents/${agent}`);
  const frames = await replayed(app, AGENTS);
  expect(frames.at(-1)).toMatchObject({
    type: "agent_update",
    seq: 3,
    snapshot: false,
    data: { agents: [], deleted: [agent] },
  });
});
