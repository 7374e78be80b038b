import { type Draft, isFinal, isOpen, type Moment, type TurnDraft } from "./draft.ts";
import { dealFailures, noteFailure } from "./failures.ts";
import { turnKey } from "./keys.ts";
import type { Report, TurnClosed, TurnFailing, TurnOpened, TurnText } from "#src/ingest/report.ts";
import {
  endedBefore,
  isBehind,
  isRecent,
  isToldTwice,
  mayCorrect,
  noteStreamed,
  streamedTurn,
} from "./stream-turns.ts";
import { answer, endTurn, fillPrompt, isSame, newestOfKey, newTurn, reassign, set, textHashOf } from "./turn-drafts.ts";

/**
 * A prompt was given. The same turn may be told by a hook, a stream and telemetry, in any order and not all by the same id:
 * whoever tells of it first opens it, the others find it.
 */
export function openTurn(draft: Draft, report: Report, fact: TurnOpened, moment: Moment): void {
  const isDirect = report.channel !== "otel";
  const told = isDirect ? openedTurn(draft, report, fact) : telemetryTurn(draft, report, fact, moment);
  const ended = told === null && isBehind(draft, report, moment) ? endedBefore(draft, moment) : [];
  const turn = told ?? ended.find((one) => isSame(one, fact.text)) ?? newTurn(draft, report, moment);
  if (report.channel === "stream") noteStreamed(draft, turn);
  fillPrompt(turn, fact.text);
  if (fact.name !== undefined) set(turn, { prompt_name: fact.name });
  if (isDirect && !ended.includes(turn)) openDirectly(draft, turn, moment);
  if (!isDirect && report.turn !== null) noteSent(turn, report);
  if (!isDirect && report.turn === null) dealFailures(draft);
  if (fact.text !== null) turn.turn.textHash ??= textHashOf(fact.text);
  if (report.turn !== null) turn.turn.key ??= turnKey(report.turn);
  turn.isChanged = true;
  reassign(draft, turn.turn.sentMs);
}

/** An agent has one prompt at a time: those before it, of which no end was told, were interrupted. */
function openDirectly(draft: Draft, turn: TurnDraft, moment: Moment): void {
  for (const other of draft.turns) {
    if (other !== turn && isOpen(other) && other.turn.openedMs !== null) interrupt(draft, other, moment);
  }
  draft.state.guessed = null;
  if (turn.turn.openedMs !== null) return;
  turn.turn.openedMs = moment.nowMs;
  draft.opened = turn.turn.promptId;
  // Telemetry may have ended it already, for want of a better knowledge.
  if (isFinal(turn.status)) set(turn, { status: "streaming", completed_at: null, error_message: null });
}

/** Whether an event that has no id tells again of a turn that has ended. */
export function isOverFor({ turns }: Draft, { turn }: Report): boolean {
  if (turn === null) return false;
  const found = newestOfKey(turns, turnKey(turn));
  return found !== undefined && !isOpen(found) && found.turn.openedMs !== null;
}

function openedTurn({ turns }: Draft, { turn: id }: Report, { text }: TurnOpened): TurnDraft | null {
  if (id !== null) {
    const known = newestOfKey(turns, turnKey(id));
    if (known !== undefined) return isOpen(known) || isSame(known, text) || known.turn.openedMs === null ? known : null;
    const unnamed = turns.filter(({ turn }) => turn.key === null);
    const byStream = unnamed.findLast((one) => isOpen(one) && one.turn.openedMs !== null && isSame(one, text));
    return byStream ?? toldBefore(unnamed, text);
  }
  const open = turns.findLast((one) => isOpen(one) && one.turn.openedMs !== null);
  if (open !== undefined && isSame(open, text)) return open;
  return toldBefore(
    turns.filter(({ turn }) => turn.key === null || text === null),
    text,
  );
}

/** The first of the turns that only telemetry has told of, and that may have the text. */
function toldBefore(turns: readonly TurnDraft[], text: string | null): TurnDraft | null {
  const untold = turns.filter((one) => one.turn.openedMs === null && isSame(one, text));
  return untold.toSorted((one, other) => (one.turn.sentMs ?? 0) - (other.turn.sentMs ?? 0))[0] ?? null;
}

