import { describe, expect, test } from "bun:test";
import type { IngestStore } from "#src/database/ingest.ts";
import { DecisionOutdated, StoreBusy, StoreOverloaded } from "#src/database/manager.ts";
import { createIngest } from "#src/ingest/ingest.ts";
import type { AgentFact, Fact, Reading, Report } from "#src/ingest/report.ts";
import { testIds } from "#test/support/clock.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";

const note = (message: string): Fact => ({ fact: "log", level: "INFO", type: "milestone", message, details: {} });

const report = (session: string, key: string | null, ...facts: Fact[]): Report => ({
  about: { source: "claude", session },
  channel: "hook",
  key,
  turn: null,
  sentMs: null,
  facts,
});

const reading = (...reports: Report[]): Reading => ({ reports, unread: [] });

/** An ingest of its own over the app's store, of which some operations are others. */
function ingestOf(app: TestApp, other: (store: IngestStore) => Partial<IngestStore> = () => ({})) {
  const { ingest } = app.db;
  return createIngest({
    db: { ingest: { ...ingest, ...other(ingest) } },
    clock: app.clock,
    newId: testIds("new"),
    stored: (text) => text,
  });
}

const messages = async (app: TestApp): Promise<string[]> =>
  (await app.call("GET", "/api/runtime/logs?limit=1000")).body
    .map((log: { message: string }) => log.message)
    .toReversed();

