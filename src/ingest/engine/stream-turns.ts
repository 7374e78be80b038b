import { type Draft, isOpen, type Moment, type TurnDraft } from "./draft.ts";
import type { Report, TurnClosed } from "#src/ingest/report.ts";

/** By how many milliseconds a stream may be behind the hooks of the same agent: it comes through a pipe, or afterwards. */
const BEHIND_MS = 300_000;
/** Turns that are remembered. */
const MOST = 20;

/** Whether hooks tell of the conversation too: at once, so that what a stream says has passed by then. */
export function isBehind({ state }: Draft, { channel }: Report, { nowMs }: Moment): boolean {
  return channel === "stream" && state.hookMs !== null && nowMs - state.hookMs < BEHIND_MS;
}

/** Whether a turn is open, or ended so lately that what comes now may be about it. */
export function isRecent(one: TurnDraft, { nowMs }: Moment): boolean {
  return isOpen(one) || (one.endedMs !== null && nowMs - one.endedMs < BEHIND_MS);
}

/** Whether hooks tell the answer of every turn that has one; those of Claude Code may not, of a sub-agent. */
export function isToldTwice(draft: Draft, report: Report, moment: Moment): boolean {
  return draft.subject.source !== "claude" && isBehind(draft, report, moment);
}

/** Of the turns that hooks have opened and ended before the stream came to them, those that it may begin, in order. */
export function endedBefore({ state, turns }: Draft, { nowMs }: Moment): TurnDraft[] {
  return turns.filter((one) => {
    const { promptId, openedMs } = one.turn;
    return openedMs !== null && nowMs - openedMs < BEHIND_MS && !isOpen(one) && !state.streamed.includes(promptId);
  });
}

/** The stream is at this turn. */
export function noteStreamed({ state }: Draft, { turn }: TurnDraft): void {
  if (state.streamed.at(-1) === turn.promptId) return;
  state.streamed = [...state.streamed.filter((id) => id !== turn.promptId), turn.promptId].slice(-MOST);
}

/** The turn that the stream is at. */
export function streamedTurn({ state, turns }: Draft, { channel }: Report): TurnDraft | undefined {
  const at = channel === "stream" ? state.streamed.at(-1) : undefined;
  return at === undefined ? undefined : turns.findLast(({ turn }) => turn.promptId === at);
}

/** Hooks of some agents tell that a session ended, and not how its last turn did, which is then taken for interrupted. */
export function mayCorrect({ status }: TurnDraft, { channel }: Report, fact: TurnClosed): boolean {
  return channel === "stream" && status === "cancelled" && fact.status !== "cancelled";
}
