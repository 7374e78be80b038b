import { expect, test } from "bun:test";
import { fuzzModel } from "./model-fuzz.ts";
import { SUITE_SEED } from "./run-property.ts";

const SEQUENCES = 50;

test("after any commands lists, sessions, totals and the feed are what the commands were", async () => {
  expect(await fuzzModel({ seed: SUITE_SEED, sequences: SEQUENCES })).toBeGreaterThan(SEQUENCES);
});
