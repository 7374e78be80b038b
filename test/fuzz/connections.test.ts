import { expect, test } from "bun:test";
import { fuzzConnections } from "./connection-fuzz.ts";
import { SUITE_SEED } from "./run-property.ts";

test("broken HTTP harms nobody else", async () => {
  const byStatus = await fuzzConnections({ seed: SUITE_SEED, cases: 300 });
  console.log(`fuzz: answers to broken HTTP: ${[...byStatus].map((entry) => entry.join(": ")).join(", ")}`);
  expect(byStatus.get(400), "some of it was read at all").toBeGreaterThan(0);
});
