import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Client, createClient } from "#src/client/client.ts";
import { sessionCostsSource } from "#src/ui/session/costs-source.ts";
import { marksSource, MOST_MARKS } from "#src/ui/session/marks.ts";
import { promptSpansSource } from "#src/ui/session/prompt-spans.ts";
import { promptsSource, readMorePrompts, withMorePrompts } from "#src/ui/session/prompts-source.ts";
import { sessionSource } from "#src/ui/session/session-source.ts";
import { readMore, sessionsSource, withMore } from "#src/ui/session/sessions-source.ts";
import { workflowsSource } from "#src/ui/session/workflow.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";

let server: TestServer;
let client: Client;
let definition: string;

beforeAll(async () => {
  server = await testServer();
  client = createClient({ url: server.url });
  definition = (await client.createOrchestratorAgent({ name: "builder", agent_type: "builder" })).id;
});
afterAll(() => server[Symbol.asyncDispose]());

const start = async (session_id: string, parent: string | null = null, context: unknown = null) =>
  (
    await client.createRuntimeAgent({
      orchestrator_agent_id: definition,
      session_id,
      parent_agent_id: parent,
      context: context as never,
    })
  ).id;
const ask = (agent_id: string, text: string, model_used = "m1", cost_usd = 1) =>
  client.createPrompt({
    agent_id,
    prompt_type: "command",
    prompt_text: text,
    status: "completed",
    model_used,
    tokens_input: 10,
    tokens_output: 1,
    cost_usd,
  });

describe("the list of sessions", () => {
  test("is read as far as it is shown, and further on demand", async () => {
    for (let index = 0; index < 60; index += 1) await start(`list-${index}`);
    const source = sessionsSource(null);
    const { value: first } = await source.load(client, {}, undefined);
    expect(first.rows).toHaveLength(50);
    const all = withMore(first, await readMore(client, null, first));
    expect([all.rows.length, all.cursor]).toEqual([60, null]);
    await start("list-0");
    const { value: again } = await source.load(client, {}, all);
    expect([again.rows.length, again.rows[0]!.session_id]).toEqual([60, "list-0"]);
  });

  test("since a time ago, or a time as the API takes it", async () => {
    await start("recent");
    expect((await sessionsSource("1h").load(client, {}, undefined)).value.rows.length).toBeGreaterThan(0);
    expect((await sessionsSource("2999-01-01").load(client, {}, undefined)).value.rows).toEqual([]);
    expect(sessionsSource("soon").load(client, {}, undefined)).rejects.toMatchObject({ status: 422 });
  });
});

test("a session has its agents with what they took; the same agent read again is the same object", async () => {
  const parent = await start("one", null, "plan");
  const child = await start("one", parent);
  await ask(child, "?");
  const source = sessionSource("one");
  const { value, seq } = await source.load(client, {}, undefined);
  expect(value!.agents.get(child)).toMatchObject({ definition: "builder", prompts: 1, tokens_input: 10, cost_usd: 1 });
  expect(value!.agents.get(parent)).toMatchObject({ context: "plan" });
  const { events } = await client.listEvents({ after: seq });
  expect(events).toEqual([]);
  const { value: again } = await source.load(client, {}, value);
  expect(again!.agents.get(child)).toBe(value!.agents.get(child)!);
});

test("a session that is not there is nothing, and no error", async () => {
  expect((await sessionSource("nowhere").load(client, {}, undefined)).value).toBeNull();
});

test("a session whose id holds a comma is not two sessions", async () => {
  const [agent, other] = [await start("left,right"), await start("left")];
  await ask(agent, "own");
  await ask(other, "foreign");
  const log = { log_type: "tool_call", message: "Bash ls" } as const;
  await client.createAgentLogs([agent, other].map((agent_id) => ({ agent_id, ...log })));
  const { value } = await sessionSource("left,right").load(client, {}, undefined);
  expect([...value!.agents.values()].map(({ id, prompts }) => [id, prompts])).toEqual([[agent, 1]]);
  const prompts = await promptsSource({ sessionId: "left,right", agentId: null }).load(client, {}, undefined);
  expect(prompts.value.rows.map((row) => row.prompt_text)).toEqual(["own"]);
  expect([...(await marksSource("left,right").load(client, {}, undefined)).value.byAgent.keys()]).toEqual([agent]);
});

test("prompts: those of one agent, page by page", async () => {
  const [one, other] = [await start("asked"), await start("asked")];
  for (let index = 0; index < 25; index += 1) await ask(one, `question ${index}`);
  await ask(other, "another");
  const all = promptsSource({ sessionId: "asked", agentId: null });
  expect((await all.load(client, {}, undefined)).value.rows[0]!.prompt_text).toBe("another");
  const filter = { sessionId: "asked", agentId: one };
  const { value } = await promptsSource(filter).load(client, {}, undefined);
  const whole = withMorePrompts(value, await readMorePrompts(client, filter, value));
  expect([value.rows.length, whole.rows.length, whole.cursor]).toEqual([20, 25, null]);
  const spans = await promptSpansSource("asked").load(client, {}, undefined);
  expect([spans.value.spans.size, spans.value.isCut]).toEqual([26, false]);
});

test("tools and errors: the newest so many, whatever pages they come in", async () => {
  const agent = await start("busy");
  const log = (message: string, log_type: "tool_call" | "milestone") => ({ agent_id: agent, log_type, message });
  for (let batch = 0; batch < 6; batch += 1)
    await client.createAgentLogs(
      Array.from({ length: 1000 }, (_, index) => log(`${batch * 1000 + index}`, "tool_call")),
    );
  await client.createAgentLogs([log("no mark", "milestone")]);
  const { value } = await marksSource("busy").load(client, {}, undefined);
  expect([value.count, value.isCut]).toEqual([MOST_MARKS, true]);
  expect(value.byAgent.get(agent)!.at(-1)!.text).toBe("5999");
});

test("workflows of the session's name, and none, without an error, where there are none", async () => {
  const { id } = await client.createWorkflow({ adw_name: "adw-1", workflow_type: "sdlc" });
  const load = async (session: string) =>
    (await workflowsSource(session, null).load(client, {}, undefined)).value.map((row) => row.id);
  expect(await load("adw-1")).toEqual([id]);
  expect(await load(id)).toEqual([id]);
  expect(await load("adw-2")).toEqual([]);
});

test("costs by model: of all agents that no other one started with those below them, or of one", async () => {
  const [root, second] = [await start("paid"), await start("paid")];
  const child = await start("paid", root);
  await ask(root, "?", "m1", 1);
  await ask(child, "?", "m2", 2);
  await ask(second, "?", "m2", 4);
  const costs = async (agent: string | null) =>
    (await sessionCostsSource("paid", agent).load(client, {}, undefined)).value;
  const all = await costs(null);
  expect(all.byModel.map(({ model, cost_usd, prompts }) => [model, cost_usd, prompts])).toEqual([
    ["m2", 6, 2],
    ["m1", 1, 1],
  ]);
  expect([all.sources.reported, all.roots, all.agent]).toEqual([7, 2, null]);
  expect((await costs(child)).byModel).toMatchObject([{ model: "m2", cost_usd: 2 }]);
});
