import { expect, test } from "bun:test";
import { StoreAtLimit, type TextIndexStore, type TextStep } from "#src/database/manager.ts";
import { startIndexing } from "#src/upkeep/indexing.ts";
import { memoryLog } from "#test/support/log.ts";
import { until } from "#test/support/until.ts";

/** An index whose steps end as they are told, and commits that are told too. */
function scripted() {
  const listeners = new Set<() => void>();
  const waits: number[] = [];
  let steps = 0;
  let outcome: () => Promise<TextStep> = async () => ({ done: true, indexedSeq: 0, behind: 0 });
  const texts = { step: () => ((steps += 1), outcome()) } as TextIndexStore;
  const changes = {
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    db: { texts, changes: changes as never },
    log: memoryLog(),
    waits,
    waitFor: async (millis: number) => void waits.push(millis),
    commit: () => listeners.forEach((listener) => listener()),
    answer: (next: () => Promise<TextStep>) => (outcome = next),
    get steps() {
      return steps;
    },
    get listeners() {
      return listeners.size;
    },
  };
}

const step = (done: boolean, behind = 0): TextStep => ({ done, indexedSeq: 0, behind });

test("looks once at the start, sleeps, and goes on after a commit until all is done", async () => {
  const world = scripted();
  const indexing = startIndexing(world);
  await until("it has looked", () => world.steps === 1);
  let left = 3;
  world.answer(async () => step((left -= 1) === 0));
  world.commit();
  await until("all is done", () => left === 0);
  expect(world.steps).toBe(4);
  expect(world.waits[0]).toBe(200);
  await indexing.close();
  expect(world.listeners).toBe(0);
  world.commit();
  expect(world.steps).toBe(4);
});

test("a commit during a step is not slept through", async () => {
  const world = scripted();
  const { promise, resolve } = Promise.withResolvers<TextStep>();
  world.answer(() => promise);
  const indexing = startIndexing(world);
  world.commit();
  world.answer(async () => step(true));
  resolve(step(true));
  await until("it has looked again", () => world.steps === 2);
  await indexing.close();
});

test("far behind it does not pause, else longer than a step took", async () => {
  const world = scripted();
  const answers = [step(false, 1_000_000), step(false, 10), step(true)];
  world.answer(async () => answers.shift() ?? step(true));
  const indexing = startIndexing(world);
  await until("all is done", () => answers.length === 0);
  expect(world.waits[0]).toBe(0);
  expect(world.waits[1]).toBeGreaterThan(0);
  await indexing.close();
});

test("trouble is told once, and tried again until it is over", async () => {
  const world = scripted();
  let failures = 3;
  world.answer(async () => {
    if ((failures -= 1) >= 0) throw new Error("locked");
    return step(true);
  });
  const indexing = startIndexing(world);
  await until("it works again", () => failures < 0);
  await indexing.close();
  expect(world.waits.slice(0, 3)).toEqual([1000, 1000, 1000]);
  expect(world.log.lines.map(({ message }) => message)).toEqual(["texts cannot be indexed; trying again"]);
});

test("at the limit of the store it tries far less often, and tells once", async () => {
  const world = scripted();
  let failures = 3;
  world.answer(async () => {
    if ((failures -= 1) >= 0) throw new StoreAtLimit("nothing is left that may be removed");
    return step(true);
  });
  const indexing = startIndexing(world);
  await until("it works again", () => failures < 0);
  await indexing.close();
  expect(world.waits.slice(0, 3)).toEqual([30_000, 30_000, 30_000]);
  expect(world.log.lines).toMatchObject([{ level: "warn", message: "texts cannot be indexed; trying again" }]);
});
