import { expect, test } from "bun:test";
import { StoreBusy } from "#src/database/manager.ts";
import { idleTurnsJob } from "#src/upkeep/idle-turns.ts";
import { testClock } from "#test/support/clock.ts";
import { testApp } from "#test/support/test-app.ts";

const MINUTE = 60_000;
const never = new AbortController().signal;

test("a turn that only telemetry tells of ends when none came for so long; a later one opens the next", async () => {
  await using app = await testApp();
  const record = (name: string, attributes: Record<string, string>, second: number) => ({
    attributes: Object.entries({
      "event.name": name,
      "session.id": "s1",
      "event.timestamp": `2026-02-05T10:30:0${second}.000Z`,
      ...attributes,
    }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  });
  const send = (...logRecords: object[]) =>
    app.call("POST", "/v1/logs", {
      resourceLogs: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "gemini-cli" } }] },
          scopeLogs: [{ logRecords }],
        },
      ],
    });
  const statuses = async () => {
    const [agent] = (await app.call("GET", "/api/runtime/agents")).body;
    const prompts = (await app.call("GET", "/api/runtime/prompts")).body;
    return [agent.status, ...prompts.map(({ status }: { status: string }) => status).toReversed()];
  };
  const job = idleTurnsJob({ db: app.db, clock: app.clock, afterMs: 5 * MINUTE, wait: async () => {} });
  await send(record("gemini_cli.user_prompt", { prompt: "Do it" }, 1));
  await job.run(never);
  expect(await statuses()).toEqual(["executing", "streaming"]);
  app.clock.advance(6 * MINUTE);
  await job.run(never);
  expect(await statuses()).toEqual(["idle", "completed"]);
  await send(record("gemini_cli.user_prompt", { prompt: "And this" }, 2));
  expect(await statuses()).toEqual(["executing", "completed", "streaming"]);
});

test("a busy store is no fault, another error is one", async () => {
  const failing = (error: Error) => {
    const db = {
      ingest: {
        async endIdle(): Promise<boolean> {
          throw error;
        },
      },
    };
    return idleTurnsJob({ db, clock: testClock(), afterMs: MINUTE, wait: async () => {} }).run(never);
  };
  await failing(new StoreBusy("locked"));
  await expect(failing(new Error("broken"))).rejects.toThrow("broken");
});
