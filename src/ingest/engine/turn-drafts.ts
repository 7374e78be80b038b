import { openPrompt, type Prompt } from "#src/domain/prompt.ts";
import type { Draft, Moment, TurnDraft } from "./draft.ts";
import type { Report } from "#src/ingest/report.ts";
import { hashOf } from "#src/ingest/values.ts";

// What is done to one turn; `turns.ts` finds out which.

export function newTurn(draft: Draft, report: Report, moment: Moment): TurnDraft {
  const isDirect = report.channel !== "otel";
  const type = draft.state.turns === 0 ? "command" : "followup";
  const prompt = openPrompt(
    { agent_id: draft.agent.id, prompt_type: type, prompt_text: "", status: "streaming" },
    moment.newId(),
    moment.now,
  );
  draft.state.turns += 1;
  const turn: TurnDraft = {
    turn: {
      promptId: prompt.id,
      key: null,
      sentMs: isDirect ? null : report.sentMs,
      openedMs: isDirect ? moment.nowMs : null,
      textHash: null,
      answered: false,
      failedMs: null,
      failedError: null,
    },
    prompt,
    was: null,
    status: prompt.status,
    endedMs: null,
    set: {},
    append: [],
    callRank: 0,
    isChanged: true,
  };
  draft.turns.push(turn);
  if (isDirect) draft.opened = prompt.id;
  else {
    reassign(draft, report.sentMs);
    draft.moved.add(prompt.id);
  }
  return turn;
}

export function fillPrompt(turn: TurnDraft, text: string | null): void {
  if (text === null || turn.turn.textHash !== null) return;
  turn.turn.textHash = textHashOf(text);
  set(turn, { prompt_text: text });
}

export function answer(turn: TurnDraft, response: string): void {
  turn.append = [];
  turn.turn.answered = true;
  set(turn, { response_text: response });
}

export function endTurn(turn: TurnDraft, status: Prompt["status"], { now, nowMs }: Moment): void {
  turn.endedMs = nowMs;
  set(turn, { status, completed_at: now });
}

export function reassign(draft: Draft, from: number | null): void {
  if (from !== null) draft.reassignFrom = Math.min(draft.reassignFrom ?? from, from);
}

export function isSame({ turn }: TurnDraft, text: string | null): boolean {
  return text === null || turn.textHash === null || turn.textHash === textHashOf(text);
}

/** Those who tell a text put its pieces together differently. */
export function textHashOf(text: string): string {
  return hashOf(text.replaceAll(/\s+/g, ""));
}

export function newestOfKey(turns: readonly TurnDraft[], key: string): TurnDraft | undefined {
  return turns.findLast(({ turn }) => turn.key === key);
}

export function set(turn: TurnDraft, fields: Partial<Prompt>): void {
  turn.set = { ...turn.set, ...fields };
  if (fields.status !== undefined) turn.status = fields.status;
  turn.isChanged = true;
}
