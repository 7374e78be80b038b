import { describe, expect, test } from "bun:test";
import { StoreFull, StoreOverloaded } from "#src/database/manager.ts";
import { createIngest } from "#src/ingest/ingest.ts";
import type { Fact, Report, Subject } from "#src/ingest/report.ts";
import { testIds } from "#test/support/clock.ts";
import type { Json } from "#test/support/json.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

const DAY = 86_400_000;
const SESSION: Subject = { source: "claude", session: "s1" };

let keys = 0;
/** An event that was not told before. */
const report = (more: Partial<Report>, ...facts: Fact[]): Report => ({
  about: SESSION,
  channel: "hook",
  key: `event ${(keys += 1)}`,
  turn: null,
  sentMs: null,
  facts,
  ...more,
});

const opened = (text: string | null): Fact => ({ fact: "turn.opened", text });
const done = (response: string): Fact => ({ fact: "turn.closed", status: "completed", response });
const to = (status: "executing" | "idle" | "completed", more: object = {}): Fact => ({
  fact: "status",
  to: status,
  ...more,
});
const ENDED = to("completed", { endsTurns: "cancelled" });

function taker(app: TestApp) {
  const ingest = createIngest({ db: app.db, clock: app.clock, newId: testIds("new"), stored: (text) => text });
  return (...reports: Report[]) => ingest.take({ reports, unread: [] });
}

const list = async (app: TestApp, path: string): Promise<Json[]> => (await app.call("GET", path)).body.toReversed();
const agents = (app: TestApp) => list(app, "/api/runtime/agents");
const prompts = (app: TestApp) => list(app, "/api/runtime/prompts");

describe("what is told in an odd order", () => {
  test("a prompt of the next day is not taken for the turn that ended the day before", async () => {
    await using app = await testApp();
    const take = taker(app);
    await take(report({ channel: "stream" }, opened(null)), report({ channel: "stream" }, done("first day")));
    app.clock.advance(DAY);
    const text: Fact = { fact: "turn.text", prompt: "second day", how: "fill" };
    await take(report({ channel: "otel", turn: "p2", sentMs: app.clock() }, text));
    await take(report({ turn: "p2" }, opened("second day"), to("executing")));
    expect(await prompts(app)).toMatchObject([
      { response_text: "first day", status: "completed" },
      { prompt_text: "second day", response_text: null, status: "streaming" },
    ]);
  });

  test("totals of a counter that never begins anew count once, in any order", async () => {
    await using app = await testApp();
    const take = taker(app);
    const total = (input: number): Fact => {
      const tokens = { input, output: input / 100, cacheRead: null, cacheWrite: null };
      return { fact: "total", counter: "", isForever: true, model: "gpt-5.6", tokens, costUsd: null };
    };
    for (const input of [2000, 1000, 3000]) {
      await take(report({ channel: "stream" }, opened(null), total(input), done("ok")));
    }
    expect((await prompts(app)).reduce((sum, { tokens_input }) => sum + (tokens_input ?? 0), 0)).toBe(3000);
  });

  test("a sub-agent that is first heard of after its session ended works no more", async () => {
    await using app = await testApp();
    const take = taker(app);
    await take(report({}, opened("x"), to("executing")), report({}, ENDED));
    await take(report({ about: { ...SESSION, child: "late" } }, opened(null), to("executing")));
    expect(await agents(app)).toMatchObject([{ status: "completed" }, { status: "cancelled" }]);
    expect((await prompts(app)).map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
  });

  test("an external id that is taken where an agent moves to is left to who has it", async () => {
    await using app = await testApp();
    const take = taker(app);
    await take(report({ about: { source: "codex", session: "C" }, channel: "otel" }, to("executing")));
    const [{ orchestrator_agent_id }] = (await agents(app)) as [Json];
    const registered = { orchestrator_agent_id, session_id: "S", external_id: "codex:S:C" };
    expect((await app.call("POST", "/api/runtime/agents", registered)).status).toBe(201);
    await take(report({ about: { source: "codex", session: "S", child: "C" } }, to("executing")));
    const moved = (await agents(app)).find(({ external_id }) => external_id.startsWith("codex:~"));
    expect(moved).toMatchObject({ session_id: "S", status: "executing" });
  });

  test("two ids that come to one external id are two agents", async () => {
    await using app = await testApp();
    const take = taker(app);
    const other = { ...SESSION, session: "a", child: "b" };
    await take(report({ about: { ...SESSION, session: "a:b" } }, to("executing")));
    await take(report({ about: other }, to("idle")));
    await take(
      report({ about: { ...SESSION, session: "a:b" } }, to("idle")),
      report({ about: other }, to("executing")),
    );
    const statuses = Object.fromEntries((await agents(app)).map(({ external_id, status }) => [external_id, status]));
    expect(Object.values(statuses).toSorted()).toEqual(["executing", "idle", "initializing"]);
    expect(statuses["claude:a:b"]).toBe("idle");
  });
});

test("a call that claims any number of tokens spoils no sum", async () => {
  await using app = await testApp();
  const take = taker(app);
  const huge = { input: Number.MAX_SAFE_INTEGER, output: Number.MAX_SAFE_INTEGER, cacheRead: null, cacheWrite: null };
  const calls = Array.from({ length: 2000 }, (_, index) => {
    const usage: Fact = { fact: "usage", call: `c${index}`, model: "m", tokens: huge, costUsd: 1 };
    return report({ channel: "otel", turn: "p", sentMs: index }, usage);
  });
  await take(report({ turn: "p" }, opened("x")), ...calls);
  expect(await prompts(app)).toMatchObject([{ tokens_input: 2e12, tokens_output: 2e12, cost_usd: 2000 }]);
});

describe("what waits", () => {
  test("is bounded by its characters too", async () => {
    await using app = await testApp();
    const { promise: gate, resolve: go } = Promise.withResolvers<void>();
    const known: TestApp["db"]["ingest"]["known"] = async (query) => {
      await gate;
      return app.db.ingest.known(query);
    };
    const db = { ingest: { ...app.db.ingest, known } };
    const ingest = createIngest({ db, clock: app.clock, newId: testIds("new"), stored: (text) => text });
    const long = "x".repeat(1_000_000);
    const takes = Array.from({ length: 80 }, () =>
      ingest.take({
        reports: [report({}, { fact: "log", level: "INFO", type: "milestone", message: "m", details: { long } })],
        unread: [],
      }),
    );
    const outcomes = Promise.allSettled(takes);
    go();
    const refused = (await outcomes).filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    expect(refused.length).toBeWithin(10, 20);
    expect(refused[0]!.reason).toBeInstanceOf(StoreOverloaded);
    expect(ingest.figures.waiting).toBe(0);
  });

  test("is told of the store's trouble at once, and not one after another", async () => {
    await using app = await testApp();
    let tries = 0;
    const apply = async (): Promise<void> => {
      tries += 1;
      throw new StoreFull("full");
    };
    const db = { ingest: { ...app.db.ingest, apply } };
    const ingest = createIngest({ db, clock: app.clock, newId: testIds("new"), stored: (text) => text });
    const takes = ["a", "b", "c"].map((session) =>
      ingest.take({ reports: [report({ about: { ...SESSION, session } }, to("idle"))], unread: [] }),
    );
    const outcomes = await Promise.allSettled(takes);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(tries).toBe(1);
  });
});
