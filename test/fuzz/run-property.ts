import * as fc from "fast-check";

export type RunOptions = {
  /** Of the random values; the same seed makes the same cases. */
  readonly seed: number;
  /** Of a failing case, as its failure printed it: only that one runs. */
  readonly path?: string | undefined;
};

const MOST_TEXT = 300;

/** Of the suite, which fails for a change and not by chance: `bun run test:fuzz` takes another each time. */
export const SUITE_SEED = 20_261_126;

export function randomSeed(): number {
  return Math.floor(Math.random() * 0x7fff_ffff);
}

/** Runs a property so often; prints its seed, and fails with what repeats the smallest failing case. */
export async function runProperty<Values>(
  name: string,
  property: fc.IAsyncPropertyWithHooks<Values>,
  { seed, path, runs }: RunOptions & { readonly runs: number },
): Promise<void> {
  console.log(`fuzz: ${name}: seed ${seed}, ${runs} runs`);
  const details = await fc.check(property, { seed, numRuns: runs, ...(path === undefined ? {} : { path }) });
  if (!details.failed) return;
  const { counterexamplePath, counterexample, errorInstance } = details;
  throw new Error(
    `fuzz: ${name} failed after ${details.numRuns} runs: bun run test:fuzz --only ${name} --seed ${seed} --path ${counterexamplePath}\n` +
      `${shortened(counterexample)}\n${String(errorInstance)}`,
    { cause: errorInstance },
  );
}

/** A case as JSON, its long texts cut. */
function shortened(value: unknown): string {
  const cut = (_key: string, part: unknown) => {
    if (part instanceof Uint8Array) return `bytes ${Buffer.from(part.subarray(0, MOST_TEXT)).toString("hex")}`;
    if (typeof part === "object" && part !== null) {
      if ("cmd" in part) return String(part);
      if ("operationId" in part) return part.operationId;
    }
    return typeof part === "string" && part.length > MOST_TEXT ? `${part.slice(0, MOST_TEXT)}… (${part.length})` : part;
  };
  return JSON.stringify(value, cut, 2);
}
