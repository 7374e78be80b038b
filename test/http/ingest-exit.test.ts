import { describe, expect, test } from "bun:test";
import { observe, sendLines as sendBody } from "#test/support/recording.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

const THREAD = { type: "thread.started", thread_id: "t1" };
const TURN = { type: "turn.started" };
const FAILED = { type: "turn.failed", error: { message: "quota" } };
const USED = { type: "turn.completed", usage: { input_tokens: 9, output_tokens: 1 } };
const hook = (hook_event_name: string, more: object = {}) => ({ session_id: "t1", hook_event_name, ...more });

const send = (app: TestApp, source: string, lines: readonly unknown[], query = "") =>
  sendBody(app, source, new Blob(lines.map((line) => `${JSON.stringify(line)}\n`)), query);

async function statuses(app: TestApp) {
  const { agents, prompts } = await observe(app);
  return {
    agents: Object.fromEntries(
      agents.map(({ external_id, status, error_message }) => [external_id, [status, error_message]]),
    ),
    prompts: prompts.map(({ status, error_message }) => [status, error_message]),
  };
}

describe("the exit of the program", () => {
  test.each([
    [[THREAD, TURN, USED], 0, ["completed", null], ["completed", null]],
    [[THREAD, TURN, USED], 2, ["failed", "exited with code 2"], ["completed", null]],
    [[THREAD, TURN], 2, ["failed", "exited with code 2"], ["cancelled", "exited with code 2"]],
    [[THREAD, TURN, FAILED], 1, ["failed", "quota"], ["failed", "quota"]],
  ] as const)("is how its agent ended: %j %d", async (lines, exit, agent, prompt) => {
    await using app = await testApp();
    await send(app, "codex", lines, `&exit=${exit}`);
    const once = await observe(app);
    expect(await statuses(app)).toEqual({ agents: { "codex:t1": [...agent] }, prompts: [[...prompt]] });
    await send(app, "codex", lines, `&exit=${exit}`);
    expect(await observe(app)).toEqual(once);
  });

  test("counts where the output ends, once", async () => {
    await using app = await testApp();
    await send(app, "codex", [THREAD, TURN], "&stream=s&exit=3");
    expect((await statuses(app)).agents).toEqual({ "codex:t1": ["executing", null] });
    await send(app, "codex", [], "&stream=s&line=2&end=true&exit=3");
    const once = await observe(app);
    expect(once.agents).toMatchObject([{ status: "failed", error_message: "exited with code 3" }]);
    await send(app, "codex", [], "&stream=s&line=2&end=true&exit=3");
    expect(await observe(app)).toEqual(once);
  });

  test("may be told after it was guessed", async () => {
    await using app = await testApp();
    await send(app, "codex", [THREAD, TURN]);
    expect((await statuses(app)).agents).toEqual({ "codex:t1": ["idle", null] });
    await send(app, "codex", [THREAD, TURN], "&exit=1");
    expect((await statuses(app)).agents).toEqual({ "codex:t1": ["failed", "exited with code 1"] });
  });

  test("ends nothing that goes on: the next run of the thread begins it again", async () => {
    await using app = await testApp();
    await send(app, "codex", [THREAD, TURN], "&stream=a&end=true&exit=1");
    await send(app, "codex", [THREAD, TURN], "&stream=b");
    expect(await statuses(app)).toEqual({
      agents: { "codex:t1": ["executing", null] },
      prompts: [
        ["cancelled", "exited with code 1"],
        ["streaming", null],
      ],
    });
  });

  test.each([
    [[THREAD, TURN, USED], 0, "completed"],
    [[THREAD, TURN, FAILED], 1, "failed"],
    [[THREAD, TURN], 1, "failed"],
  ])("agrees with hooks that tell of the same thread: %j %d", async (lines, exit, status) => {
    await using app = await testApp();
    const hooks = [
      hook("SessionStart", { source: "startup" }),
      hook("UserPromptSubmit", { turn_id: "u1", prompt: "Go" }),
      hook("SessionEnd", { reason: "other" }),
    ];
    for (const body of hooks) await app.call("POST", "/ingest/hooks/codex", body);
    await send(app, "codex", lines, `&exit=${exit}`);
    expect((await observe(app)).agents).toMatchObject([{ status }]);
  });

  test("is not that of a session whose end was told, whatever hooks tell of it", async () => {
    await using app = await testApp();
    const claude = (event: string, more: object = {}) =>
      app.call("POST", "/ingest/hooks/claude-code", { session_id: "s1", hook_event_name: event, ...more });
    await claude("UserPromptSubmit", { prompt_id: "p1", prompt: "Go" });
    await claude("SessionEnd", { reason: "other" });
    const lines = [
      { type: "system", subtype: "init", session_id: "s1" },
      { type: "result", subtype: "success", session_id: "s1", result: "Done." },
    ];
    await send(app, "claude-code", lines, "&exit=1");
    expect((await statuses(app)).agents).toEqual({ "claude:s1": ["completed", null] });
  });

  const TASK = {
    type: "system",
    subtype: "task_started",
    session_id: "s1",
    task_id: "a1",
    tool_use_id: "c1",
    subagent_type: "Explore",
    prompt: "Look",
  };

  test.each([
    ["", "idle", "idle"],
    ["&exit=137", "failed", "cancelled"],
    ["&exit=0", "completed", "cancelled"],
  ])("is also that of those who worked for it: %s", async (query, status, below) => {
    await using app = await testApp();
    await send(app, "claude-code", [{ type: "system", subtype: "init", session_id: "s1" }, TASK], query);
    const { agents, prompts } = await statuses(app);
    expect([agents["claude:s1"]?.[0], agents["claude:s1:a1"]?.[0]]).toEqual([status, below]);
    expect(prompts.map(([turn]) => turn)).toEqual(["cancelled", "cancelled"]);
  });

  test("of output without a session says nothing", async () => {
    await using app = await testApp();
    await send(app, "codex", [], "&exit=1");
    expect((await observe(app)).agents).toEqual([]);
  });
});

test("a task that outlives its session's result is left idle; its end, when told, counts", async () => {
  await using app = await testApp();
  const task = { session_id: "s1", task_id: "a1" };
  const lines = [
    { type: "system", subtype: "init", session_id: "s1" },
    { type: "system", subtype: "task_started", ...task, subagent_type: "Explore", prompt: "Look" },
    { type: "result", subtype: "success", session_id: "s1", result: "Done." },
  ];
  await send(app, "claude-code", lines);
  expect((await statuses(app)).agents).toEqual({ "claude:s1": ["completed", null], "claude:s1:a1": ["idle", null] });
  await send(app, "claude-code", [
    ...lines,
    { type: "system", subtype: "task_notification", ...task, status: "completed" },
  ]);
  expect(await statuses(app)).toEqual({
    agents: { "claude:s1": ["completed", null], "claude:s1:a1": ["completed", null] },
    prompts: [
      ["completed", null],
      ["completed", null],
    ],
  });
});
