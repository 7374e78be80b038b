import { effort } from "./effort.ts";
import { type Load, type Measured, measure } from "./load.ts";
import type { ServerProcess } from "./servers.ts";
import { median, shown } from "./statistics.ts";

const ROUNDS = effort(7, 2);
const SECONDS = effort(1.5, 0.4);
const WARM_UP_S = effort(1, 0.3);

export type Side = { readonly name: string; readonly server: ServerProcess };

/** Loads the sides in turn, round after round; returns each side's rounds. */
export async function inTurn(
  sides: readonly Side[],
  load: Omit<Load, "seconds">,
  rounds = ROUNDS,
): Promise<Measured[][]> {
  const results: Measured[][] = sides.map(() => []);
  for (const { server } of sides) await measure(server, { ...load, seconds: WARM_UP_S });
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { server }] of sides.entries()) {
      results[index]!.push(await measure(server, { ...load, seconds: SECONDS }));
    }
  }
  return results;
}

/** `unit` is what a request counts as, `times` how many of them it holds. */
export function header(unit = "requests"): string[] {
  return ["", `${unit}/s`, "p50 ms", "p99 ms", "CPU µs", "ours ÷ it"];
}

/** A row for each side; the first side is ours. */
export function comparison(
  label: string,
  sides: readonly Side[],
  results: readonly Measured[][],
  times = 1,
): string[][] {
  return sides.map(({ name }, index) => {
    const of = (key: keyof Measured, factor = 1) =>
      shown(median(results[index]!.map((measured) => measured[key] * factor)));
    return [
      `${label}${name}`,
      of("perSecond", times),
      of("p50Ms"),
      of("p99Ms"),
      of("cpuMicros", 1 / times),
      index === 0 ? "" : shown(ratio(results, index)),
    ];
  });
}

/** The first side's speed by that of this one: the median of the rounds' own ratios. */
export function ratio(results: readonly Measured[][], side: number): number {
  const ours = results[0]!;
  return median(results[side]!.map(({ perSecond }, round) => ours[round]!.perSecond / perSecond));
}
