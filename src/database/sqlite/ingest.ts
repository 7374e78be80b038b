import { DecisionOutdated } from "#src/database/manager.ts";
import type {
  AgentWrite,
  ConversationWrite,
  IngestPlan,
  IngestStore,
  LogChange,
  LoweredLogs,
  LogWrite,
  PromptWrite,
  StreamMark,
  TurnWrite,
} from "#src/database/ingest.ts";
import type { Prompt } from "#src/domain/prompt.ts";
import { toMillis } from "#src/domain/timestamp.ts";
import { insertAgentLogs } from "./agent-logs.ts";
import { AGENT_FIELDS } from "./agents.ts";
import { lowerCalls, writeCalls } from "./ingest-calls.ts";
import { applyClaim, removeLeft } from "./ingest-claims.ts";
import { knownFor } from "./ingest-known.ts";
import { endIdle, IDLE } from "./ingest-idle.ts";
import { settle } from "./ingest-ledger.ts";
import { inSteps, insertRow, updateRow } from "./mutate.ts";
import { insertDefinition } from "./orchestrator-agents.ts";
import { insertPrompt, PROMPT_FIELDS } from "./prompts.ts";
import { loadOf } from "./queue.ts";
import type { Reader } from "./reader.ts";
import { storedFields, storedJson, storedTime } from "./rows.ts";
import { insertSystemLog } from "./system-logs.ts";
import type { Writer } from "./writer.ts";

/** Characters of a response that grows by paragraphs; what comes after is not kept. */
const LONGEST_RESPONSE = 1_000_000;
/** Agents below one that is moved. */
const MOST_BELOW = 1_000;

const NEW_CONVERSATION = `insert into orchestrator_conversations (conversation, agent_id, revision, state, updated_ms, ends_idle)
  values ($conversation, $agentId, 1, $state, $at, $endsIdle)`;
/** An agent that another program has deleted left its conversation behind. */
const FORGET_GONE = `delete from orchestrator_conversations where conversation = $conversation
  and not exists (select 1 from agents where id = agent_id)`;
const NEXT_REVISION = `update orchestrator_conversations set state = $state, revision = revision + 1, updated_ms = $at, ends_idle = $endsIdle
  where conversation = $conversation and revision = $expected`;
const ID = "(select id from orchestrator_conversations where conversation = $conversation)";
const TELL = `insert into orchestrator_ingest_keys (conversation_id, key, ref, rank) values (${ID}, $key, $ref, $rank)`;
/** What is told in the line of an event that has no log is told all the same. */
const TELL_ALONE = `insert into orchestrator_ingest_keys (conversation_id, key) values (${ID}, $key)
  on conflict (conversation_id, key) do nothing`;
const RETELL = `update orchestrator_ingest_keys set rank = $rank where conversation_id = ${ID} and key = $key`;
const LOWER_LOGS = `update agent_logs set log_level = 'DEBUG' where +log_type = $type and id in (
  select ref from orchestrator_ingest_keys where conversation_id = ${ID} and rank < $below and ref is not null)`;
const CHANGE_LOG = "update agent_logs set message = $message, log_level = $level, details = $details where id = $id";
const TURN = `insert into orchestrator_turns
  (prompt_id, conversation_id, source_key, sent_ms, opened_ms, text_hash, answered, failed_ms, failed_error)
  values ($promptId, ${ID}, $key, $sentMs, $openedMs, $textHash, $answered, $failedMs, $failedError)
  on conflict (prompt_id) do update set source_key = excluded.source_key, sent_ms = excluded.sent_ms, opened_ms = excluded.opened_ms,
    text_hash = excluded.text_hash, answered = excluded.answered, failed_ms = excluded.failed_ms, failed_error = excluded.failed_error`;
const CANCEL_OPEN = `update prompts set status = 'cancelled', completed_at = $at
  where agent_id = $id and status in ('pending', 'streaming')`;
/** Those below an agent that was moved into another session go with it. */
const MOVE_BELOW = `with recursive below (id) as (
    select id from agents where parent_agent_id = $id
    union select a.id from below cross join agents a on a.parent_agent_id = below.id
    limit ${MOST_BELOW}
  )
  update or ignore agents set session_id = $session,
    external_id = replace(external_id, $source || session_id || ':', $source || $session || ':')
  where id in (select id from below) and id <> $id and session_id <> $session
    and instr(external_id, $source || session_id || ':') = 1`;
const APPEND = `update prompts set response_text = case when ifnull(response_text, '') = '' then $append
    else response_text || char(10) || char(10) || $append end
  where id = $id and ifnull(length(response_text), 0) < ${LONGEST_RESPONSE}`;
const MARK = `insert into orchestrator_streams (stream, lines, context, updated_ms) values ($stream, $lines, $context, $at)
  on conflict (stream) do update set lines = excluded.lines, context = excluded.context, updated_ms = excluded.updated_ms`;
const STREAM = "select stream, lines, context from orchestrator_streams where stream = $id";
const TOLD = `select key from orchestrator_ingest_keys
  where conversation_id = ${ID} and key in (select value from json_each($keys))`;

/** Those who are not heard of any more keep their revision and state, which are small. */
const FORGET = [
  `delete from orchestrator_ingest_keys where (conversation_id, key) in (
    select k.conversation_id, k.key from orchestrator_conversations o cross join orchestrator_ingest_keys k on k.conversation_id = o.id
    where o.updated_ms < $beforeMs limit $few)`,
  `delete from orchestrator_streams where stream in (
    select stream from orchestrator_streams where updated_ms < $beforeMs limit $few)`,
];

