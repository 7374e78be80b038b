/**
 * The long run of the fuzz tests: `bun run test:fuzz --cases 50000`, the same cases again with `--seed N`, and one that failed
 * with the `--only` and `--path` that its failure printed.
 */
import { parseArgs } from "node:util";
import { fuzzConnections } from "#test/fuzz/connection-fuzz.ts";
import { fuzzHttp } from "#test/fuzz/http-fuzz.ts";
import { fuzzModel } from "#test/fuzz/model-fuzz.ts";
import { randomSeed } from "#test/fuzz/run-property.ts";
import { fuzzSockets } from "#test/fuzz/socket-fuzz.ts";
import { fuzzStreams } from "#test/fuzz/stream-fuzz.ts";

const CASES = "50000";
/** Of all cases: the other parts need a connection or a database for each. */
const SHARES = { commands: 1 / 100, connections: 1 / 20, sockets: 1 / 50, streams: 1 / 50 };

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(randomSeed()) },
    cases: { type: "string", default: CASES },
    only: { type: "string" },
    path: { type: "string" },
  },
});
const { only, path } = values;
const [seed, cases] = [Number(values.seed), Number(values.cases)];
if (!Number.isSafeInteger(seed) || !(cases >= 1)) throw new Error("--seed and --cases take whole numbers");
const options = { seed, path };
const share = (part: keyof typeof SHARES) => Math.ceil(cases * SHARES[part]);

const PARTS: Readonly<Record<string, () => Promise<string>>> = {
  async requests() {
    const { requests, byStatus } = await fuzzHttp({ ...options, cases });
    return `${requests} requests, answers ${figures(byStatus)}`;
  },
  commands: async () => `${await fuzzModel({ ...options, sequences: share("commands") })} commands`,
  connections: async () => `answers ${figures(await fuzzConnections({ ...options, cases: share("connections") }))}`,
  sockets: async () => `closed with ${figures(await fuzzSockets({ ...options, cases: share("sockets") }))}`,
  streams: async () => `answers ${figures(await fuzzStreams({ ...options, cases: share("streams") }))}`,
};

const started = performance.now();
for (const [name, run] of Object.entries(PARTS)) {
  if (only === undefined || only === name) console.log(`fuzz: ${name}: ${await run()}`);
}
console.log(`fuzz: no failure in ${Math.round((performance.now() - started) / 1000)} s, seed ${seed}`);

function figures(counts: ReadonlyMap<number, number>): string {
  const sorted = [...counts].toSorted(([a], [b]) => a - b);
  return sorted.map(([code, count]) => `${code}: ${count}`).join(", ");
}
