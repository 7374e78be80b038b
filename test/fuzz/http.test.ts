import { expect, test } from "bun:test";
import { readDocument } from "./document.ts";
import { fuzzHttp } from "./http-fuzz.ts";
import { SUITE_SEED } from "./run-property.ts";

const CASES = 2_000;

test("bad input by machine: whatever is asked, the answer is documented, and what is refused leaves nothing", async () => {
  const { requests, byStatus, accepted } = await fuzzHttp({ seed: SUITE_SEED, cases: CASES });
  const figures = [...byStatus].toSorted(([a], [b]) => a - b).map((entry) => entry.join(": "));
  console.log(`fuzz: ${requests} requests by status: ${figures.join(", ")}`);
  expect(requests).toBeGreaterThan(CASES / 2);
  // Otherwise all that is tested is how requests are refused. Two may be missed by chance, hardly ever three.
  const sockets = new Set(
    readDocument()
      .operations.filter(({ responses }) => "101" in responses)
      .map((one) => one.operationId),
  );
  const never = readDocument().operations.filter(
    ({ operationId }) => !accepted.has(operationId) && !sockets.has(operationId),
  );
  const missed = never.map(({ operationId }) => operationId);
  expect(missed.length, `operations that accepted no request: ${missed.join(", ")}`).toBeLessThanOrEqual(2);
});
