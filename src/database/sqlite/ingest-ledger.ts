import type { Settlement } from "#src/database/ingest.ts";
import { roundUsd } from "#src/domain/values.ts";
import { type CallKey, lowerCalls, type Moves, NANO, sumOfLoose, sumOfPrompt } from "./ingest-calls.ts";
import { settleTurns } from "./ingest-turns.ts";
import type { Writer } from "./writer.ts";

const CONVERSATION =
  "select id, agent_id, loose_nano from orchestrator_conversations o where conversation = $conversation";
/** Other programs delete prompts without what hangs on them. */
const TURN_AT = `(select t.prompt_id from orchestrator_turns t cross join prompts p on p.id = t.prompt_id
  where t.conversation_id = c.conversation_id and t.sent_ms <= c.sent_ms order by t.sent_ms desc, t.number desc limit 1)`;
/** What was paid for a prompt that is gone stays paid for it. */
const MOVING = `select rank, call, prompt_id as promptId, ${TURN_AT} as turnId from orchestrator_calls c
  where conversation_id = $id and timed = 1 and sent_ms >= $from and ${TURN_AT} is not null and ${TURN_AT} is not prompt_id
    and (prompt_id is null or exists (select 1 from prompts was where was.id = prompt_id))`;
const ADOPT = `update orchestrator_calls as c indexed by orchestrator_calls_loose set prompt_id = $opened
  where conversation_id = $id and timed = 1 and prompt_id is null and ${TURN_AT} is null`;
const MOVE =
  "update orchestrator_calls set prompt_id = $turnId where conversation_id = $id and rank = $rank and call = $call";
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
  and response_text in (select c.response from json_each($calls) j cross join orchestrator_calls c
    on c.conversation_id = $id and c.rank = (j.value ->> 'rank') and c.call = (j.value ->> 'call'))`;
const BOOK =
  "update agents set cost_usd = max(0, round(ifnull(cost_usd, 0) + $amount, 9)) where id = $agentId and $amount <> 0";
const SET_LOOSE = "update orchestrator_conversations set loose_nano = $nano where id = $id and loose_nano <> $nano";

type Conversation = { readonly id: number; readonly agent_id: string; readonly loose_nano: number };
type Moving = CallKey & { readonly promptId: string | null; readonly turnId: string };

/**
 * Adds up what calls have moved: what a prompt took is the sum of its calls of the best channel that told of it, and its
 * agent's cost moves by the difference. So it does not matter in which order or how often calls are told.
 */
export function settle(writer: Writer, settlement: Settlement, moves: Moves, at: string): void {
  const { conversation, opened, reassignFrom } = settlement;
  const known = writer.prepare<Conversation>(CONVERSATION).get({ conversation });
  if (known === null) return;
  const { id, agent_id: agentId } = known;
  // Prompts whose calls moved, and those of them that lost calls to others.
  const lost = new Map(moves.retold.get(conversation));
  const affected = new Set([...settlement.promptIds, ...lost.keys()]);
  const given = new Set<string>();
  if (opened !== null && writer.prepare(ADOPT).run({ id, opened }).changes > 0) given.add(opened);
  const moving = reassignFrom === null ? [] : writer.prepare<Moving>(MOVING).all({ id, from: reassignFrom });
  for (const { rank, call, promptId, turnId } of moving) {
    writer.prepare(MOVE).run({ id, rank, call, turnId });
    given.add(turnId);
    if (promptId !== null) lost.set(promptId, [...(lost.get(promptId) ?? []), { rank, call }]);
  }
  for (const promptId of [...given, ...lost.keys()]) affected.add(promptId);
  let amount = looseAmount(writer, known);
  for (const promptId of affected) amount += fill(writer, promptId, moves, { id, calls: lost.get(promptId) ?? [] });
  for (const promptId of given) lowerWorse(writer, promptId);
  writer.prepare(BOOK).run({ agentId, amount: roundUsd(amount) });
  settleTurns(writer, id, [...affected], at);
}

/**
 * Writes what a prompt took; by how much its cost moved (US dollars).
 * @param lost calls of the conversation that were taken for its own, and are those of another
 */
function fill(
  writer: Writer,
  promptId: string,
  { paid }: Moves,
  { id, calls }: { readonly id: number; readonly calls: readonly CallKey[] },
): number {
  const sum = sumOfPrompt(writer, promptId);
  const nano = sum?.nano ?? null;
  const was = writer.prepare<{ cost: unknown; model: string | null }>(COST).get({ promptId });
  if (was === null) {
    const before = paid.get(promptId) ?? nano ?? 0;
    paid.set(promptId, nano ?? 0);
    return ((nano ?? 0) - before) / NANO;
  }
  const cost = nano === null ? null : roundUsd(nano / NANO);
  if (sum !== null) {
    const { input, output, cacheRead, cacheWrite, source, version, model } = sum;
    const filled = { input, output, cacheRead, cacheWrite, cost, source, version, model: model ?? was.model };
    writer.prepare(FILL).run({ promptId, ...filled });
  } else if (calls.length > 0) writer.prepare(FILL).run({ promptId, ...NOTHING });
  else return 0;
  const answer = sum === null ? null : writer.prepare<{ response: string }>(RESPONSE).get({ promptId, rank: sum.rank });
  if (answer !== null) writer.prepare(ANSWER).run({ promptId, response: answer.response });
  else if (calls.length > 0) writer.prepare(UNANSWER).run({ promptId, id, calls: JSON.stringify(calls) });
  return (cost ?? 0) - (typeof was.cost === "number" ? was.cost : 0);
}

const NOTHING = {
  input: null,
  output: null,
  cacheRead: null,
  cacheWrite: null,
  cost: null,
  source: null,
  version: null,
  model: null,
};

/** By how much the calls without a prompt moved their agent's cost (US dollars). */
function looseAmount(writer: Writer, { id, loose_nano: was }: Conversation): number {
  const nano = sumOfLoose(writer, id)?.nano ?? 0;
  writer.prepare(SET_LOOSE).run({ id, nano });
  return (nano - was) / NANO;
}

/** Calls that have come to a prompt may be told worse, or better, than those that it had. */
function lowerWorse(writer: Writer, promptId: string): void {
  const sum = sumOfPrompt(writer, promptId);
  if (sum?.isToldWorse === true) lowerCalls(writer, { promptId, type: "cost_update", below: sum.rank });
}