export function createIngestStore(reader: Reader, writer: Writer): IngestStore {
  return {
    known: async (query) => (await reader.snapshot(() => knownFor(reader, query))).value,
    apply: (plan) => writer.write(() => applyPlan(writer, plan), loadOfPlan(plan)),
    stream: (id) => reader.read(() => reader.prepare<StreamMark>(STREAM).get({ id })),
    told: (conversation, keys) =>
      reader.read(() => {
        const rows = reader.prepare<{ key: string }>(TOLD).all({ conversation, keys: JSON.stringify(keys) });
        return new Set(rows.map(({ key }) => key));
      }),
    endIdle: async (beforeMs, at) => {
      const isAny = await reader.read(() => reader.prepare(IDLE).get({ beforeMs, few: 1 }) !== null);
      return isAny ? writer.write(() => endIdle(writer, beforeMs, at), { background: true }) : true;
    },
    forget: (beforeMs) => writer.write(() => inSteps(writer, FORGET, { beforeMs }), { background: true }),
  };
}

function loadOfPlan(plan: IngestPlan) {
  const { definitions, agents, agentChanges, prompts, promptChanges, logs, logChanges, calls, systemLogs } = plan;
  return loadOf(
    ...[definitions, agents, agentChanges, prompts, promptChanges, logs, logChanges, calls, systemLogs].flat(),
  );
}

function applyPlan(writer: Writer, plan: IngestPlan): void {
  for (const row of plan.definitions) insertDefinition(writer, row);
  for (const row of plan.agents) insertRow(writer, "agents", storedFields(row, AGENT_FIELDS));
  for (const conversation of plan.conversations) moveOn(writer, conversation, toMillis(plan.at)!);
  for (const change of plan.agentChanges) changeAgent(writer, change, plan.at);
  for (const claim of plan.claims) applyClaim(writer, claim);
  for (const row of plan.prompts) insertPrompt(writer, row);
  for (const turn of plan.turns) writer.prepare(TURN).run(storedTurn(turn));
  for (const change of plan.promptChanges) changePrompt(writer, change);
  writeLogs(writer, plan.logs);
  for (const change of plan.logChanges) changeLog(writer, change);
  for (const told of plan.keys) writer.prepare(TELL_ALONE).run(told);
  const moves = writeCalls(writer, plan.calls);
  for (const lowered of plan.lowered) lowerLogs(writer, lowered);
  for (const settlement of plan.settle) settle(writer, settlement, moves, plan.at);
  for (const id of plan.left) removeLeft(writer, id);
  for (const log of plan.systemLogs) insertSystemLog(writer, log);
  if (plan.mark !== null) writer.prepare(MARK).run({ ...plan.mark, at: toMillis(plan.at)! });
}

function moveOn(writer: Writer, write: ConversationWrite, at: number): void {
  const { conversation, agentId, expected } = write;
  const told = { conversation, state: storedJson(write.state), endsIdle: Number(write.endsIdle), at };
  if (expected === null) {
    writer.prepare(FORGET_GONE).run({ conversation });
    writer.prepare(NEW_CONVERSATION).run({ ...told, agentId });
    return;
  }
  const { changes } = writer.prepare(NEXT_REVISION).run({ ...told, expected });
  if (changes === 0) throw new DecisionOutdated(`conversation ${conversation} has moved on`);
}

function changeAgent(writer: Writer, { id, expected, set, endsPrompts = false }: AgentWrite, at: string): void {
  updateRow(writer, "agents", id, { status: expected }, storedFields(set, AGENT_FIELDS));
  const { session_id: session, external_id: externalId } = set;
  if (session !== undefined && typeof externalId === "string") {
    writer.prepare(MOVE_BELOW).run({ id, session, source: externalId.slice(0, externalId.indexOf(":") + 1) });
  }
  if (endsPrompts) writer.prepare(CANCEL_OPEN).run({ id, at: storedTime(at) });
}

function changePrompt(writer: Writer, { id, expected, set, append }: PromptWrite): void {
  if (Object.keys(set).length > 0) {
    updateRow(writer, "prompts", id, { status: expected }, storedFields(set satisfies Partial<Prompt>, PROMPT_FIELDS));
  }
  if (append !== null) writer.prepare(APPEND).run({ id, append });
}

function writeLogs(writer: Writer, logs: readonly LogWrite[]): void {
  const ids = insertAgentLogs(writer, logs).map(({ id }) => id);
  for (const [index, { told }] of logs.entries()) {
    if (told !== null) writer.prepare(TELL).run({ ...told, ref: ids[index]! });
  }
}

function changeLog(writer: Writer, { id, conversation, key, rank, set }: LogChange): void {
  const { message, log_level: level, details } = set;
  writer.prepare(CHANGE_LOG).run({ id, message, level, details: storedJson(details) });
  writer.prepare(RETELL).run({ conversation, key, rank });
}

function lowerLogs(writer: Writer, { promptId, ...lowered }: LoweredLogs): void {
  if (promptId === undefined) writer.prepare(LOWER_LOGS).run(lowered);
  else lowerCalls(writer, { ...lowered, promptId });
}

function storedTurn({ answered, ...turn }: TurnWrite) {
  return { ...turn, answered: Number(answered) };
}
