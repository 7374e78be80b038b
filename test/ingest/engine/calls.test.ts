import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { createIngest } from "#src/ingest/ingest.ts";
import type { Channel, Fact, Report, Usage } from "#src/ingest/report.ts";
import { testIds } from "#test/support/clock.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

const DAY = 86_400_000;

const report = (channel: Channel, turn: string | null, sentMs: number | null, ...facts: Fact[]): Report => ({
  about: { source: "opencode", session: "s1" },
  channel,
  key: null,
  turn,
  sentMs,
  facts,
});

const opened = (text: string): Fact => ({ fact: "turn.opened", text });
const usage = (call: string, costUsd: number): Usage => ({
  fact: "usage",
  call,
  model: "claude-sonnet-5",
  tokens: { input: 10, output: 5, cacheRead: null, cacheWrite: null },
  costUsd,
});

function on(app: TestApp) {
  const ingest = createIngest({ db: app.db, clock: app.clock, newId: testIds("new"), stored: (text) => text });
  const costs = (rows: { cost_usd: number | null }[]) => rows.map(({ cost_usd: cost }) => cost).toReversed();
  return {
    take: (...reports: Report[]) => ingest.take({ reports, unread: [] }),
    prompts: async () => (await app.call("GET", "/api/runtime/prompts")).body,
    costs: async () => ({
      agent: (await app.call("GET", "/api/runtime/agents")).body[0].cost_usd,
      prompts: costs((await app.call("GET", "/api/runtime/prompts")).body),
    }),
    levels: async () =>
      (await app.call("GET", "/api/runtime/logs?log_type=cost_update")).body
        .map(({ log_level: level, details }: { log_level: string; details: { call: string } }) => [details.call, level])
        .toReversed(),
  };
}

describe("what calls cost", () => {
  test("invariant 14: stays with the prompts of a stream when telemetry tells of the next one", async () => {
    await using app = await testApp();
    const { take, costs, levels } = on(app);
    for (const n of [1, 2]) {
      await take(
        report("stream", `t${n}`, null, opened(`prompt ${n}`), usage(`s${n}`, 1)),
        report("stream", `t${n}`, null, { fact: "turn.closed", status: "completed" }),
      );
    }
    app.clock.advance(DAY);
    await take(
      report("stream", "t3", null, opened("prompt 3"), usage("s3", 1)),
      report("otel", "t3", app.clock(), usage("o3", 0.25)),
    );
    await take(report("stream", "t3", null, usage("s4", 1)));
    expect(await costs()).toEqual({ agent: 2.25, prompts: [1, 1, 0.25] });
    // What does not count is a detail.
    expect(await levels()).toEqual([
      ["s1", "INFO"],
      ["s2", "INFO"],
      ["s3", "DEBUG"],
      ["o3", "INFO"],
      ["s4", "DEBUG"],
    ]);
  });

  test("invariant 14: of a prompt that was deleted is paid once, whatever is told again", async () => {
    await using app = await testApp();
    const { take, costs, prompts } = on(app);
    await take(report("hook", "m1", null, opened("x"), usage("c", 1)));
    const [{ id }] = await prompts();
    await app.call("DELETE", `/api/runtime/prompts/${id}`);
    await take(report("hook", "m1", null, usage("c", 1.25)));
    expect((await costs()).agent).toBe(1.25);
  });

  test("is taken from telemetry though another program deleted a prompt, and told between its calls", async () => {
    await using app = await testApp();
    const { take, costs } = on(app);
    const at = app.clock();
    await take(report("otel", null, at, opened("one")));
    await take(report("otel", null, at + 1_000, opened("two")));
    {
      using other = new Database(app.path);
      other.run("pragma foreign_keys = off");
      other.run("delete from prompts where prompt_text = 'two'");
    }
    await take(report("otel", null, at + 1_500, usage("c", 0.5)));
    await take(report("otel", null, at + 500, opened("late")));
    await take(report("otel", null, at + 5_000, opened("later")));
    const { agent, prompts } = await costs();
    expect(agent).toBe(0.5);
    expect(prompts).toHaveLength(3);
  });

  test("does not leave a turn under way that has ended for want of news", async () => {
    await using app = await testApp();
    const { take, prompts } = on(app);
    const at = app.clock();
    const idle = async () => {
      app.clock.advance(DAY);
      while (!(await app.db.ingest.endIdle(app.clock() - 60_000, new Date(app.clock()).toISOString())));
      return (await prompts())[0].status;
    };
    await take(report("otel", "t1", at, opened("one"), { fact: "status", to: "executing" }));
    expect(await idle()).toBe("completed");
    await take(report("otel", "t1", at + 1_000, usage("c", 0.5)));
    expect((await prompts())[0]).toMatchObject({ status: "completed", cost_usd: 0.5 });
    // It goes on with its agent.
    await take(report("otel", "t1", at + 3_000, { fact: "status", to: "executing" }, usage("c2", 0.5)));
    expect((await prompts())[0].status).toBe("streaming");
    expect(await idle()).toBe("completed");
  });

  test("ends for want of news also where a call that failed was tried again", async () => {
    await using app = await testApp();
    const { take, prompts } = on(app);
    const at = app.clock();
    await take(report("otel", "t1", at, opened("one")));
    await take(report("otel", "t1", at + 1_000, { fact: "turn.failing", error: "overloaded" }));
    expect((await prompts())[0].status).toBe("failed");
    await take(report("otel", "t1", at + 2_000, usage("c", 0.5)));
    expect((await prompts())[0].status).toBe("streaming");
    app.clock.advance(DAY);
    while (!(await app.db.ingest.endIdle(app.clock() - 60_000, new Date(app.clock()).toISOString())));
    expect((await prompts())[0].status).toBe("completed");
  });
});
