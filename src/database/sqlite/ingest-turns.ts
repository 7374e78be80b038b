import { storedTime } from "./rows.ts";
import type { Writer } from "./writer.ts";

/** Turns of telemetry that are looked at because they are the newest. */
const NEWEST = 8;
/** Turns that are looked at to find the first one. */
const EARLIEST = 8;

const TOLD_LATE = `select t.prompt_id as promptId, t.sent_ms as sentMs, t.failed_ms as failedMs, t.failed_error as error, p.status,
    (select max(sent_ms) from orchestrator_calls where prompt_id = t.prompt_id) as calledMs,
    exists (select 1 from orchestrator_turns later where later.conversation_id = t.conversation_id and later.sent_ms > t.sent_ms) as isOver,
    (select a.status in ('completed', 'failed', 'cancelled') or (t.ended_idle = 1 and a.status <> 'executing')
      from agents a where a.id = p.agent_id) as hasEnded
  from orchestrator_turns t join prompts p on p.id = t.prompt_id
  where t.opened_ms is null and p.status <> 'cancelled'`;
const NEWEST_TOLD = `${TOLD_LATE} and t.conversation_id = $id order by t.sent_ms desc limit ${NEWEST}`;
const SOME_TOLD = `${TOLD_LATE} and t.prompt_id in (select value from json_each($promptIds))`;
const END = "update prompts set status = $status, completed_at = $at, error_message = $error where id = $promptId";
const REOPEN =
  "update prompts set status = 'streaming', completed_at = null, error_message = null where id = $promptId";
/** Turns whose end nobody told: those have no latency. */
const INTERRUPTED = `select t.prompt_id as promptId, t.failed_error as error, p.status,
    t.failed_ms > ifnull((select max(sent_ms) from orchestrator_calls where prompt_id = t.prompt_id), 0) as isFailed
  from orchestrator_turns t join prompts p on p.id = t.prompt_id
  where t.opened_ms is not null and t.failed_ms is not null and p.latency_ms is null
    and (p.status = 'cancelled' or (p.status = 'failed' and p.error_message is t.failed_error))
    and t.prompt_id in (select value from json_each($promptIds))`;
const CONCLUDE = "update prompts set status = $status, error_message = $error where id = $promptId";
const FIRST = `select t.prompt_id as promptId, t.sent_ms as sentMs, t.opened_ms as openedMs, p.prompt_type as type
  from orchestrator_turns t join prompts p on p.id = t.prompt_id where t.conversation_id = $id`;
const FIRST_SENT = `${FIRST} and t.sent_ms is not null order by t.sent_ms, t.number limit 1`;
const EARLY = `${FIRST} and t.number in (
  select number from orchestrator_turns where conversation_id = $id order by number limit ${EARLIEST})`;
const SET_FIRST = "update prompts set prompt_type = 'command' where id = $promptId";
const SET_LATER = `update prompts set prompt_type = 'followup' where prompt_type = 'command'
  and id in (select prompt_id from orchestrator_turns where conversation_id = $id and prompt_id is not $promptId)`;

type ToldLate = {
  readonly promptId: string;
  readonly sentMs: number | null;
  readonly failedMs: number | null;
  readonly error: string | null;
  readonly status: string;
  readonly calledMs: number | null;
  readonly isOver: number;
  readonly hasEnded: number;
};

/**
 * Turns that only telemetry knows of end when a later one begins; nothing else says so, and it may be told in any order. One
 * that ended because nothing was heard of it goes on only where its agent is at work again.
 */
export function settleTurns(writer: Writer, id: number, promptIds: readonly string[], at: string): void {
  const newest = writer.prepare<ToldLate>(NEWEST_TOLD).all({ id });
  const some = writer.prepare<ToldLate>(SOME_TOLD).all({ promptIds: JSON.stringify(promptIds) });
  const turns = new Map([...newest, ...some].map((turn) => [turn.promptId, turn]));
  for (const { promptId, failedMs, error, status, calledMs, isOver, hasEnded } of turns.values()) {
    const isFailed = failedMs !== null && (calledMs === null || failedMs > calledMs);
    const ended = isOver === 1 || hasEnded === 1 ? "completed" : "streaming";
    const now = isFailed ? "failed" : ended;
    if (now === status) continue;
    if (now === "streaming") writer.prepare(REOPEN).run({ promptId });
    else writer.prepare(END).run({ promptId, status: now, at: storedTime(at), error: isFailed ? error : null });
  }
  settleInterrupted(writer, promptIds);
  settleFirst(writer, id);
}

type Interrupted = {
  readonly promptId: string;
  readonly error: string | null;
  readonly status: string;
  readonly isFailed: number;
};

/** A turn that nobody ended was interrupted, unless telemetry tells that its last call failed. */
function settleInterrupted(writer: Writer, promptIds: readonly string[]): void {
  const turns = writer.prepare<Interrupted>(INTERRUPTED).all({ promptIds: JSON.stringify(promptIds) });
  for (const { promptId, error, status, isFailed } of turns) {
    const now = isFailed === 1 ? "failed" : "cancelled";
    if (now !== status) writer.prepare(CONCLUDE).run({ promptId, status: now, error: isFailed === 1 ? error : null });
  }
}

type First = {
  readonly promptId: string;
  readonly sentMs: number | null;
  readonly openedMs: number | null;
  readonly type: string;
};

/** The first turn is the one that was sent first, not the one that was told first; hooks and streams tell in order. */
function settleFirst(writer: Writer, id: number): void {
  const opened = writer
    .prepare<First>(EARLY)
    .all({ id })
    .filter(({ openedMs }) => openedMs !== null);
  const [told] = opened.toSorted((one, other) => one.openedMs! - other.openedMs!);
  const first = told?.sentMs === null ? told : writer.prepare<First>(FIRST_SENT).get({ id });
  if (first === null || first.type === "command") return;
  writer.prepare(SET_FIRST).run({ promptId: first.promptId });
  writer.prepare(SET_LATER).run({ id, promptId: first.promptId });
}
