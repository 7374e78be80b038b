import { type Load, type Measured, measure } from "./load.ts";
import type { ServerProcess } from "./servers.ts";
import { median, shown } from "./statistics.ts";

const ROUNDS = 7;
const SECONDS = 1.5;
const WARM_UP_S = 1;

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

export const HEADER = ["", "requests/s", "p50 ms", "p99 ms", "CPU µs", "ours ÷ it"];

/** A row for each side; the first side is ours. */
export function comparison(label: string, sides: readonly Side[], results: readonly Measured[][]): string[][] {
  const ours = results[0]!;
  return sides.map(({ name }, index) => {
    const rounds = results[index]!;
    const of = (key: keyof Measured) => shown(median(rounds.map((measured) => measured[key])));
    const ratio = median(rounds.map(({ perSecond }, round) => ours[round]!.perSecond / perSecond));
    return [
      `${label}${name}`,
      of("perSecond"),
      of("p50Ms"),
      of("p99Ms"),
      of("cpuMicros"),
      index === 0 ? "" : shown(ratio),
    ];
  });
}
