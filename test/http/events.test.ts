import { expect, test } from "bun:test";
import { agent, agentLog, definition, NOW, prompt, systemLog, workflow } from "#test/support/given.ts";
import {
  advance,
  get,
  patch,
  prepare,
  remove,
  runScenarios,
  type Scenario,
  send,
  sql,
} from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";

const PATH = "/api/events";

const ALL = [
  definition({ description: "d".repeat(3000), metadata: { a: 1 } }), // 1
  agent({ context: { a: 1 }, config: 1, metadata: 2 }), // 2
  prompt({ response_text: "r" }), // 3
  agentLog({ details: { a: 1 } }), // 4
  systemLog(), // 5
  workflow({ input_data: 1, output_data: 2, metadata: 3 }), // 6
  agent({ session_id: "s2" }), // 7
  advance(1000),
  patch("/api/runtime/agents/id-2", { status: "executing" }), // 8 and 9, a log
  remove("/api/runtime/prompts/id-3"), // 10
];
const ENDS = { head_seq: 10, oldest_seq: 1 };

const page = (name: string, query: string, next: number, ...seqs: readonly number[]): Scenario => ({
  name,
  given: ALL,
  request: get(`${PATH}${query}`),
  status: 200,
  headers: { "X-Change-Seq": "10" },
  body: { events: seqs.map((seq) => ({ seq })), next_after: next, ...ENDS },
});

