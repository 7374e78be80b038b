import type { Tokens } from "#src/ingest/report.ts";
import { count } from "#src/ingest/values.ts";

/** Tokens of a call, if any are told. `extraInput` and `extraOutput` are no part of input and output where the source is. */
export function tokensOf(told: {
  readonly input: unknown;
  readonly output: unknown;
  readonly cacheRead?: unknown;
  readonly cacheWrite?: unknown;
  readonly extraInput?: readonly unknown[];
  readonly extraOutput?: readonly unknown[];
}): Tokens | null {
  const [input, output] = [count(told.input), count(told.output)];
  if (input === null && output === null) return null;
  return {
    input: sum(input, ...(told.extraInput ?? [])),
    output: sum(output, ...(told.extraOutput ?? [])),
    cacheRead: count(told.cacheRead),
    cacheWrite: count(told.cacheWrite),
  };
}

function sum(...numbers: readonly unknown[]): number {
  return numbers.reduce<number>((total, number) => total + (count(number) ?? 0), 0);
}
