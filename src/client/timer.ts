/** A timer that is asked to wait longer does not wait at all. */
const LONGEST_MS = 2_147_483_647;

/** Calls back after so many milliseconds; `Infinity` never does. Returns what stops it. */
export function startTimer(millis: number, onTime: () => void): () => void {
  if (millis === Number.POSITIVE_INFINITY) return () => {};
  const timer = setTimeout(onTime, Math.min(millis, LONGEST_MS));
  return () => clearTimeout(timer);
}

/** Refuses what is no span of time, before it makes a loop without a pause. */
export function requireMillis(option: string, millis: number): number {
  if (millis > 0) return millis;
  throw new TypeError(`${option} is ${millis}; it may be a number of milliseconds above 0, or Infinity`);
}
