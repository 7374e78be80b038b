import { expect, test } from "bun:test";
import { StoreAtLimit, StoreBusy, StoreOverloaded } from "#src/database/manager.ts";
import type { SilenceTimes } from "#src/database/upkeep.ts";
import { type SilencePolicy, silenceJob } from "#src/upkeep/silence.ts";
import { startUpkeep } from "#src/upkeep/upkeep.ts";
import { testClock } from "#test/support/clock.ts";
import { memoryLog } from "#test/support/log.ts";
import { KEEP_ALL } from "#test/support/keep-all.ts";
import { testDatabase } from "#test/support/database.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const MINUTE = 60_000;
const POLICY: SilencePolicy = { quietAfterMs: 5 * MINUTE, lostAfterMs: 60 * MINUTE };
const never = new AbortController().signal;

/** A store that is judged as it is told, and notes the times. */
function scripted(answers: (boolean | Error)[], policy = POLICY) {
  const clock = testClock();
  const asked: SilenceTimes[] = [];
  const waits: number[] = [];
  const silence = {
    async judge(times: SilenceTimes) {
      asked.push(times);
      const answer = answers.shift() ?? true;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const job = silenceJob({ db: { silence }, clock, policy, wait: async (millis) => void waits.push(millis) });
  return { job, clock, asked, waits };
}

test("it looks at once, judges all anew the first time, and goes on until nobody is left", async () => {
  const { job, clock, asked, waits } = scripted([false, false, true]);
  expect(job.firstMs).toBe(0);
  const now = clock();
  await job.run(never);
  const times = { quietBefore: now - 5 * MINUTE, lostBefore: now - 60 * MINUTE };
  expect(asked).toEqual(Array.from({ length: 3 }, () => ({ ...times, anew: true })));
  expect(waits).toHaveLength(2);
  clock.advance(MINUTE);
  await job.run(never);
  expect(asked.at(-1)).toEqual({ quietBefore: now - 4 * MINUTE, lostBefore: now - 59 * MINUTE, anew: false });
});

test.each([new StoreBusy("locked"), new StoreOverloaded("full"), new StoreAtLimit("no room")])(
  "%p is no fault: the next look is the first again",
  async (error) => {
    const { job, asked } = scripted([false, error, true]);
    await job.run(never);
    await job.run(never);
    await job.run(never);
    expect(asked.map(({ anew }) => anew)).toEqual([true, true, true, false]);
  },
);

test("another error is one", async () => {
  const { job } = scripted([new Error("broken")]);
  await expect(job.run(never)).rejects.toThrow("broken");
});

test("it ends when it is told to", async () => {
  const stopping = new AbortController();
  const { job, asked } = scripted([false, false, false, true]);
  stopping.abort();
  await job.run(stopping.signal);
  expect(asked).toEqual([]);
});

test.each([
  { quietAfterMs: 5 * MINUTE, lostAfterMs: 60 * MINUTE, everyMs: 15_000 },
  { quietAfterMs: 20_000, lostAfterMs: 20_000, everyMs: 5_000 },
  { quietAfterMs: 1, lostAfterMs: 1, everyMs: 250 },
  { quietAfterMs: null, lostAfterMs: 8_000, everyMs: 2_000 },
  { quietAfterMs: null, lostAfterMs: null, everyMs: 15_000 },
])("after $quietAfterMs and $lostAfterMs ms it looks every $everyMs ms", async ({ everyMs, ...policy }) => {
  const { job, asked } = scripted([true], policy);
  expect(job.everyMs).toBe(everyMs);
  await job.run(never);
  expect(asked[0]!.quietBefore === null).toBe(policy.quietAfterMs === null);
});

test("it is among the jobs of the server's upkeep, where a policy is given", async () => {
  await using on = await testDatabase();
  const policy = { days: 0, runDays: 0, changesKeep: 0, maxDatabaseMb: 0 };
  const waits: number[] = [];
  const waitFor = (millis: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      waits.push(millis);
      if (millis === 0) return resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  await startUpkeep({ ...on, log: memoryLog(), policy, waitFor }).close();
  expect(waits).not.toContain(0);
  const upkeep = startUpkeep({ ...on, log: memoryLog(), policy, silence: POLICY, waitFor });
  await until("the look after the first", () => waits.includes(15_000));
  await upkeep.close();
});

test("a server shows who is quiet, and who is lost, until they are heard of", async () => {
  const config = { databasePath: "", host: "127.0.0.1", port: 0, corsOrigins: [], logLevel: "info" as const };
  await using on = await testDatabase();
  const settings = { ...config, ...KEEP_ALL, databasePath: on.path, quietAfterMs: 1, lostAfterMs: 1 };
  await using server = await testServer(on.path, { config: settings });
  const { body: definition } = await server.call("POST", "/api/agents", { name: "d", agent_type: "builder" });
  const start = { orchestrator_agent_id: definition.id, session_id: "s" };
  const { body: agent } = await server.call("POST", "/api/runtime/agents", { ...start, status: "executing" });
  expect(agent).toMatchObject({ quiet_since: null, lost: false });
  const path = `/api/runtime/agents/${agent.id}`;
  const lost = await until("the verdict", async () => {
    const { body } = await server.call("GET", path);
    return body.lost && body;
  });
  expect(lost).toMatchObject({ quiet_since: agent.updated_at, updated_at: agent.updated_at, status: "executing" });
  const { body: session } = await server.call("GET", "/api/runtime/sessions/s");
  expect(session.agents).toEqual({ total: 1, by_status: { executing: 1 }, quiet: 0, lost: 1 });
  expect(session.tree[0]).toMatchObject({ lost: true, quiet_since: agent.updated_at });
  expect((await server.call("PATCH", path, { status: "waiting" })).body).toMatchObject({
    quiet_since: null,
    lost: false,
  });
  const { body: page } = await server.call("GET", `/api/events?after=0&types=agent`);
  expect(page.events.map(({ data }: { data: { lost: boolean } }) => data.lost)).toEqual([false, true, false]);
});
