import type { Settlement } from "#src/database/ingest.ts";
import { roundUsd } from "#src/domain/values.ts";
import { storedTime } from "./rows.ts";
import type { Writer } from "./writer.ts";

const NANO = 1e9;
/** Turns of telemetry that are looked at because they are the newest. */
const NEWEST = 8;
/** Turns that are looked at to find the first one. */
const EARLIEST = 8;

const CONVERSATION = `select id, agent_id, rank, loose_nano, (select max(rank) from orchestrator_calls c where c.conversation_id = o.id) as best
  from orchestrator_conversations o where conversation = $conversation`;
const SET_RANK = "update orchestrator_conversations set rank = $rank where id = $id";
const PROMPTS_OF_CALLS = `select distinct prompt_id as promptId from orchestrator_calls
  where conversation_id = $id and prompt_id is not null`;
const TURN_AT = `(select t.prompt_id from orchestrator_turns t
  where t.conversation_id = c.conversation_id and t.sent_ms <= c.sent_ms order by t.sent_ms desc, t.number desc limit 1)`;
const MOVING = `select rank, call, prompt_id as promptId, ${TURN_AT} as turnId from orchestrator_calls c
  where conversation_id = $id and timed = 1 and sent_ms >= $from and ${TURN_AT} is not null and ${TURN_AT} is not prompt_id`;
const ADOPT = `update orchestrator_calls as c set prompt_id = $opened
  where conversation_id = $id and timed = 1 and prompt_id is null and ${TURN_AT} is null`;
const MOVE =
  "update orchestrator_calls set prompt_id = $turnId where conversation_id = $id and rank = $rank and call = $call";
const SUM = `select count(*) as calls, sum(tokens_input) as input, sum(tokens_output) as output, sum(tokens_cache_read) as cacheRead,
    sum(tokens_cache_write) as cacheWrite, sum(nano) as nano, sum(nano is null) as unpriced, sum(cost_source = 'computed') as computed,
    max(price_version) as version
  from orchestrator_calls where prompt_id = $promptId and rank = $rank`;
/** Of several models the one that most was spent on. */
const MODEL = `select model from orchestrator_calls where prompt_id = $promptId and rank = $rank and model is not null
  group by model order by total(nano) desc, sum(tokens_input + tokens_output) desc, model limit 1`;
const RESPONSE = `select response from orchestrator_calls where prompt_id = $promptId and rank = $rank and response is not null
  order by sent_ms desc, call desc limit 1`;
const COST = "select cost_usd as cost, model_used as model from prompts where id = $promptId";
const FILL = `update prompts set tokens_input = $input, tokens_output = $output, tokens_cache_read = $cacheRead,
    tokens_cache_write = $cacheWrite, cost_usd = $cost, cost_source = $source, price_version = $version, model_used = $model
  where id = $promptId`;
const ANSWER = `update prompts set response_text = $response where id = $promptId
  and (select answered from orchestrator_turns where prompt_id = $promptId) = 0`;
/** What it was taken to answer was the answer of a call that is another's. */
const UNANSWER = `update prompts set response_text = null where id = $promptId
  and (select answered from orchestrator_turns where prompt_id = $promptId) = 0
  and response_text in (select response from orchestrator_calls where conversation_id = $id)`;
const BOOK =
  "update agents set cost_usd = max(0, round(ifnull(cost_usd, 0) + $amount, 9)) where id = $agentId and $amount <> 0";
const LOOSE =
  "select total(nano) as nano from orchestrator_calls where conversation_id = $id and prompt_id is null and rank = $rank";
const SET_LOOSE = "update orchestrator_conversations set loose_nano = $nano where id = $id and loose_nano <> $nano";