/** By id; else by the order of those that may have the text, of which there may be one more than hooks and streams told. */
function telemetryTurn(draft: Draft, report: Report, { text }: TurnOpened, moment: Moment): TurnDraft | null {
  const { turns } = draft;
  const { turn: id, sentMs } = report;
  if (id !== null) return newestOfKey(turns, turnKey(id)) ?? null;
  if (sentMs === null) return turns.findLast(isOpen) ?? null;
  const opened = turns.filter((one) => one.turn.openedMs !== null && isSame(one, text));
  const times = [...opened.map(({ turn }) => turn.sentMs).filter((ms) => ms !== null), sentMs];
  if (times.length > opened.length) {
    const more = newTurn(draft, report, moment);
    fillPrompt(more, text);
    opened.push(more);
  }
  return dealTimes(draft, opened, times, sentMs);
}

/** What happened first is of the turn that was opened first: telemetry comes in any order. The turn of that time. */
function dealTimes(draft: Draft, opened: readonly TurnDraft[], times: readonly number[], sentMs: number): TurnDraft {
  const sorted = times.toSorted((one, other) => one - other);
  for (const [at, one] of opened.entries()) {
    const time = sorted[at] ?? null;
    if (one.turn.sentMs === time) continue;
    reassign(draft, one.turn.sentMs);
    reassign(draft, time);
    one.turn.sentMs = time;
    one.isChanged = true;
  }
  return opened[sorted.indexOf(sentMs)]!;
}

/** The turn that a report belongs to; one is made where there must be one. */
export function turnFor(draft: Draft, report: Report, moment: Moment, mayMake: boolean): TurnDraft | null {
  const { turns } = draft;
  if (report.turn !== null) return namedTurn(draft, report, moment, mayMake);
  const { sentMs } = report;
  const timed =
    report.channel === "otel" && sentMs !== null
      ? turns
          .filter(({ turn }) => turn.sentMs !== null && turn.sentMs <= sentMs)
          .toSorted((one, other) => one.turn.sentMs! - other.turn.sentMs!)
          .at(-1)
      : undefined;
  const found = timed ?? streamedTurn(draft, report) ?? openOf(draft, report) ?? turns.at(-1);
  return found ?? (mayMake ? newTurn(draft, report, moment) : null);
}

/** The one that is open; telemetry may know of a later one already. */
function openOf({ turns }: Draft, { channel }: Report): TurnDraft | undefined {
  const isDirect = channel !== "otel";
  return turns.findLast((one) => isOpen(one) && isDirect && one.turn.openedMs !== null) ?? turns.findLast(isOpen);
}

function namedTurn(draft: Draft, report: Report, moment: Moment, mayMake: boolean): TurnDraft | null {
  const key = turnKey(report.turn!);
  const known = newestOfKey(draft.turns, key);
  if (known !== undefined) {
    noteSent(known, report);
    return known;
  }
  // A stream opened it without a name.
  const unnamed = draft.turns.find(
    (one) => one.turn.key === null && one.turn.openedMs !== null && isRecent(one, moment),
  );
  if (unnamed !== undefined) {
    unnamed.turn.key = key;
    unnamed.isChanged = true;
    noteSent(unnamed, report);
    return unnamed;
  }
  if (!mayMake) return null;
  const made = newTurn(draft, report, moment);
  made.turn.key = key;
  return made;
}

/** Telemetry of a turn with an id: the earliest of its times is that of the turn. */
function noteSent(turn: TurnDraft, { channel, sentMs }: Report): void {
  if (channel !== "otel" || sentMs === null || (turn.turn.sentMs !== null && turn.turn.sentMs <= sentMs)) return;
  turn.turn.sentMs = sentMs;
  turn.isChanged = true;
}

