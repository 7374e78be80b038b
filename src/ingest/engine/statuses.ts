import { logStateChange } from "#src/domain/agent-log.ts";
import type { AgentStatus, RuntimeAgent } from "#src/domain/runtime-agent.ts";
import { type Draft, type Gathered, isFinal, type Moment } from "./draft.ts";
import type { Report, StatusFact } from "#src/ingest/report.ts";
import { isBehind } from "./stream-turns.ts";
import { endOpenTurns } from "./turns.ts";
import { oneLine } from "#src/ingest/values.ts";

const SESSION_ENDED = "its session ended";
const IN_MESSAGE = 200;

/** Moves a status as reality did: also back from a final one, which the API may not. */
export function applyStatus(
  gathered: Gathered,
  drafts: ReadonlyMap<string, Draft>,
  draft: Draft,
  report: Report,
  fact: StatusFact,
  moment: Moment,
): void {
  if (report.channel === "otel" && !mayTell(draft, report)) return;
  const isLate = isBehind(draft, report, moment);
  if (isLate && !isFinal(fact.to)) return;
  if (fact.from !== undefined && !fact.from.includes(draft.agent.status)) return;
  if (fact.endsTurns !== undefined) {
    endOpenTurns(draft, fact.endsTurns, fact.error ?? null, moment);
    endBelow(gathered, draft, [...drafts.values()], moment);
  }
  const isNews = fact.reopens === true || (isLate && isFailureOf(draft, fact)) || isEndOf(draft, report, fact);
  if (isFinal(draft.agent.status) && !isNews) return;
  if (fact.error !== undefined && fact.error !== draft.agent.error_message)
    change(draft, { error_message: fact.error }, moment);
  moveStatus(gathered, draft, fact.to, fact.reason, moment);
}

/** Hooks of some agents tell that a session ended, and not that its last turn failed. */
function isFailureOf({ agent, state, turns }: Draft, { to }: StatusFact): boolean {
  return to === "failed" && agent.status === "completed" && turns.at(-1)?.turn.promptId === state.streamed.at(-1);
}

/** Its session's end was told first: what telemetry alone tells of comes with the last batch, and had ended before. */
function isEndOf({ agent, subject }: Draft, { channel }: Report, { to }: StatusFact): boolean {
  return channel === "otel" && subject.child !== undefined && agent.status === "cancelled" && isFinal(to);
}

/** Telemetry comes late and in any order: it tells where nothing else does, and never what was before. */
function mayTell({ state }: Draft, { sentMs }: Report): boolean {
  if (state.direct || (sentMs !== null && state.statusMs !== null && sentMs < state.statusMs)) return false;
  if (sentMs !== null) state.statusMs = sentMs;
  return true;
}

function moveStatus(
  gathered: Gathered,
  draft: Draft,
  to: AgentStatus,
  reason: string | undefined,
  moment: Moment,
): void {
  const from = draft.agent.status;
  if (from === to) return;
  const isReopened = isFinal(from);
  // Turns that only telemetry told of end with their agent.
  if (isReopened || isFinal(to)) draft.isMoved = true;
  change(draft, { status: to, completed_at: isFinal(to) ? moment.now : null }, moment);
  if (isReopened && draft.agent.error_message !== null && !isFinal(to)) change(draft, { error_message: null }, moment);
  const why = reason === undefined ? {} : { reason };
  const reopened = isReopened && !isFinal(to) ? { reopened: true } : {};
  noteStatus(gathered, draft.agent.id, { from, to, ...why, ...reopened }, moment);
}

type Transition = {
  readonly from: AgentStatus;
  readonly to: AgentStatus;
  readonly reason?: string;
  readonly reopened?: boolean;
};

function noteStatus(gathered: Gathered, agentId: string, details: Transition, { now }: Moment): void {
  const log = logStateChange(agentId, details.from, details.to, now, oneLine(details.reason, IN_MESSAGE));
  gathered.logs.push({ ...log, details, told: null });
}

/** Who worked for a session that ended has ended too: nobody else would say so. */
function endBelow(gathered: Gathered, draft: Draft, drafts: readonly Draft[], moment: Moment): void {
  const source = `${draft.subject.source}:`;
  const drafted = below(draft, drafts);
  for (const one of drafted) {
    if (isFinal(one.agent.status)) continue;
    endOpenTurns(one, "cancelled", null, moment);
    moveStatus(gathered, one, "cancelled", SESSION_ENDED, moment);
  }
  for (const agent of draft.known?.below ?? []) {
    const isOurs = agent.external_id?.startsWith(source) === true;
    if (!isOurs || drafts.some((one) => one.agent.id === agent.id)) continue;
    const { id, status } = agent;
    const set = { status: "cancelled" as const, completed_at: moment.now, updated_at: moment.now };
    gathered.agentChanges.push({ id, expected: status, set, endsPrompts: true });
    noteStatus(gathered, id, { from: status, to: "cancelled", reason: SESSION_ENDED }, moment);
  }
}

/** Of the agents that this plan is about, those below one. */
export function below(draft: Draft, drafts: readonly Draft[]): Draft[] {
  const found = new Set([draft]);
  for (let size = 0; size < found.size;) {
    size = found.size;
    const ids = new Set([...found].map(({ agent }) => agent.id));
    for (const one of drafts) if (ids.has(one.agent.parent_agent_id ?? "")) found.add(one);
  }
  found.delete(draft);
  return [...found];
}

export function change(draft: Draft, set: Partial<RuntimeAgent>, { now }: Moment): void {
  draft.agent = { ...draft.agent, ...set, updated_at: now };
}
