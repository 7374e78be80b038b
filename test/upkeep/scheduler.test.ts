import { expect, test } from "bun:test";
import { type Job, startScheduler, type Wait, wait } from "#src/upkeep/scheduler.ts";
import { memoryLog } from "#test/support/log.ts";
import { until } from "#test/support/until.ts";

/** Waits that end when the test says so. */
function heldWaits() {
  const waits: { millis: number; end: () => void }[] = [];
  const waitFor: Wait = (millis, signal) =>
    new Promise((resolve) => {
      waits.push({ millis, end: resolve });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  return { waits, waitFor };
}

function job(fields: Partial<Job> & Pick<Job, "run">): Job {
  return { name: "work", firstMs: 5, everyMs: 100, ...fields };
}

test("a job runs after its first pause, and again a period after it has ended", async () => {
  const { waits, waitFor } = heldWaits();
  let runs = 0;
  const scheduler = startScheduler([job({ run: async () => void (runs += 1) })], memoryLog(), waitFor);
  expect(waits.map(({ millis }) => millis)).toEqual([5]);
  waits[0]!.end();
  await until("the next pause", () => waits.length === 2);
  expect(runs).toBe(1);
  waits[1]!.end();
  await until("the pause after it", () => waits.length === 3);
  expect(runs).toBe(2);
  expect(waits.map(({ millis }) => millis)).toEqual([5, 100, 100]);
  await scheduler.close();
});

test("a job that fails is logged and comes again; others go on", async () => {
  const { waits, waitFor } = heldWaits();
  const log = memoryLog();
  const failing = job({ run: () => Promise.reject(new Error("broken")) });
  let runs = 0;
  const jobs = [failing, job({ name: "other", run: async () => void (runs += 1) })];
  const scheduler = startScheduler(jobs, log, waitFor);
  for (const { end } of waits) end();
  await until("both to come again", () => waits.length === 4);
  expect(log.lines).toMatchObject([{ level: "error", message: "upkeep failed", fields: { job: "work" } }]);
  expect(runs).toBe(1);
  await scheduler.close();
});

test("a job that is asked for runs at once; while it runs, once more after it", async () => {
  const { waits, waitFor } = heldWaits();
  const release = Promise.withResolvers<void>();
  let runs = 0;
  const run = async () => {
    runs += 1;
    await release.promise;
  };
  const scheduler = startScheduler([job({ run })], memoryLog(), waitFor);
  scheduler.trigger("work");
  scheduler.trigger("nobody knows it");
  await until("it to run", () => runs === 1);
  scheduler.trigger("work");
  scheduler.trigger("work");
  expect(runs).toBe(1);
  release.resolve();
  await until("the next pause", () => waits.length === 2);
  expect(runs).toBe(2);
  await scheduler.close();
});

test("closing ends what runs, waits for it, and nothing runs any more", async () => {
  const log = memoryLog();
  let isRunning = false;
  let ended = false;
  const run = async (signal: AbortSignal) => {
    isRunning = true;
    await wait(1_000_000, signal);
    await new Promise(setImmediate);
    ended = true;
    throw new Error("cut off");
  };
  const scheduler = startScheduler([job({ firstMs: 0, everyMs: 1_000_000, run })], log);
  await until("it to run", () => isRunning);
  await scheduler.close();
  expect(ended).toBe(true);
  expect(log.lines).toEqual([]);
  scheduler.trigger("work");
});

test("a wait ends at once when it is told to before it began", async () => {
  await wait(1_000_000, AbortSignal.abort());
});
