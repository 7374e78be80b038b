import { expect, test } from "bun:test";
import { SUITE_SEED } from "./run-property.ts";
import { fuzzStreams } from "./stream-fuzz.ts";
import { fuzzSockets } from "./socket-fuzz.ts";

const CASES = 200;

test("whatever is sent to a socket, it is closed as documented, and others go on", async () => {
  const byCode = await fuzzSockets({ seed: SUITE_SEED, cases: CASES });
  console.log(`fuzz: sockets closed with ${[...byCode].map((entry) => entry.join(": ")).join(", ")}`);
  expect(byCode.get(1009), "messages that are too long").toBeGreaterThan(0);
  expect(byCode.get(1000), "ends as they should be").toBeGreaterThan(0);
});

test("whatever a stream is asked for, it begins as documented, or is refused", async () => {
  const byStatus = await fuzzStreams({ seed: SUITE_SEED, cases: CASES });
  console.log(`fuzz: streams answered ${[...byStatus].map((entry) => entry.join(": ")).join(", ")}`);
  expect(byStatus.get(200), "some are opened").toBeGreaterThan(0);
});
