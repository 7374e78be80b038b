import { expect, test } from "bun:test";
import { fuzzModel } from "./model-fuzz.ts";
import { randomSeed } from "./run-property.ts";

const SEQUENCES = 50;

test("after any commands lists, sessions, totals and the feed are what the commands were", async () => {
  expect(await fuzzModel({ seed: randomSeed(), sequences: SEQUENCES })).toBeGreaterThan(SEQUENCES);
});
