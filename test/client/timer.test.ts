import { describe, expect, test } from "bun:test";
import { createClient } from "#src/client/client.ts";
import { startTimer } from "#src/client/timer.ts";
import { testServer } from "#test/support/test-server.ts";

describe("a time limit", () => {
  test.each([Number.POSITIVE_INFINITY, 3_000_000_000, 10_000])(
    "of %d ms lets a request be answered",
    async (timeoutMs) => {
      await using server = await testServer();
      expect(await createClient({ url: server.url, timeoutMs }).getHealth()).toMatchObject({ status: "healthy" });
    },
  );

  test.each([0, -1, Number.NaN])("of %d ms is refused", (timeoutMs) => {
    expect(() => createClient({ timeoutMs })).toThrow(`timeoutMs is ${timeoutMs}; it may be`);
  });

  test.each([0, -1, Number.NaN])("of silence, of %d ms, is refused", async (silenceMs) => {
    const events = createClient({ url: "http://127.0.0.1:1" }).watch({ silenceMs });
    await expect(events.next()).rejects.toThrow(`silenceMs is ${silenceMs}; it may be`);
  });

  test.each([Number.POSITIVE_INFINITY, 3_000_000_000])(
    "of silence, of %d ms, keeps one connection",
    async (silenceMs) => {
      await using server = await testServer();
      const seen: string[] = [];
      for await (const { type } of createClient({ url: server.url }).watch({ silenceMs })) {
        seen.push(type);
        if (type !== "connected") break;
        await server.call("POST", "/api/agents", { name: "planner", agent_type: "planner" });
      }
      expect(seen).toEqual(["connected", "orchestrator_agent.created"]);
    },
  );

  test("that was stopped does not call back", async () => {
    const called = Promise.withResolvers<string>();
    startTimer(1, () => called.resolve("stopped one"))();
    startTimer(5, () => called.resolve("other one"));
    expect(await called.promise).toBe("other one");
  });
});

test("an address with a password is refused, for it would not be sent", () => {
  expect(() => createClient({ url: "http://me:secret@127.0.0.1:8000" })).toThrow("give a token");
});
