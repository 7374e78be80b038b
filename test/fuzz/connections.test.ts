import { expect, test } from "bun:test";
import { fuzzConnections } from "./connection-fuzz.ts";
import { randomSeed } from "./run-property.ts";

test("broken HTTP harms nobody else", async () => {
  const byStatus = await fuzzConnections({ seed: randomSeed(), cases: 300 });
  console.log(`fuzz: answers to broken HTTP: ${[...byStatus].map((entry) => entry.join(": ")).join(", ")}`);
  expect(byStatus.get(400), "some of it was read at all").toBeGreaterThan(0);
});