describe("what agents report", () => {
  test("is stored in order, however long it is", async () => {
    await using app = await testApp();
    const notes = Array.from({ length: 301 }, (_, index) => `note ${index}`);
    await ingestOf(app).take(reading(...notes.map((text) => report("s1", text, note(text)))));
    expect(await messages(app)).toEqual(notes);
  });

  test("goes together when it comes together, and short readings overtake long ones", async () => {
    await using app = await testApp();
    const sizes: number[] = [];
    const ingest = ingestOf(app, (store) => ({
      apply(plan) {
        sizes.push(plan.logs.length);
        return store.apply(plan);
      },
    }));
    const long = Array.from({ length: 200 }, (_, index) => report("long", `${index}`, note("long")));
    const order: string[] = [];
    const takes = [ingest.take(reading(...long)).then(() => order.push("long"))];
    for (let session = 0; session < 20; session += 1) {
      takes.push(ingest.take(reading(report(`s${session}`, "k", note("short")))).then(() => order.push("short")));
    }
    await Promise.all(takes);
    expect(order.at(-1)).toBe("long");
    expect(sizes.length).toBeLessThan(8);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(220);
  });

  test("that cannot be stored stands in nobody's way", async () => {
    await using app = await testApp();
    const ingest = ingestOf(app, (store) => ({
      apply: (plan) =>
        plan.logs.some(({ message }) => message === "bad") ? Promise.reject(new Error("broken")) : store.apply(plan),
    }));
    const takes = ["one", "bad", "two"].map((text) => ingest.take(reading(report(text, "k", note(text)))));
    const outcomes = await Promise.allSettled(takes);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((await messages(app)).toSorted()).toEqual(["one", "two"]);
    await ingest.take(reading(report("three", "k", note("three"))));
    expect(ingest.figures.waiting).toBe(0);
  });

  test("is decided anew when another process was told of the same session meanwhile", async () => {
    await using app = await testApp();
    const other = ingestOf(app);
    let raced = false;
    const ingest = ingestOf(app, (store) => ({
      async apply(plan) {
        if (!raced) await other.take(reading(report("s1", "theirs", note("theirs"))));
        raced = true;
        return store.apply(plan);
      },
    }));
    await ingest.take(reading(report("s1", "ours", note("ours"))));
    expect(await messages(app)).toEqual(["theirs", "ours"]);
    expect((await app.call("GET", "/api/runtime/agents")).body).toHaveLength(1);
  });

  test("is refused, to be sent again, when others never let it be decided", async () => {
    await using app = await testApp();
    const ingest = ingestOf(app, () => ({ apply: () => Promise.reject(new DecisionOutdated("moved")) }));
    await expect(ingest.take(reading(report("s1", "k", note("x"))))).rejects.toBeInstanceOf(StoreBusy);
  });

  test("is refused when too much waits, or the server stops", async () => {
    await using app = await testApp();
    const ingest = ingestOf(app);
    const many = reading(...Array.from({ length: 50_001 }, () => report("s1", "k", note("x"))));
    const first = ingest.take(reading(report("s0", "k", note("first"))));
    await expect(ingest.take(many)).rejects.toBeInstanceOf(StoreOverloaded);
    await first;
    const last = ingest.take(reading(report("s0", "k2", note("last"))));
    await ingest.close();
    await last;
    await expect(ingest.take(reading(report("s0", "k3", note("late"))))).rejects.toBeInstanceOf(StoreBusy);
    expect(await messages(app)).toEqual(["first", "last"]);
  });

  test("that nobody understands is a system log of level DEBUG, and counted", async () => {
    await using app = await testApp();
    const ingest = ingestOf(app);
    await ingest.take({
      reports: [],
      unread: [{ source: "codex", channel: "hook", event: "NewThing", details: { a: 1 } }],
    });
    expect((await app.call("GET", "/api/system/logs?component=ingest")).body).toMatchObject([
      {
        log_level: "DEBUG",
        message: "not understood: codex hook NewThing",
        details: { source: "codex", event: { a: 1 } },
      },
    ]);
    expect(ingest.figures.unread.codex).toBe(1);
  });

  test("keeps how far a stream was read with the last of it", async () => {
    await using app = await testApp();
    const marks: (number | undefined)[] = [];
    const ingest = ingestOf(app, (store) => ({
      apply(plan) {
        marks.push(plan.mark?.lines);
        return store.apply(plan);
      },
    }));
    const many = Array.from({ length: 100 }, (_, index) => report("s1", `${index}`, note("x")));
    await ingest.take(reading(...many), { stream: "s", lines: 100, context: "{}" });
    expect(marks.length).toBeGreaterThan(1);
    expect(marks.filter((lines) => lines !== undefined)).toEqual([100]);
    expect(marks.at(-1)).toBe(100);
    await ingest.take(reading(), { stream: "s", lines: 101, context: "{}" });
    expect(await ingest.stream("s")).toMatchObject({ lines: 101 });
    expect(await ingest.knows({ source: "claude", session: "s1" }, ["7", "x"])).toEqual(new Set(["7"]));
  });

  test("of an agent that was registered over the API goes to that agent, under its own definition", async () => {
    await using app = await testApp();
    await app.call("POST", "/api/agents", { name: "mine", agent_type: "planner" });
    const given = { orchestrator_agent_id: "id-1", session_id: "run 7", external_id: "claude:s1" };
    await app.call("POST", "/api/runtime/agents", given);
    const facts: Fact[] = [
      { fact: "agent", kind: "Explore", name: "x" },
      { fact: "status", to: "executing" },
    ];
    await ingestOf(app).take(reading(report("s1", "k", ...facts)));
    expect((await app.call("GET", "/api/runtime/agents")).body).toMatchObject([
      { ...given, id: "id-2", name: "x", status: "executing" },
    ]);
  });

  test("names an agent after a guess until it has a name, and a name once", async () => {
    await using app = await testApp();
    const ingest = ingestOf(app);
    const names: string[] = [];
    const told: Partial<AgentFact>[] = [
      { nameGuess: "shop" },
      { nameGuess: "other" },
      { name: "Fix it" },
      { nameGuess: "shop" },
      { name: "Another" },
    ];
    for (const [index, more] of told.entries()) {
      await ingest.take(reading(report("s1", `k${index}`, { fact: "agent", ...more })));
      names.push((await app.call("GET", "/api/runtime/agents")).body[0].name);
    }
    expect(names).toEqual(["shop", "shop", "Fix it", "Fix it", "Fix it"]);
  });

  test("says in the log of a status why it is so, in one line and not for long", async () => {
    await using app = await testApp();
    const waiting = (reason: string): Fact => ({ fact: "status", to: "waiting", reason });
    const ingest = ingestOf(app);
    await ingest.take(reading(report("s1", "a", waiting("permission for Bash: rm -rf dist\nls"))));
    await ingest.take(reading(report("s1", "b", { fact: "status", to: "executing" })));
    await ingest.take(reading(report("s1", "c", waiting("x".repeat(300)))));
    const [first, second, third] = await messages(app);
    expect(first).toBe("initializing -> waiting: permission for Bash: rm -rf dist ls");
    expect(second).toBe("waiting -> executing");
    expect(third).toMatch(/^executing -> waiting: x{199}…$/);
  });

  test("of a session and a sub-agent whose ids come to one is kept apart", async () => {
    await using app = await testApp();
    const child = {
      ...report("a", "k", note("child")),
      about: { source: "claude" as const, session: "a", child: "b" },
    };
    await ingestOf(app).take(reading(report("a:b", "k", note("session")), child));
    expect((await app.call("GET", "/api/runtime/agents")).body).toHaveLength(3);
  });

  test("of a kind of sub-agent that holds a secret finds its definition again", async () => {
    await using server = await testServer();
    for (const session of ["s1", "s2", "s3"]) {
      const event = {
        session_id: session,
        hook_event_name: "SubagentStart",
        agent_id: "a",
        agent_type: "password: hunter2xyz",
      };
      expect((await server.call("POST", "/ingest/hooks/claude-code", event)).status).toBe(204);
    }
    const names = (await server.call("GET", "/api/agents")).body.map(({ name }: { name: string }) => name);
    expect(names).toHaveLength(2);
    expect(names.join()).not.toContain("hunter2");
  });

  test("of sessions whose ids hold secrets is kept apart, without them", async () => {
    await using app = await testApp();
    const stored = (text: string) => text.replaceAll(/secret-\w+/g, "[redacted]");
    const ingest = createIngest({ db: app.db, clock: app.clock, newId: testIds("new"), stored });
    for (const session of ["secret-one", "secret-two"]) await ingest.take(reading(report(session, "k", note("x"))));
    const ids = (await app.call("GET", "/api/runtime/agents")).body.map(
      (agent: { external_id: string }) => agent.external_id,
    );
    expect(new Set(ids).size).toBe(2);
    expect(ids.join()).not.toContain("secret");
  });
});
