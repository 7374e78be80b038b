/** Values counted by size, as a histogram of Prometheus has them; its unit is its owner's. */
export type Distribution = {
  /** Rising. */
  readonly bounds: readonly number[];
  /** How many values lay within each bound and above the one before; the last: above all of them. */
  readonly counts: number[];
  sum: number;
};

/** Nothing counted yet. */
export function newDistribution(bounds: readonly number[]): Distribution {
  return { bounds, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
}

/** Counts a value. No method: there is one of these for every route, and each request passes here. */
export function count(distribution: Distribution, value: number): void {
  const { bounds, counts } = distribution;
  let at = 0;
  while (at < bounds.length && value > bounds[at]!) at += 1;
  counts[at]! += 1;
  distribution.sum += value;
}

/** From a quarter of a millisecond to ten seconds. */
export const SECONDS: readonly number[] = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
