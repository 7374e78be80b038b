import { type Distribution, count, newDistribution } from "./distribution.ts";

const EVERY_MS = 50;
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How late this thread comes to what is due: what held it was done in one piece. */
export type EventLoopWatch = {
  /** Seconds. */
  readonly delays: Distribution;
  close(): void;
};

/** Looks twenty times a second. (A monitor of `perf_hooks` counts anew at each reading: two readers would see half each.) */
export function watchEventLoop(): EventLoopWatch {
  const delays = newDistribution(BOUNDS);
  let due = performance.now() + EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    count(delays, Math.max(0, now - due) / 1000);
    due = now + EVERY_MS;
  }, EVERY_MS);
  timer.unref();
  return { delays, close: () => clearInterval(timer) };
}