runScenarios("GET /api/events", [
  {
    name: "an empty feed",
    request: get(PATH),
    status: 200,
    body: { events: [], next_after: 0, head_seq: 0, oldest_seq: 1 },
  },
  page("without after the page is empty and tells the head", "", 10),
  page("after=0 is the whole history", "?after=0", 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
  page("after the head there is nothing", "?after=10", 10),
  page("after is exclusive", "?after=8", 10, 9, 10),
  page("limit ends the page, next_after goes on", "?after=0&limit=3", 3, 1, 2, 3),
  page("the next page", "?after=3&limit=3", 6, 4, 5, 6),
  page("types narrows", "?after=0&types=prompt", 10, 3, 10),
  page("a comma in types means any of", "?after=0&types=agent_log,system_log", 10, 4, 5, 9),
  page("agent_id narrows", "?after=0&agent_id=id-2", 10, 2, 3, 4, 8, 9, 10),
  page("a comma in agent_id means any of", "?after=0&agent_id=id-2,id-7", 10, 2, 3, 4, 8, 9, 10),
  page("session_id narrows", "?after=0&session_id=s2", 10, 7),
  page("a comma in session_id means any of", "?after=0&session_id=s1,s2&types=agent", 10, 2, 7, 8),
  page("a narrowed page tells how far it has read", "?after=0&types=agent&limit=1", 2, 2),
  page("filters are combined", "?after=2&types=agent&session_id=s1&agent_id=id-2", 10, 8),
  {
    name: "a cursor ahead of the head is gone",
    given: ALL,
    request: get(`${PATH}?after=11`),
    status: 410,
    problem: { code: "cursor_gone", reason: "ahead", ...ENDS },
  },
  {
    name: "a cursor of another history is gone",
    given: ALL,
    request: get(`${PATH}?after=3&feed=another`),
    status: 410,
    problem: { code: "cursor_gone", reason: "replaced", ...ENDS },
  },
  {
    name: "a cursor behind which changes were pruned is gone",
    given: [...ALL, sql("delete from changes where seq <= 4")],
    request: get(`${PATH}?after=3`),
    status: 410,
    problem: { code: "cursor_gone", reason: "pruned", oldest_seq: 5, head_seq: 10 },
  },
  {
    name: "the oldest cursor that can be served is oldest_seq - 1",
    given: [...ALL, sql("delete from changes where seq <= 4")],
    request: get(`${PATH}?after=4&limit=1`),
    status: 200,
    body: { events: [{ seq: 5 }], oldest_seq: 5 },
  },
  {
    name: "when everything is pruned the head stays what it was",
    given: [...ALL, sql("delete from changes")],
    request: get(`${PATH}?after=10`),
    status: 200,
    body: { events: [], head_seq: 10, oldest_seq: 11, next_after: 10 },
  },
]);

test("a frame is the row as it was at that change, without its long fields", async () => {
  await using app = await testApp();
  await prepare(app, ALL);
  const { body } = await send(app, get(`${PATH}?after=0`));
  const [made, started, prompted, logged, systemLogged, planned, , changed, , deleted] = body.events;
  expect(made).toMatchObject({ type: "orchestrator_agent.created", id: "id-1", agent_id: null, session_id: null });
  expect(made.data).toEqual({
    id: "id-1",
    name: "planner",
    description: "d".repeat(2000),
    agent_type: "planner",
    capabilities: null,
    default_model: null,
    is_active: true,
    created_at: NOW,
    updated_at: NOW,
  });
  expect(started).toMatchObject({ type: "agent.created", id: "id-2", agent_id: "id-2", session_id: "s1" });
  expect(started.data).toMatchObject({ status: "initializing", updated_at: NOW });
  expect(changed).toMatchObject({ type: "agent.updated", data: { status: "executing" } });
  expect(prompted).toMatchObject({ type: "prompt.created", agent_id: "id-2", session_id: "s1" });
  expect(deleted).toMatchObject({ type: "prompt.deleted", id: "id-3", agent_id: "id-2", data: { id: "id-3" } });
  expect(logged).toMatchObject({ type: "agent_log.created", id: 1, agent_id: "id-2", session_id: "s1" });
  expect(systemLogged).toMatchObject({ type: "system_log.created", id: 1, agent_id: null, session_id: null });
  expect(planned).toMatchObject({ type: "workflow.created", data: { adw_name: "adw-1" } });
  const long = /prompt_text|response_text|details|context|config|metadata|input_data|output_data/;
  for (const { data } of body.events) expect(Object.keys(data).filter((field) => long.test(field))).toEqual([]);
});

test("a log that was removed comes with data: null", async () => {
  await using app = await testApp();
  await prepare(app, [systemLog(), sql("delete from system_logs")]);
  const { body } = await send(app, get(`${PATH}?after=0`));
  expect(body.events).toMatchObject([{ type: "system_log.created", id: 1, data: null }]);
});

test("a page's feed can be sent back beside its cursor", async () => {
  await using app = await testApp();
  await prepare(app, ALL);
  const { body } = await send(app, get(PATH));
  const again = await send(app, get(`${PATH}?after=${body.next_after}&feed=${body.feed}`));
  expect(again.body).toEqual(body);
});

test("with Accept: text/event-stream it is a stream that nothing may keep", async () => {
  const opened: unknown[] = [];
  const open = (request: unknown) => {
    opened.push(request);
    return new Blob(["data: {}\n\n"]).stream();
  };
  await using app = await testApp({ sse: { open } });
  const accept = { Accept: "text/event-stream" };
  const query = "?after=3&feed=f&types=agent,prompt&session_id=s1&agent_id=a";
  const answer = await send(app, get(`${PATH}${query}`, accept));
  expect(answer.status).toBe(200);
  expect(answer.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  expect(answer.body).toBe("data: {}\n\n");
  await send(app, get(`${PATH}?after=3`, { ...accept, "Last-Event-ID": "7" }));
  await send(app, get(`${PATH}?after=3`, { ...accept, "Last-Event-ID": "" }));
  const filter = { types: ["agent", "prompt"], session_id: ["s1"], agent_id: ["a"] };
  expect(opened).toMatchObject([
    { after: 3, feed: "f", topic: { kind: "events", filter } },
    { after: 7 },
    { after: 3 },
  ]);
});

test("a HEAD for the stream opens none", async () => {
  const open = () => {
    throw new Error("opened");
  };
  await using app = await testApp({ sse: { open } });
  const answer = await send(app, { method: "HEAD", path: PATH, headers: { Accept: "text/event-stream" } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
});
