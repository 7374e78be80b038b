import { ApiError } from "#src/client/client.ts";

/** Milliseconds until the next try, after this many failed in a row: no sooner than the server asks for. */
export function retryIn(error: unknown, failures: number, retryMs: readonly number[]): number {
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, retryMs[Math.min(failures, retryMs.length) - 1]!);
}
