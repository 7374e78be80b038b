import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { readClaudeHook } from "#src/ingest/claude/hooks.ts";
import { readDislerEvent } from "#src/ingest/disler.ts";
import type { Json } from "#test/support/json.ts";
import { testApp } from "#test/support/test-app.ts";

const PROMPT = {
  session_id: "s1",
  transcript_path: "/t.jsonl",
  cwd: "/repo/shop",
  hook_event_name: "UserPromptSubmit",
  prompt: "Plan issue 42",
};
const POSTED = {
  source_app: "shop",
  session_id: "s1",
  hook_event_type: "UserPromptSubmit",
  payload: PROMPT,
  timestamp: 1_770_287_400_000,
  model_name: "claude-sonnet-5",
};

describe("an event of the hook scripts", () => {
  test("is the hook's own, with what the script knows beside it", () => {
    const [own] = readClaudeHook(PROMPT).reports;
    const { reports, unread } = readDislerEvent(POSTED);
    expect(unread).toEqual([]);
    expect(reports).toEqual([
      {
        ...own!,
        sentMs: 1_770_287_400_000,
        facts: [...own!.facts, { fact: "agent", metadata: { source_app: "shop", model: "claude-sonnet-5" } }],
      },
    ]);
  });

  test("names itself where its payload does not", () => {
    const { session_id: _s, hook_event_name: _h, ...payload } = PROMPT;
    const told = readDislerEvent({ ...POSTED, payload });
    expect(told.unread).toEqual([]);
    expect(told.reports).toMatchObject([{ about: { source: "claude", session: "s1" } }]);
    expect(told.reports[0]!.facts).toContainEqual(
      expect.objectContaining({ fact: "turn.opened", text: "Plan issue 42" }),
    );
  });

  test("leaves its summary as a log, and its transcript out", () => {
    const { reports } = readDislerEvent({
      ...POSTED,
      summary: "The user\nwants a plan",
      chat: [{ said: "a long talk" }],
    });
    expect(reports[0]!.facts).toContainEqual(
      expect.objectContaining({ fact: "log", level: "DEBUG", message: "The user wants a plan" }),
    );
    expect(JSON.stringify(reports)).not.toContain("a long talk");
  });

  test("is never too wrong to be read", () => {
    const part = fc.oneof(fc.jsonValue(), fc.constantFrom("Stop", "s1", PROMPT));
    const event = fc.record(
      { source_app: part, session_id: part, hook_event_type: part, payload: part, summary: part, timestamp: part },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(event, fc.jsonValue()), (posted) => {
        const { reports, unread } = readDislerEvent(posted);
        expect(Array.isArray(reports) && Array.isArray(unread)).toBe(true);
      }),
    );
  });
});

test("POST /events stores it and answers what the scripts accept; the same event again changes nothing", async () => {
  await using app = await testApp();
  for (let sent = 0; sent < 2; sent += 1) {
    expect(await app.call("POST", "/events", POSTED)).toMatchObject({ status: 200, body: {} });
  }
  expect(await app.call("POST", "/events", { hook_event_type: 5 })).toMatchObject({ status: 200, body: {} });
  const { body: agents } = await app.call("GET", "/api/runtime/agents");
  expect(agents).toMatchObject([
    {
      session_id: "s1",
      status: "executing",
      metadata: { source_app: "shop", model: "claude-sonnet-5", cwd: "/repo/shop" },
    },
  ]);
  const { body: prompts } = await app.call("GET", "/api/runtime/prompts");
  expect(prompts).toMatchObject([{ prompt_text: "Plan issue 42" }]);
  const { body: logs } = await app.call("GET", "/api/system/logs");
  expect(logs.map(({ component, log_level }: Json) => [component, log_level])).toEqual([["ingest", "DEBUG"]]);
  expect((await app.call("POST", "/events", [POSTED])).status).toBe(422);
  expect((await app.call("GET", "/events")).status).toBe(405);
});
