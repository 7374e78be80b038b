import type { Draft } from "./draft.ts";

/** The newest ones are kept. */
const MOST = 20;

/** A call failed, of which telemetry tells when, but not in which turn. */
export function noteFailure(draft: Draft, ms: number, error: string): void {
  const failures = [...draft.state.failures, { ms, error }];
  draft.state.failures = failures.toSorted((one, other) => one.ms - other.ms).slice(-MOST);
  dealFailures(draft);
}

/** Gives failures to the turns of their times: turns may be told after them, and in any order. */
export function dealFailures({ state, turns, moved }: Draft): void {
  const { failures } = state;
  const timed = turns.filter(({ turn }) => turn.sentMs !== null);
  timed.sort((one, other) => one.turn.sentMs! - other.turn.sentMs!);
  for (const [at, one] of timed.entries()) {
    const { sentMs, failedMs } = one.turn;
    const until = timed[at + 1]?.turn.sentMs ?? Infinity;
    const last = failures.findLast(({ ms }) => ms >= sentMs! && ms < until) ?? null;
    const isOurs = failedMs === null || failures.some(({ ms }) => ms === failedMs);
    if (last?.ms === (failedMs ?? undefined) || (last === null && !isOurs)) continue;
    one.turn.failedMs = last?.ms ?? null;
    one.turn.failedError = last?.error ?? null;
    one.isChanged = true;
    moved.add(one.turn.promptId);
  }
}
