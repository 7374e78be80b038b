import { describe, expect, test } from "bun:test";
import type { Ingest } from "#src/ingest/ingest.ts";
import type { Reading } from "#src/ingest/report.ts";
import { get, post, remove, runScenarios, send } from "#test/support/scenario.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

const MB = 1024 * 1024;
const PATH = "/ingest/hooks";
const JSON_TYPE = { "Content-Type": "application/json" };

const claude = (name: string, fields: object = {}) => ({
  session_id: "s1",
  cwd: "/repo/p",
  hook_event_name: name,
  prompt_id: "p1",
  ...fields,
});

/** Sends events one after the other, each of which is stored and answered by nothing. */
async function sendAll(app: TestApp, source: string, events: readonly unknown[]): Promise<void> {
  for (const event of events) {
    const { status, body } = await send(app, post(`${PATH}/${source}`, event));
    expect([status, body]).toEqual([204, ""]);
  }
}

async function agentsOf(app: TestApp) {
  return (await send(app, get("/api/runtime/agents"))).body;
}

const PROMPT = claude("UserPromptSubmit", { prompt: "Fix it" });
const STOP = claude("Stop", { last_assistant_message: "Done." });
const BASH = { tool_name: "Bash", tool_input: { command: "ls" }, tool_use_id: "toolu_1" };

