import type { Claim } from "#src/database/ingest.ts";
import type { Writer } from "./writer.ts";

const SIDES = `select f.id as fromId, f.agent_id as fromAgent, t.id as toId, t.agent_id as toAgent
  from orchestrator_conversations f join orchestrator_conversations t on t.conversation = $to where f.conversation = $from`;
const BOOK = `update agents set cost_usd = max(0, round(ifnull(cost_usd, 0) + $sign *
    (select case when typeof(cost_usd) in ('integer', 'real') then cost_usd else 0 end from prompts where id = $promptId), 9))
  where id = $agentId`;
const MOVE_PROMPT = "update prompts set agent_id = $toAgent where id = $promptId and agent_id = $fromAgent";
const MOVE_TURN = "update orchestrator_turns set conversation_id = $toId where prompt_id = $promptId";
const MOVE_LOGS = `update agent_logs set agent_id = $toAgent where id in (
  select ref from orchestrator_ingest_keys
  where conversation_id = $fromId and ref is not null and key in (select value from json_each($keys)))`;
const MOVE_KEYS = `update or ignore orchestrator_ingest_keys set conversation_id = $toId
  where conversation_id = $fromId and key in (select value from json_each($keys))`;
/** Of one channel, the telemetry's. */
const MOVE_CALLS = `update or ignore orchestrator_calls set conversation_id = $toId
  where conversation_id = $fromId and rank = 3 and call in (select value from json_each($calls))`;

const IS_LEFT = `not exists (select 1 from prompts where agent_id = $id)
  and not exists (select 1 from agents where parent_agent_id = $id)
  and not exists (select 1 from agent_logs where agent_id = $id and log_type <> 'state_change')
  and not exists (select 1 from orchestrator_conversations o join orchestrator_calls c on c.conversation_id = o.id where o.agent_id = $id)`;
const REMOVE_LOGS = `delete from agent_logs where agent_id = $id and ${IS_LEFT}`;
const REMOVE = `delete from agents where id = $id and ${IS_LEFT}`;

type Sides = { readonly fromId: number; readonly fromAgent: string; readonly toId: number; readonly toAgent: string };

/** Gives what was told of one agent to another one: its prompt with what it cost, its logs, and what is remembered of them. */
export function applyClaim(writer: Writer, { from, to, promptId, keys, calls }: Claim): void {
  const sides = writer.prepare<Sides>(SIDES).get({ from, to });
  if (sides === null) return;
  const { fromId, fromAgent, toId, toAgent } = sides;
  if (promptId !== null) {
    const { changes } = writer.prepare(MOVE_PROMPT).run({ promptId, fromAgent, toAgent });
    if (changes > 0) {
      writer.prepare(BOOK).run({ agentId: fromAgent, promptId, sign: -1 });
      writer.prepare(BOOK).run({ agentId: toAgent, promptId, sign: 1 });
      writer.prepare(MOVE_TURN).run({ promptId, toId });
    }
  }
  writer.prepare(MOVE_LOGS).run({ fromId, toAgent, keys: JSON.stringify(keys) });
  writer.prepare(MOVE_KEYS).run({ fromId, toId, keys: JSON.stringify(keys) });
  if (calls.length > 0) writer.prepare(MOVE_CALLS).run({ fromId, toId, calls: JSON.stringify(calls) });
}

/** An agent that was never one: all that was told of it is another's by now. */
export function removeLeft(writer: Writer, id: string): void {
  writer.prepare(REMOVE_LOGS).run({ id });
  writer.prepare(REMOVE).run({ id });
}