const TOLD_LATE = `select t.prompt_id as promptId, t.sent_ms as sentMs, t.failed_ms as failedMs, t.failed_error as error, p.status,
    (select max(sent_ms) from orchestrator_calls where prompt_id = t.prompt_id) as calledMs,
    exists (select 1 from orchestrator_turns later where later.conversation_id = t.conversation_id and later.sent_ms > t.sent_ms) as isOver,
    (select a.status in ('completed', 'failed', 'cancelled') from agents a where a.id = p.agent_id) as hasEnded
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

type Conversation = { id: number; agent_id: string; rank: number; loose_nano: number; best: number | null };
type Sum = {
  readonly calls: number;
  readonly input: number | null;
  readonly output: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  readonly nano: number | null;
  readonly unpriced: number | null;
  readonly computed: number | null;
  readonly version: string | null;
};

/**
 * Adds the calls of a conversation up anew, where they moved: what a prompt took is the sum of its calls of the best channel,
 * and its agent's cost moves by the difference. So it does not matter in which order or how often calls are told.
 */
export function settle(writer: Writer, settlement: Settlement, at: string): void {
  const { conversation, opened, reassignFrom } = settlement;
  const known = writer.prepare<Conversation>(CONVERSATION).get({ conversation });
  if (known === null) return;
  const { id, agent_id: agentId } = known;
  const rank = known.best ?? 0;
  const affected = new Set(settlement.promptIds);
  const lost = new Set<string>();
  if (rank > known.rank) {
    writer.prepare(SET_RANK).run({ id, rank });
    for (const row of writer.prepare<{ promptId: string }>(PROMPTS_OF_CALLS).all({ id })) affected.add(row.promptId);
  }
  if (opened !== null && writer.prepare(ADOPT).run({ id, opened }).changes > 0) affected.add(opened);
  if (reassignFrom !== null) {
    const moving = writer
      .prepare<{ rank: number; call: string; promptId: string | null; turnId: string }>(MOVING)
      .all({ id, from: reassignFrom });
    for (const call of moving) {
      writer.prepare(MOVE).run({ id, rank: call.rank, call: call.call, turnId: call.turnId });
      affected.add(call.turnId);
      if (call.promptId === null) continue;
      affected.add(call.promptId);
      lost.add(call.promptId);
    }
  }
  let amount = looseAmount(writer, known, rank);
  if (rank > 0) for (const promptId of affected) amount += fill(writer, promptId, rank, lost.has(promptId) ? id : null);
  writer.prepare(BOOK).run({ agentId, amount: roundUsd(amount) });
  settleTurns(writer, id, [...affected], at);
}

/**
 * Writes what a prompt took; by how much its cost moved (US dollars).
 * @param lostIn the conversation, where calls that were taken for its own are those of another
 */
function fill(writer: Writer, promptId: string, rank: number, lostIn: number | null): number {
  const was = writer.prepare<{ cost: number | null; model: string | null }>(COST).get({ promptId });
  if (was === null) return 0;
  const sum = writer.prepare<Sum>(SUM).get({ promptId, rank })!;
  const { calls, input, output, cacheRead, cacheWrite, nano, version } = sum;
  const cost = nano === null ? null : roundUsd(nano / NANO);
  const model =
    writer.prepare<{ model: string }>(MODEL).get({ promptId, rank })?.model ?? (calls === 0 ? null : was.model);
  const source = calls === 0 ? null : sourceOf(sum);
  writer.prepare(FILL).run({ promptId, input, output, cacheRead, cacheWrite, cost, source, version, model });
  const response = writer.prepare<{ response: string }>(RESPONSE).get({ promptId, rank })?.response ?? null;
  if (response !== null) writer.prepare(ANSWER).run({ promptId, response });
  else if (lostIn !== null) writer.prepare(UNANSWER).run({ promptId, id: lostIn });
  return (cost ?? 0) - (typeof was.cost === "number" ? was.cost : 0);
}

/** The least certain of its calls. */
function sourceOf({ unpriced, computed }: Sum): string {
  if ((unpriced ?? 0) > 0) return "unknown";
  return (computed ?? 0) > 0 ? "computed" : "reported";
}

/** By how much the calls without a prompt moved their agent's cost (US dollars). */
function looseAmount(writer: Writer, { id, loose_nano: was }: Conversation, rank: number): number {
  const { nano } = writer.prepare<{ nano: number }>(LOOSE).get({ id, rank })!;
  writer.prepare(SET_LOOSE).run({ id, nano });
  return (nano - was) / NANO;
}

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

/** Turns that only telemetry knows of end when a later one begins; nothing else says so, and it may be told in any order. */
function settleTurns(writer: Writer, id: number, promptIds: readonly string[], at: string): void {
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