describe("events of hooks", () => {
  test("of Claude Code make an agent, its prompt and its logs", async () => {
    await using app = await testApp();
    await sendAll(app, "claude-code", [PROMPT, claude("PreToolUse", BASH)]);
    expect(await agentsOf(app)).toMatchObject([{ external_id: "claude:s1", session_id: "s1", status: "executing" }]);
    await sendAll(app, "claude-code", [claude("PostToolUse", { ...BASH, tool_response: "a" }), STOP]);
    expect(await agentsOf(app)).toMatchObject([{ status: "idle", metadata: { cwd: "/repo/p" } }]);
    const prompts = (await send(app, get("/api/runtime/prompts"))).body;
    expect(prompts).toMatchObject([{ prompt_text: "Fix it", response_text: "Done.", status: "completed" }]);
    const logs = (await send(app, get("/api/runtime/logs?log_type=tool_call"))).body;
    expect(logs.map((log: { message: string }) => log.message)).toEqual(["Bash: ls", "Bash: ls (started)"]);
  });

  test("of sub-agents make agents below", async () => {
    await using app = await testApp();
    await sendAll(app, "claude-code", [PROMPT, claude("SubagentStart", { agent_id: "a1", agent_type: "Explore" })]);
    const [child, parent] = await agentsOf(app);
    expect(child).toMatchObject({ external_id: "claude:s1:a1", name: "Explore", parent_agent_id: parent.id });
  });

  test("of Codex and its notify, Gemini CLI and opencode make one each", async () => {
    await using app = await testApp();
    await sendAll(app, "codex", [
      { session_id: "t1", hook_event_name: "UserPromptSubmit", turn_id: "u1", prompt: "Fix it" },
      { type: "agent-turn-complete", "thread-id": "t1", "turn-id": "u1", "last-assistant-message": "Done." },
    ]);
    await sendAll(app, "gemini", [{ session_id: "g1", hook_event_name: "BeforeAgent", prompt: "Fix it" }]);
    await sendAll(app, "opencode", [
      [
        { id: "e1", type: "session.created", properties: { info: { id: "o1" } } },
        { id: "e2", type: "session.created", properties: { info: { id: "o2", parentID: "o1", agent: "explore" } } },
        { id: "e3", type: "session.status", properties: { sessionID: "o1", status: { type: "busy" } } },
      ],
    ]);
    const found = (await agentsOf(app)).map(({ external_id, status }: Record<string, string>) => [external_id, status]);
    expect(found.toSorted()).toEqual([
      ["codex:t1", "executing"],
      ["gemini:g1", "executing"],
      ["opencode:o1", "executing"],
      ["opencode:o1:o2", "idle"],
    ]);
    const answered = (await send(app, get("/api/runtime/prompts?status=completed"))).body;
    expect(answered).toMatchObject([{ prompt_text: "Fix it", response_text: "Done." }]);
  });

  test("of opencode after a failure complete nothing, and a new prompt brings the agent back", async () => {
    await using app = await testApp();
    let number = 0;
    const event = (type: string, properties: object = {}) => ({
      id: `e${(number += 1)}`,
      type,
      properties: { sessionID: "o1", ...properties },
    });
    const user = (id: string) => event("message.updated", { info: { id, role: "user" } });
    const error = { name: "APIError", data: { message: "bad request" } };
    const answer = { id: "m2", role: "assistant", parentID: "m1", error };
    const idle = () => [event("session.status", { status: { type: "idle" } }), event("session.idle")];
    await sendAll(app, "opencode", [
      event("session.created", { info: { id: "o1" } }),
      user("m1"),
      event("message.part.updated", { part: { id: "t1", messageID: "m1", type: "text", text: "Fix it" } }),
      event("session.status", { status: { type: "busy" } }),
      event("session.error", { error }),
      ...idle(),
      event("message.updated", { info: answer }),
      ...idle(),
      user("m1"),
    ]);
    const failed = { status: "failed", error_message: "APIError: bad request" };
    expect(await agentsOf(app)).toMatchObject([failed]);
    const prompts = "/api/runtime/prompts";
    expect((await send(app, get(prompts))).body).toMatchObject([{ ...failed, prompt_text: "Fix it" }]);
    await sendAll(app, "opencode", [user("m3")]);
    expect(await agentsOf(app)).toMatchObject([{ status: "executing", error_message: null }]);
    await sendAll(app, "opencode", idle());
    expect(await agentsOf(app)).toMatchObject([{ status: "idle" }]);
    expect((await send(app, get(prompts))).body).toMatchObject([{ status: "completed" }, failed]);
  });

  test("that begin a session late leave it at work", async () => {
    await using app = await testApp();
    await sendAll(app, "claude-code", [
      PROMPT,
      claude("SessionStart", { source: "startup", model: "claude-sonnet-5" }),
    ]);
    expect(await agentsOf(app)).toMatchObject([{ status: "executing", metadata: { model: "claude-sonnet-5" } }]);
    await sendAll(app, "claude-code", [STOP, claude("PostToolUse", BASH)]);
    expect(await agentsOf(app)).toMatchObject([{ status: "idle" }]);
  });

  test("that come again change nothing", async () => {
    await using app = await testApp();
    const events = [PROMPT, claude("PostToolUse", BASH), STOP];
    await sendAll(app, "claude-code", events);
    const { length } = await app.changes();
    await sendAll(app, "claude-code", [events[1], STOP, STOP]);
    expect(await app.changes()).toHaveLength(length);
  });

  test("that are not understood are kept as a log, and taken", async () => {
    await using app = await testApp();
    const odd = [null, 5, "x", [], {}, claude("Dreaming"), { session_id: { a: [] }, hook_event_name: "Stop" }];
    await sendAll(app, "claude-code", odd);
    expect(await agentsOf(app)).toEqual([]);
    const logs = (await send(app, get("/api/system/logs"))).body;
    expect(logs).toHaveLength(odd.length);
    for (const log of logs) expect(log).toMatchObject({ log_level: "DEBUG", component: "ingest" });
  });
});

