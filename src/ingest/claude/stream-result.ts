import { errorNoted, milestone } from "#src/ingest/hook-facts.ts";
import { type Fields, reportOf, type Told } from "#src/ingest/line-reader.ts";
import type { Fact, Tokens, Total } from "#src/ingest/report.ts";
import {
  count,
  flag,
  hashOfEvent,
  isRecord,
  list,
  longText,
  oneLine,
  record,
  shownFields,
  text,
  usd,
} from "#src/ingest/values.ts";
import { sessionOf, type StreamContext } from "./stream-context.ts";

const MOST_MODELS = 50;

/** The turn has ended, and with it the process; a next one of the session begins with an init of its own. */
export function result(context: StreamContext, line: Fields): Told<StreamContext> {
  const subtype = text(line["subtype"], 200) ?? "success";
  const isFailure = subtype !== "success" || flag(line["is_error"]) === true;
  const response = longText(line["result"]);
  const latencyMs = count(line["duration_ms"]);
  const facts: Fact[] = context.hasResult ? totals(line) : totalsOfFirst(line);
  const isAborted = /^abort/i.test(text(line["terminal_reason"], 200) ?? "");
  if (isFailure && isAborted) {
    const reason = "interrupted";
    facts.push({ fact: "turn.closed", status: "cancelled", latencyMs }, { fact: "status", to: "cancelled", reason });
  } else if (isFailure) {
    const error = errorOf(line, subtype);
    const details = { subtype, num_turns: line["num_turns"], terminal_reason: line["terminal_reason"], error };
    facts.push(
      { fact: "turn.closed", status: "failed", error, latencyMs },
      { fact: "status", to: "failed", error },
      errorNoted(error, details),
    );
  } else {
    facts.push(
      { fact: "turn.closed", status: "completed", response, latencyMs },
      { fact: "status", to: "completed" },
      finished(line),
    );
  }
  return [{ ...context, isOpen: false, hasResult: true }, reportOf(sessionOf(context), facts)];
}

function finished(line: Fields): Fact {
  const { num_turns, duration_ms, duration_api_ms, stop_reason } = line as Record<string, unknown>;
  const denials = list(line["permission_denials"]);
  const permission_denials = denials.length === 0 ? null : denials;
  const turns = count(num_turns);
  const message = turns === null ? "Finished" : `Finished after ${turns} ${turns === 1 ? "turn" : "turns"}`;
  return milestone(message, { num_turns, duration_ms, duration_api_ms, stop_reason, permission_denials });
}

function errorOf(line: Fields, subtype: string): string {
  const errors = Array.from(
    list(line["errors"]).slice(0, 10),
    (error) => text(error) ?? text(record(error)["message"]) ?? "",
  )
    .filter(Boolean)
    .join("; ");
  return text(errors) ?? text(line["result"]) ?? subtype;
}

/**
 * Whether a process that resumes a session counts on from the one before is said in two ways. `usage` is of this process
 * alone: what its first result tells as a model's whole use, and is the same, has begun with it.
 */
function totalsOfFirst(line: Fields): Total[] {
  const told = totals(line);
  const own = ownTokens(line);
  const isOwn = told.some(({ model, tokens }) => model !== null && tokens.output > 0 && Bun.deepEquals(tokens, own));
  return isOwn ? told.map((total) => ({ ...total, run: hashOfEvent(line) })) : told;
}

/** What the session has used until now, with its sub-agents, model by model; `usage` is without those. */
function totals(line: Fields): Total[] {
  const byModel = Object.entries(record(line["modelUsage"])).filter(([, usage]) => isRecord(usage));
  if (byModel.length === 0) return overall(line);
  return byModel.slice(0, MOST_MODELS).map(([name, value]) => {
    const usage = record(value);
    const model = oneLine(name, 200) ?? "unknown";
    const provider = text(usage["provider"], 200);
    return {
      fact: "total",
      counter: model,
      model,
      ...(provider === null ? {} : { provider }),
      tokens: tokensOf(usage, "inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"),
      costUsd: usd(usage["costUSD"]),
      details: shownFields({ web_searches: count(usage["webSearchRequests"]) || null, cost_basis: usage["costBasis"] }),
    };
  });
}

function overall(line: Fields): Total[] {
  const costUsd = usd(line["total_cost_usd"]);
  if (costUsd === null && !isRecord(line["usage"])) return [];
  return [{ fact: "total", counter: "", model: null, tokens: ownTokens(line), costUsd }];
}

function ownTokens(line: Fields): Tokens {
  const usage = record(line["usage"]);
  return tokensOf(usage, "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens");
}

/** Anthropic's input is without what was read from and written to the cache. */
function tokensOf(usage: Fields, input: string, output: string, read: string, write: string): Tokens {
  const [cacheRead, cacheWrite] = [count(usage[read]), count(usage[write])];
  return {
    input: (count(usage[input]) ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: count(usage[output]) ?? 0,
    cacheRead,
    cacheWrite,
  };
}
