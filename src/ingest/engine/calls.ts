import type { Call } from "#src/database/ingest.ts";
import type { LogLevel } from "#src/domain/log-level.ts";
import type { Draft, Gathered, Moment, Totals, TurnDraft } from "./draft.ts";
import { CALL_RANK, callKey, callLogKey } from "./keys.ts";
import { note } from "./notes.ts";
import type { Report, Tokens, Total, Usage } from "#src/ingest/report.ts";
import { turnFor } from "./turns.ts";
import { hashOf } from "#src/ingest/values.ts";

/** No model takes or gives more in one call; what claims to would spoil the sums of all others. */
const MOST_TOKENS = 1_000_000_000;

/** Puts a call of a model into the ledger, with its price. */
export function applyUsage(gathered: Gathered, draft: Draft, report: Report, fact: Usage, moment: Moment): void {
  const model = fact.model ?? draft.state.model;
  const tokens = bounded(fact.tokens);
  const price =
    fact.costUsd === null
      ? moment.priceOf(tokens, model, fact.provider, report.sentMs ?? moment.nowMs)
      : { costUsd: fact.costUsd, version: null };
  const computed = price.costUsd === null ? "unknown" : "computed";
  const turn = turnFor(draft, report, moment, report.turn !== null || report.channel !== "otel");
  const call: Call = {
    conversation: draft.conversation,
    rank: CALL_RANK[report.channel],
    call: callKey(fact.call),
    promptId: turn?.turn.promptId ?? null,
    timed: report.turn === null && report.channel === "otel" && report.sentMs !== null,
    sentMs: report.sentMs,
    model,
    tokensInput: tokens.input,
    tokensOutput: tokens.output,
    tokensCacheRead: tokens.cacheRead,
    tokensCacheWrite: tokens.cacheWrite,
    costUsd: price.costUsd,
    costSource: fact.costUsd === null ? computed : "reported",
    priceVersion: fact.costUsd === null && price.costUsd !== null ? price.version : null,
    response: fact.response ?? null,
    logKey: callLogKey(report.channel, fact.call),
  };
  const isBest = countBest(gathered, draft, turn, call.rank);
  gathered.calls.push(call);
  draft.isMoved = true;
  if (turn !== null) draft.moved.add(turn.turn.promptId);
  noteCall(gathered, draft, report, fact, call, isBest ? "INFO" : "DEBUG", moment);
}

function bounded({ input, output, cacheRead, cacheWrite }: Tokens): Tokens {
  const most = (count: number) => Math.min(count, MOST_TOKENS);
  return {
    input: most(input),
    output: most(output),
    cacheRead: cacheRead === null ? null : most(cacheRead),
    cacheWrite: cacheWrite === null ? null : most(cacheWrite),
  };
}

/** Whether a call counts. What other channels told of calls of its prompt does not count any more. */
function countBest({ lowered }: Gathered, draft: Draft, turn: TurnDraft | null, rank: number): boolean {
  const known = turn ?? draft.state;
  if (rank <= known.callRank) return rank === known.callRank;
  if (turn !== null && turn.callRank > 0) {
    const { conversation } = draft;
    lowered.push({ conversation, promptId: turn.turn.promptId, type: "cost_update", below: rank });
  }
  known.callRank = rank;
  return true;
}

function noteCall(
  gathered: Gathered,
  draft: Draft,
  report: Report,
  fact: Usage,
  call: Call,
  log_level: LogLevel,
  moment: Moment,
): void {
  const { model, tokensInput, tokensOutput, tokensCacheRead, tokensCacheWrite, costUsd, costSource, priceVersion } =
    call;
  const cost = costUsd === null ? "price unknown" : `$${costUsd.toFixed(6).replace(/(\.\d\d\d*?)0+$/, "$1")}`;
  const hasId = fact.isUnnamed !== true && fact.call !== report.key;
  const details = {
    ...(hasId ? { call: fact.call } : {}),
    channel: report.channel,
    model,
    tokens_input: tokensInput,
    tokens_output: tokensOutput,
    tokens_cache_read: tokensCacheRead,
    tokens_cache_write: tokensCacheWrite,
    cost_usd: costUsd,
    cost_source: costSource,
    ...(priceVersion === null ? {} : { price_version: priceVersion }),
    ...(typeof fact.durationMs === "number" ? { duration_ms: fact.durationMs } : {}),
    ...fact.details,
  };
  const message = `${model ?? "unknown model"}: ${tokensInput} in, ${tokensOutput} out, ${cost}`;
  const told = { key: call.logKey, rank: call.rank };
  note(gathered, draft, { log_level, log_type: "cost_update", message, details }, told, moment.now);
}

/** Counts what a counter of the conversation has grown by since it was told last. */
export function applyTotal(gathered: Gathered, draft: Draft, report: Report, fact: Total, moment: Moment): void {
  const now = totalsOf(fact.tokens, fact.costUsd);
  // By hash: a name that holds a secret would not be found again.
  const counter = hashOf(fact.counter);
  const last = draft.state.totals[counter];
  if (fact.isForever === true && last !== undefined && isSmaller(now, last)) return;
  const isAnew = last === undefined || fact.run !== undefined || isSmaller(now, last);
  const grown = isAnew ? now : difference(now, last);
  draft.state.totals = { ...draft.state.totals, [counter]: now };
  if (Object.values(grown).every((value) => value === 0)) return;
  const { cacheRead, cacheWrite } = fact.tokens;
  const usage: Usage = {
    fact: "usage",
    // What is the same total is the same call, whoever tells it again.
    call: `total ${fact.counter} ${fact.run ?? ""}${JSON.stringify(now)}`,
    isUnnamed: true,
    model: fact.model,
    provider: fact.provider,
    tokens: {
      input: grown.input,
      output: grown.output,
      cacheRead: cacheRead === null ? null : grown.cacheRead,
      cacheWrite: cacheWrite === null ? null : grown.cacheWrite,
    },
    costUsd: fact.costUsd === null ? null : grown.costUsd,
    ...(fact.details === undefined ? {} : { details: fact.details }),
  };
  applyUsage(gathered, draft, report, usage, moment);
}

function totalsOf({ input, output, cacheRead, cacheWrite }: Tokens, costUsd: number | null): Totals {
  return { input, output, cacheRead: cacheRead ?? 0, cacheWrite: cacheWrite ?? 0, costUsd: costUsd ?? 0 };
}

/** A counter that went back has begun anew, unless it never does. */
function isSmaller(now: Totals, last: Totals): boolean {
  return now.input < last.input || now.output < last.output || now.costUsd < last.costUsd;
}

function difference(now: Totals, last: Totals): Totals {
  return {
    input: now.input - last.input,
    output: now.output - last.output,
    cacheRead: Math.max(0, now.cacheRead - last.cacheRead),
    cacheWrite: Math.max(0, now.cacheWrite - last.cacheWrite),
    costUsd: Math.max(0, Math.round((now.costUsd - last.costUsd) * 1e9) / 1e9),
  };
}