runScenarios("POST /ingest/hooks/{source}", [
  {
    name: "takes what says nothing",
    request: post(`${PATH}/claude-code`, claude("MessageDisplay")),
    status: 204,
    body: "",
  },
  {
    name: "knows four sources",
    request: post(`${PATH}/claude`, PROMPT),
    status: 404,
    problem: { code: "not_found", detail: expect.stringContaining("claude-code, codex, gemini, opencode") },
  },
  { name: "knows no inherited source", request: post(`${PATH}/constructor`, PROMPT), status: 404 },
  { name: "is a POST", request: get(`${PATH}/codex`), status: 405, headers: { Allow: "POST" } },
  { name: "is nothing else", request: remove(`${PATH}/codex`), status: 405 },
  { name: "takes no parameters", request: post(`${PATH}/codex?x=1`, PROMPT), status: 422, problem: "validation" },
  {
    name: "takes up to 1000 events",
    request: post(
      `${PATH}/opencode`,
      Array.from({ length: 1_000 }, () => ({ type: "plugin.added" })),
    ),
    status: 204,
  },
  {
    name: "takes no more events",
    request: post(
      `${PATH}/opencode`,
      Array.from({ length: 1_001 }, () => ({ type: "plugin.added" })),
    ),
    status: 422,
    problem: { code: "validation", detail: "The body holds 1001 events: send up to 1000 at once." },
  },
]);

describe("a body", () => {
  const refused = [
    ["{", JSON_TYPE, 400, "malformed_json"],
    ["", JSON_TYPE, 400, "malformed_json"],
    ["{}", { "Content-Type": "text/plain" }, 415, "unsupported_media_type"],
    [`"${"x".repeat(8 * MB)}"`, JSON_TYPE, 413, "payload_too_large"],
  ] as const;
  test.each(refused)("is refused: %#", async (body, headers, status, code) => {
    await using app = await testApp();
    const answer = await app.raw(`${PATH}/claude-code`, { method: "POST", headers, body });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("of nearly 8 MB is taken", async () => {
    await using app = await testApp();
    await sendAll(app, "claude-code", [claude("UserPromptSubmit", { prompt: "x".repeat(8 * MB - 1_000) })]);
    const [prompt] = (await send(app, get("/api/runtime/prompts"))).body;
    expect(prompt.prompt_text.length).toBeLessThanOrEqual(1_000_000);
    expect(prompt.prompt_text).toEndWith("characters cut]");
  });

  test("may be nested deeply", async () => {
    await using app = await testApp();
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const body = `{"session_id":"s1","hook_event_name":"UserPromptSubmit","prompt":"Fix it","x":${deep}}`;
    const answer = await app.raw(`${PATH}/claude-code`, { method: "POST", headers: JSON_TYPE, body });
    expect(answer.status).toBe(204);
    expect(await agentsOf(app)).toHaveLength(1);
  });
});

test("only who may ingest may send", async () => {
  await using app = await testApp({ apiToken: "token-of-the-environment" });
  const admin = { Authorization: "Bearer token-of-the-environment" };
  const as = async (scope: string) => {
    const made = await send(app, { ...post("/api/tokens", { name: scope, scope }), headers: admin });
    const headers = { Authorization: `Bearer ${made.body.secret}` };
    return (await send(app, { ...post(`${PATH}/claude-code`, PROMPT), headers })).status;
  };
  expect((await send(app, post(`${PATH}/claude-code`, PROMPT))).status).toBe(401);
  expect([await as("read"), await as("ingest")]).toEqual([403, 204]);
});

test("many events of opencode are stored a few at a time, in order: others need not wait for all", async () => {
  const taken: Reading[] = [];
  const ingest = { take: async (reading: Reading) => void taken.push(reading) } as unknown as Ingest;
  await using app = await testApp({ ingest });
  const events = Array.from({ length: 900 }, (_, at) => ({
    type: "session.created",
    properties: { info: { id: `s${at}` } },
  }));
  expect((await send(app, post(`${PATH}/opencode`, events))).status).toBe(204);
  const sessions = taken.map(({ reports }) => reports.map(({ about }) => about.session));
  expect(sessions.flat()).toEqual(events.map(({ properties }) => properties.info.id));
  expect(Math.max(...sessions.map((some) => some.length))).toBeLessThanOrEqual(24);
});
