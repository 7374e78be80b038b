/** Kills the server in many rounds (see test/support/crash/run.ts): `bun run test:crash [--rounds 50] [--seed S]`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type CrashFigures, runCrashes } from "#test/support/crash/run.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "50" }, seed: { type: "string" } },
});
const rounds = wholeNumber("rounds", values.rounds);
const seed = wholeNumber("seed", values.seed ?? String(Date.now() % 1_000_000));
const folder = mkdtempSync(join(tmpdir(), "orchestrator-crash-"));
const ended = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => ended.abort());
const began = performance.now();
console.log(`crash: seed ${seed}, ${rounds} rounds`);
try {
  const figures = await runCrashes({
    folder,
    rounds,
    seed,
    signal: ended.signal,
    onRound: (soFar, moment) => console.log(`crash: round ${soFar.rounds} (${moment}): ${describe(soFar)}`),
  });
  rmSync(folder, { recursive: true, force: true });
  console.log(`crash: ${describe(figures)}, in ${Math.round((performance.now() - began) / 1000)} s`);
  console.log(
    `crash: PASSED: seed ${seed}, ${figures.rounds} rounds; all that was answered was there, whole, and told once`,
  );
} catch (error) {
  console.error(error);
  console.log(`crash: FAILED: ${(error as Error).message}`);
  process.exitCode = 1;
}

function describe(figures: CrashFigures): string {
  const { kills, answered, unanswered, stored, direct, changes, frames, connections, missed } = figures;
  const cutOff = `${unanswered} without an answer (${stored} of them stored or repeated)`;
  const moments = missed.length === 0 ? "no moment missed" : `${missed.length} moments missed (${missed.join(", ")})`;
  return `${kills} kills, ${moments}, ${answered} writes answered, ${cutOff}, ${direct} direct writes, ${changes} changes, ${frames} frames checked on ${connections} connections`;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}`);
  return Number(text);
}
