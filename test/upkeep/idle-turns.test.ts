import { expect, test } from "bun:test";
import { StoreBusy } from "#src/database/manager.ts";
import { idleTurnsJob } from "#src/upkeep/idle-turns.ts";
import { startUpkeep } from "#src/upkeep/upkeep.ts";
import { testClock } from "#test/support/clock.ts";
import { memoryLog } from "#test/support/log.ts";
import { testApp } from "#test/support/test-app.ts";
import { until } from "#test/support/until.ts";

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

test("they end also where nobody is ever called quiet", async () => {
  await using app = await testApp();
  const afters: number[] = [];
  const ingest = {
    ...app.db.ingest,
    async endIdle(beforeMs: number) {
      afters.push(app.clock() - beforeMs);
      return true;
    },
  };
  const upkeep = startUpkeep({
    db: { ...app.db, ingest },
    clock: app.clock,
    log: memoryLog(),
    path: app.path,
    policy: { days: 0, runDays: 0, changesKeep: 0, maxDatabaseMb: 0 },
    silence: { quietAfterMs: null, lostAfterMs: null },
    // The first look of this job and of no other.
    waitFor: (millis, signal) =>
      millis === 15_000 && afters.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
  });
  await until("a look for turns", () => afters.length > 0);
  await upkeep.close();
  expect(afters).toEqual([5 * MINUTE]);
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
