/** Keys that are remembered: beyond it, those that took nothing for longest are forgotten. */
const MOST_KEYS = 10_000;

/** Token buckets by key, each a number: when it will be full again (the generic cell rate algorithm). */
export type Buckets = {
  /** Takes one; 0 when there was one, else the milliseconds until there is. */
  take(key: string): number;
};

/**
 * @param perSecond how many come back a second
 * @param burst how many there are at most
 * @param now milliseconds of a clock that does not go back
 */
export function createBuckets(perSecond: number, burst: number, now: () => number): Buckets {
  const each = 1000 / perSecond;
  const fullAt = new Map<string, number>();

  return {
    take(key) {
      const at = now();
      const full = Math.max(fullAt.get(key) ?? 0, at) + each;
      const wait = full - at - burst * each;
      // Sums of fractions are not exact.
      if (wait > 1e-6) return wait;
      fullAt.delete(key);
      fullAt.set(key, full);
      if (fullAt.size > MOST_KEYS) fullAt.delete(fullAt.keys().next().value!);
      return 0;
    },
  };
}