export function closeTurn(draft: Draft, report: Report, fact: TurnClosed, moment: Moment): void {
  if (fact.isGuess !== true) goOn(draft, report);
  const turn = closingTurn(draft, report, fact, moment);
  if (turn === null) return;
  if (fact.isGuess === true && isOpen(turn)) draft.state.guessed = turn.turn.promptId;
  const response = fact.response ?? null;
  const isNews = isOpen(turn) || turn.turn.openedMs === null || mayCorrect(turn, report, fact);
  // Of a turn that its output has ended, a hook tells the answer without what was said on the way.
  if (response !== null && (isNews || !turn.turn.answered || report.channel === "hook")) answer(turn, response);
  if (isNews) {
    const since = turn.turn.openedMs;
    turn.turn.openedMs ??= moment.nowMs;
    endTurn(turn, fact.status, moment);
    if (fact.error !== undefined) set(turn, { error_message: fact.error });
    // What began with this very event took a time that nobody told.
    if (since !== null && moment.nowMs > since) set(turn, { latency_ms: moment.nowMs - since });
  }
  if (typeof fact.latencyMs === "number") set(turn, { latency_ms: Math.round(fact.latencyMs) });
}

/** A turn whose output seemed to have ended is told of again. */
function goOn({ turns, state }: Draft, { channel, turn: id }: Report): void {
  if (channel === "otel" || state.guessed === null) return;
  const turn = turns.find((one) => one.turn.promptId === state.guessed);
  if (turn === undefined || isOpen(turn) || (id === null ? turns.some(isOpen) : turn.turn.key !== turnKey(id))) return;
  state.guessed = null;
  set(turn, { status: "streaming", completed_at: null, latency_ms: null });
}

function closingTurn(draft: Draft, report: Report, fact: TurnClosed, moment: Moment): TurnDraft | null {
  if (report.turn !== null) return turnFor(draft, report, moment, true);
  const streamed = streamedTurn(draft, report);
  if (streamed !== undefined && !isOpen(streamed)) return mayCorrect(streamed, report, fact) ? streamed : null;
  const open = streamed ?? openOf(draft, report);
  if (open !== undefined) return open;
  // The server came late: what it missed of the turn is unknown, but not its answer.
  if (draft.turns.length === 0 && typeof fact.response === "string") return newTurn(draft, report, moment);
  return null;
}

export function tellTurn(draft: Draft, report: Report, fact: TurnText, moment: Moment): void {
  goOn(draft, report);
  const turn = turnFor(draft, report, moment, true)!;
  fillPrompt(turn, fact.prompt ?? null);
  const response = fact.response ?? null;
  if (response === null) return;
  if (fact.how === "fill") {
    if (!turn.turn.answered) answer(turn, response);
  } else if (fact.how === "guess") {
    if (turn.turn.answered) return;
    set(turn, { response_text: response });
    // What its calls answered is looked up, and wins.
    draft.moved.add(turn.turn.promptId);
  } else if (isOpen(turn) && !isToldTwice(draft, report, moment)) {
    turn.append.push(response);
    turn.turn.answered = true;
    turn.isChanged = true;
  }
}

export function failTurn(draft: Draft, report: Report, fact: TurnFailing, moment: Moment): void {
  if (report.turn === null && report.channel === "otel" && report.sentMs !== null) {
    return noteFailure(draft, report.sentMs, fact.error);
  }
  const turn = turnFor(draft, report, moment, true)!;
  const at = report.sentMs ?? moment.nowMs;
  if (turn.turn.failedMs !== null && turn.turn.failedMs > at) return;
  turn.turn.failedMs = at;
  turn.turn.failedError = fact.error;
  turn.isChanged = true;
  draft.moved.add(turn.turn.promptId);
}

export function endOpenTurns(draft: Draft, status: "cancelled" | "failed", error: string | null, moment: Moment): void {
  for (const turn of draft.turns.filter(isOpen)) {
    // One that only telemetry knows of may be opened yet: telemetry can come first.
    if (status === "failed") turn.turn.openedMs ??= moment.nowMs;
    if (status === "cancelled") interrupt(draft, turn, moment);
    else endTurn(turn, status, moment);
    if (error !== null) set(turn, { error_message: error });
  }
}

/** Nobody told how it ended; whether its last call failed is looked up. */
function interrupt(draft: Draft, turn: TurnDraft, moment: Moment): void {
  endTurn(turn, "cancelled", moment);
  if (turn.turn.failedMs !== null) draft.moved.add(turn.turn.promptId);
}
