import type { Call, LoweredLogs } from "#src/database/ingest.ts";
import type { Writer } from "./writer.ts";

type Prepare = Pick<Writer, "prepare">;

export const NANO = 1e9;

const ID = "(select id from orchestrator_conversations where conversation = $conversation)";
const CALL = `insert into orchestrator_calls (conversation_id, rank, call, prompt_id, timed, sent_ms, model,
    tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, nano, cost_source, price_version, response, log_key)
  values (${ID}, $rank, $call, $promptId, $timed, $sentMs, $model,
    $tokensInput, $tokensOutput, $tokensCacheRead, $tokensCacheWrite, $nano, $costSource, $priceVersion, $response, $logKey)
  on conflict (conversation_id, rank, call) do update set prompt_id = ifnull(excluded.prompt_id, prompt_id), timed = excluded.timed,
    sent_ms = excluded.sent_ms, model = excluded.model, tokens_input = excluded.tokens_input, tokens_output = excluded.tokens_output,
    tokens_cache_read = excluded.tokens_cache_read, tokens_cache_write = excluded.tokens_cache_write, nano = excluded.nano,
    cost_source = excluded.cost_source, price_version = excluded.price_version, response = excluded.response, log_key = excluded.log_key`;
const TOLD = `select prompt_id as promptId from orchestrator_calls
  where conversation_id = ${ID} and rank = $rank and call = $call`;
const PROMPT = "select 1 from prompts where id = $promptId";
const SUMS = `select rank, model, cost_source as source, price_version as version, calls, tokens_input as input, tokens_output as output,
    tokens_cache_read as cacheRead, cache_reads as cacheReads, tokens_cache_write as cacheWrite, cache_writes as cacheWrites, nano, priced
  from orchestrator_call_sums`;
const SUMS_OF_PROMPT = `${SUMS} where prompt_id = $promptId`;
const SUMS_OF_LOOSE = `${SUMS} where prompt_id = '' and conversation_id = $id`;
const LOWER_OF_CALLS = `update agent_logs set log_level = 'DEBUG' where +log_level = 'INFO' and +log_type = $type and id in (
  select k.ref from orchestrator_calls c cross join orchestrator_ingest_keys k on k.conversation_id = c.conversation_id and k.key = c.log_key
  where c.prompt_id = $promptId and c.rank < $below and k.ref is not null)`;

/** A call, by what is unique in its conversation. */
export type CallKey = { readonly rank: number; readonly call: string };

/** What the calls of a plan have moved. */
export type Moves = {
  /** By conversation: prompts of calls that were told again, and those of the calls that are another prompt's now. */
  readonly retold: Map<string, Map<string, CallKey[]>>;
  /** What agents have paid for prompts that are gone, by prompt (billionths of a dollar). */
  readonly paid: Map<string, number>;
};

/** Writes calls; one that is told again takes its last value, and is of the prompt that it is told of now. */
export function writeCalls(writer: Prepare, calls: readonly Call[]): Moves {
  const moves: Moves = { retold: new Map(), paid: new Map() };
  for (const { timed, costUsd, ...call } of calls) {
    const { conversation, rank, promptId } = call;
    const key = { rank, call: call.call };
    const was = writer.prepare<{ promptId: string | null }>(TOLD).get({ conversation, ...key })?.promptId ?? null;
    for (const id of [was, promptId]) if (id !== null) notePaid(writer, moves, id);
    if (was !== null) noteRetold(moves, conversation, was, was === (promptId ?? was) ? [] : [key]);
    const nano = costUsd === null ? null : Math.round(costUsd * NANO);
    writer.prepare(CALL).run({ ...call, timed: Number(timed), nano });
  }
  return moves;
}

/** Of a prompt that somebody deleted: its agent keeps what it cost. */
function notePaid(writer: Prepare, { paid }: Moves, promptId: string): void {
  if (paid.has(promptId) || writer.prepare(PROMPT).get({ promptId }) !== null) return;
  paid.set(promptId, sumOfPrompt(writer, promptId)?.nano ?? 0);
}

function noteRetold({ retold }: Moves, conversation: string, promptId: string, lost: readonly CallKey[]): void {
  const prompts = retold.get(conversation) ?? new Map<string, CallKey[]>();
  retold.set(conversation, prompts.set(promptId, [...(prompts.get(promptId) ?? []), ...lost]));
}

/** What is counted of some calls: those of the best channel. */
export type Sum = {
  readonly rank: number;
  /** Whether worse channels told of them too. */
  readonly isToldWorse: boolean;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  /** Billionths of a dollar; null when no price is known. */
  readonly nano: number | null;
  /** The least certain of its prices. */
  readonly source: "reported" | "computed" | "unknown";
  readonly version: string | null;
  /** Of several models the one that most was spent on. */
  readonly model: string | null;
};

/** Null when it has no calls. */
export function sumOfPrompt(writer: Prepare, promptId: string): Sum | null {
  return sumOf(writer.prepare<Group>(SUMS_OF_PROMPT).all({ promptId }));
}

/** Of the calls of a conversation that are of no prompt; null when there is none. */
export function sumOfLoose(writer: Prepare, id: number): Sum | null {
  return sumOf(writer.prepare<Group>(SUMS_OF_LOOSE).all({ id }));
}

type Group = {
  readonly rank: number;
  readonly model: string;
  readonly source: string;
  readonly version: string;
  readonly calls: number;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheReads: number;
  readonly cacheWrite: number;
  readonly cacheWrites: number;
  readonly nano: number;
  readonly priced: number;
};

function sumOf(all: readonly Group[]): Sum | null {
  if (all.length === 0) return null;
  const rank = Math.max(...all.map((group) => group.rank));
  const best = all.filter((group) => group.rank === rank);
  const total = (field: keyof Group) => best.reduce((sum, group) => sum + (group[field] as number), 0);
  const isComputed = best.some(({ source }) => source === "computed");
  const certain = isComputed ? "computed" : "reported";
  return {
    rank,
    isToldWorse: best.length < all.length,
    input: total("input"),
    output: total("output"),
    cacheRead: total("cacheReads") === 0 ? null : total("cacheRead"),
    cacheWrite: total("cacheWrites") === 0 ? null : total("cacheWrite"),
    nano: total("priced") === 0 ? null : total("nano"),
    source: total("calls") > total("priced") ? "unknown" : certain,
    version:
      best
        .map(({ version }) => version)
        .toSorted()
        .at(-1) || null,
    model: modelOf(best),
  };
}

function modelOf(groups: readonly Group[]): string | null {
  const models = new Map<string, { readonly nano: number; readonly tokens: number }>();
  for (const { model, nano, input, output } of groups) {
    const so = models.get(model) ?? { nano: 0, tokens: 0 };
    if (model !== "") models.set(model, { nano: so.nano + nano, tokens: so.tokens + input + output });
  }
  const [most] = [...models].toSorted(
    ([one, a], [other, b]) => b.nano - a.nano || b.tokens - a.tokens || (one < other ? -1 : 1),
  );
  return most?.[0] ?? null;
}

/** The logs of those calls of a prompt that a better channel tells of become `DEBUG`. */
export function lowerCalls(writer: Prepare, lowered: Pick<LoweredLogs, "type" | "below"> & { promptId: string }): void {
  writer.prepare(LOWER_OF_CALLS).run(lowered);
}
