import { expect, test } from "bun:test";
import type { Moment } from "#test/support/crash/moments.ts";
import { runCrashes } from "#test/support/crash/run.ts";
import { testFolder } from "#test/support/folder.ts";

const ROUNDS: readonly Moment[] = ["delete", "shutdown", "start"];

test("crash: what was answered 2xx is there after SIGKILL, nothing by half, totals right, feeds without gap or double", async () => {
  // Removed only when all is well: a database that is wrong is kept.
  const folder = testFolder();
  const figures = await runCrashes({
    folder: folder.path,
    rounds: ROUNDS.length,
    seed: 20261126,
    moments: ROUNDS,
    mostWrites: 150,
  });
  folder[Symbol.dispose]();

  expect(figures.missed).toEqual([]);
  // The first start, one in each round, and the last start.
  expect(figures.kills).toBeGreaterThanOrEqual(ROUNDS.length + 2);
  expect(figures.answered).toBeGreaterThan(ROUNDS.length * 50);
  expect(figures.direct).toBeGreaterThan(ROUNDS.length);
  expect(figures.frames).toBeGreaterThan(figures.changes * 4);
  expect(figures.connections).toBeGreaterThanOrEqual(6 * (ROUNDS.length + 1));
}, 60_000);
