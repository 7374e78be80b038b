import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Change, type Client, createClient } from "#src/client/client.ts";
import { agentSource } from "#src/ui/session/agent-source.ts";
import { sessionCostsSource } from "#src/ui/session/costs-source.ts";
import { marksSource, MOST_MARKS } from "#src/ui/session/marks.ts";
import { promptSpansSource } from "#src/ui/session/prompt-spans.ts";
import { promptsSource, readMorePrompts, withMorePrompts } from "#src/ui/session/prompts-source.ts";
import { sessionSource } from "#src/ui/session/session-source.ts";
import { readMore, sessionsSource, withMore, withTail } from "#src/ui/session/sessions-source.ts";
import { workflowsSource } from "#src/ui/session/workflow.ts";
import type { Session } from "#src/domain/session.ts";
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

  test("read anew keeps those behind what is read, also those that others have pushed there", () => {
    const sessions = (ids: string, cursor: string | null) => {
      const rows = [...ids].map((id) => ({ session_id: id.toLowerCase(), last_activity_at: TIMES[id]! }) as Session);
      return { rows, cursor };
    };
    // A capital is active again.
    const TIMES: Readonly<Record<string, string>> = { E: "9", D: "8", a: "5", b: "4", c: "3", d: "2", e: "2" };
    const next = withTail(sessions("abced", null), sessions("EDa", "a"));
    expect(next.rows.map(({ session_id }) => session_id).join("")).toBe("edabc");
    expect(next.cursor).toBeNull();
    // One that was deleted is not behind.
    const left = withTail(sessions("abc", "c"), sessions("Db", "b"));
    expect([left.rows.map(({ session_id }) => session_id).join(""), left.cursor]).toEqual(["dbc", "c"]);
    const nothingBehind = sessions("abc", "c");
    expect(withTail(sessions("ab", "b"), nothingBehind)).toBe(nothingBehind);
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

test.each([".", "..", " "])("a session whose id is %j is read all the same", async (id) => {
  const agent = await start(id);
  await ask(agent, "own");
  const { value } = await sessionSource(id).load(client, {}, undefined);
  expect(value!.totals).toMatchObject({
    session_id: id,
    agents: { total: 1 },
    prompts: 1,
    tokens_input: 10,
    cost_usd: 1,
  });
  expect(value!.agents.get(agent)).toMatchObject({ definition: "builder", prompts: 1 });
  expect(value!.totals.first_activity_at).not.toBeNull();
});

test("one agent as the board shows it: what it told last, also when that comes by the feed; nothing of others", async () => {
  const [id, other] = [await start("told"), await start("told")];
  await client.createAgentLog({ agent_id: id, log_type: "milestone", message: "May I?" });
  const source = agentSource({ id, session_id: "told" });
  const { value, seq } = await source.load(client, {}, undefined);
  expect(value.get(id)?.last_log?.message).toBe("May I?");
  for (const agent_id of [other, id])
    await client.createAgentLog({ agent_id, log_type: "tool_call", message: agent_id });
  const { events } = await client.listEvents({ after: seq });
  const next = source.reduce!(value, events as readonly Change[]);
  expect([...next.keys()]).toEqual([id]);
  expect(next.get(id)?.last_log?.message).toBe(id);
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
  // What changed while nobody listened: rows further down too.
  const oldest = whole.rows.at(-1)!;
  await client.updatePrompt(oldest.id, { cost_usd: 9 });
  await client.deletePrompt(whole.rows.at(-2)!.id);
  const source = promptsSource(filter);
  const again = source.merge!(whole, (await source.load(client, {}, whole)).value);
  expect([again.rows.length, again.rows.at(-1)!.cost_usd]).toEqual([24, 9]);
  const spans = await promptSpansSource("asked").load(client, {}, undefined);
  expect([spans.value.spans.size, spans.value.isCut]).toEqual([25, false]);
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

test("the steps of a workflow are those that its metadata names, whatever else stands there", async () => {
  const steps = async (name: string, metadata: unknown) => {
    await client.createWorkflow({ adw_name: name, workflow_type: "sdlc", metadata: metadata as never });
    return (await workflowsSource(name, null).load(client, {}, undefined)).value[0]?.steps;
  };
  expect(await steps("named", { steps: ["plan", "build", "plan", " ", 1, null] })).toEqual(["plan", "build"]);
  expect(await steps("odd", { steps: "plan" })).toEqual([]);
  expect(await steps("none", null)).toEqual([]);
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

test("costs by model are read again of those agents alone of which something has changed", async () => {
  const roots = [await start("several"), await start("several"), await start("several")];
  const child = await start("several", roots[0]);
  const { id } = await ask(child, "?", "m1", 1);
  await ask(roots[1]!, "?", "m1", 2);
  const asked: string[] = [];
  const counted = createClient({
    url: server.url,
    fetch: Object.assign(
      (...[request, init]: Parameters<typeof fetch>) => {
        const of = /agents\/([^/]+)\/cost/.exec(String(request))?.[1];
        if (of !== undefined) asked.push(of);
        return fetch(request, init);
      },
      { preconnect: fetch.preconnect },
    ),
  });
  const source = sessionCostsSource("several", null);
  const { value: first } = await source.load(counted, {}, undefined);
  expect(asked.splice(0).toSorted()).toEqual(roots.toSorted());
  const { value: same } = await source.load(counted, {}, first);
  expect([asked.splice(0), same.byModel]).toEqual([[], first.byModel]);
  await ask(child, "?", "m2", 4);
  const { value: more } = await source.load(counted, {}, same);
  expect(asked.splice(0)).toEqual([roots[0]!]);
  expect(more.byModel.map(({ model, cost_usd }) => [model, cost_usd])).toEqual([
    ["m2", 4],
    ["m1", 3],
  ]);
  // The board does not tell of models; the feed does. What it told while a read failed is not forgotten.
  const told = { type: "prompt.updated", id, agent_id: child, session_id: "several" } as Change;
  expect(source.outdates!(told, more)).toBe(true);
  await expect(source.load(createClient({ url: "http://127.0.0.1:1" }), {}, more)).rejects.toThrow();
  await source.load(counted, {}, more);
  expect(asked.splice(0)).toEqual([roots[0]!]);
});
