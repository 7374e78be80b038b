import { errorNoted, IDLE } from "#src/ingest/hook-facts.ts";
import { EXECUTING, toolNoted } from "#src/ingest/hook-tools.ts";
import { readClaudeSpan } from "#src/ingest/claude/telemetry.ts";
import { joined } from "#src/ingest/reading.ts";
import type { Fact, Reading, Report } from "#src/ingest/report.ts";
import { hashOf, oneLine, safeId, shownFields, text } from "#src/ingest/values.ts";
import { type Place, kindOf, placesOf } from "./genai-agents.ts";
import { movedSince, slim } from "./genai-moves.ts";
import { modelOf, providerOf, spelled, usageOf } from "./genai-call.ts";
import { answer, lastPrompt } from "./genai-messages.ts";
import type { Steps } from "./pace.ts";
import { parsedJson } from "./parsed-json.ts";
import { serviceOf } from "./senders.ts";
import type { Seen, SpanMemory } from "./span-memory.ts";
import type { Span } from "./telemetry.ts";

const CHAT = /^(chat|text_completion|generate_content|completion)$/;
const DETAILS = "gen_ai.client.inference.operation.details";

type Work = "agent" | "chat" | "tool" | "embeddings";
type Context = { readonly span: Span; readonly place: Place; readonly durationMs: number | null };

const READERS: Readonly<Record<Work, (context: Context) => readonly Report[]>> = {
  agent: agentRuns,
  chat: (context) => [chat(context)],
  tool: (context) => [toolRan(context)],
  embeddings: (context) => embedded(context),
};

/**
 * Reads spans: by the GenAI conventions, and those of Claude Code for who is below whom.
 * @param memory of the spans before: they are placed by those around them
 */
export function* readSpans(spans: readonly Span[], memory: SpanMemory): Steps<Reading> {
  const readings: Reading[] = [];
  const told: { span: Span; seen: Seen; work: Work }[] = [];
  const news = new Set<Seen>();
  for (const span of spans) {
    const seen = hasIds(span) ? memory.add(span) : null;
    const work = seen !== null && serviceOf(span.origin) === null ? workOf(span) : null;
    const affected = seen === null ? [] : memory.affectedBy(seen);
    for (const one of seen !== null && work !== null ? [seen, ...affected] : affected) news.add(one);
    if (seen !== null && work !== null) told.push({ span, seen, work });
    else if (serviceOf(span.origin) === "claude") readings.push(readClaudeSpan(span));
    yield;
  }
  // Most services tell nothing of agents: nothing is placed for them.
  if (news.size === 0) return joined(readings);
  const places = yield* placesOf(memory, [...news]);
  const moved = yield* movedSince(memory, places);
  const reports: Report[] = [];
  // Of what ends at one time, the inner one first.
  for (const { span, seen, work } of told.toSorted(
    (one, other) => (other.span.startMs ?? 0) - (one.span.startMs ?? 0),
  )) {
    const place = places.of(seen);
    const said = READERS[work]({ span, place, durationMs: durationOf(span) });
    memory.tell(seen, place, said.map(slim), places.missingAbove(seen));
    reports.push(sessionTold(span, places.sessionOf(seen)), ...said);
    yield;
  }
  return joined([...readings, { reports: [...moved, ...reports.toSorted(bySent)], unread: [] }]);
}

function hasIds({ traceId, spanId }: Span): boolean {
  return traceId !== "" && spanId !== "";
}

/** What a span tells of; null for what is no work of an agent. */
function workOf({ attributes }: Span): Work | null {
  const operation = text(attributes.get("gen_ai.operation.name"), 100)?.toLowerCase();
  if (operation === "invoke_agent") return "agent";
  if (operation === "execute_tool" || attributes.has("ai.toolCall.id")) return "tool";
  if (operation === "embeddings") return "embeddings";
  if (operation !== undefined) return CHAT.test(operation) ? "chat" : null;
  // Libraries older than the name of the operation.
  return modelOf(attributes) !== null && spelled(attributes, "input") !== undefined ? "chat" : null;
}

/** The session's own agent, which is above them all, also where only others are told of. */
function sessionTold(span: Span, session: string): Report {
  const metadata = shownFields({ service: span.origin.service, version: span.origin.resource.get("service.version") });
  return {
    about: { source: "otel", session },
    channel: "otel",
    key: hashOf("otel", session, "session"),
    turn: null,
    sentMs: span.startMs,
    facts: [{ fact: "agent", kind: kindOf(span.origin.service, null), metadata, startsAs: "executing" }],
  };
}

function reportOf({ span, place }: Context, what: string, sentMs: number | null, facts: readonly Fact[]): Report {
  const key = hashOf("otel", place.about.session, span.traceId, what);
  return { about: place.about, channel: "otel", key, turn: null, sentMs, facts };
}

function agentRuns(context: Context): readonly Report[] {
  const { span, place } = context;
  const { attributes, spanId, startMs, endMs, error } = span;
  const metadata = shownFields({
    model: text(attributes.get("gen_ai.request.model"), 200),
    provider: providerOf(attributes),
    agent_id: attributes.get("gen_ai.agent.id"),
    description: attributes.get("gen_ai.agent.description"),
  });
  const message = error === null ? null : failureOf(span);
  const end: readonly Fact[] =
    message === null
      ? // An agent in it may have failed, and have been taken for it.
        [{ ...IDLE, reopens: true }]
      : [
          { ...errorNoted(message, { span: span.name }), key: `failed:${spanId}` },
          { fact: "status", to: "failed", error: message, reopens: true },
        ];
  return [
    reportOf(context, `start ${spanId}`, startMs, [
      { ...place.agent, metadata },
      { ...EXECUTING, reopens: true },
    ]),
    reportOf(context, `end ${spanId}`, endMs, end),
  ];
}

/** A call of a model is a turn of its own. A call within a call, of a library in another, has the same response. */
function chat(context: Context): Report {
  const { span, place, durationMs } = context;
  const { attributes, spanId, endMs, startMs, error, parentSpanId } = span;
  const message = error === null ? null : failureOf(span);
  const usage = usageOf(attributes, spanId, durationMs);
  const model = modelOf(attributes);
  const facts: Fact[] = [
    { ...place.agent, ...(model === null ? {} : { metadata: { model } }) },
    { fact: "turn.opened", text: promptOf(span), name: oneLine(span.name, 200) ?? undefined },
  ];
  if (usage !== null) facts.push(usage);
  facts.push({
    fact: "turn.closed",
    status: message === null ? "completed" : "failed",
    response: answerOf(span),
    error: message,
    latencyMs: durationMs,
  });
  if (message !== null) {
    const log = errorNoted(`A call of the model failed: ${message}`, { error: message, model });
    facts.push({ ...log, key: `failed:${spanId}` });
  }
  // Nothing around it goes on.
  facts.push(parentSpanId === null ? IDLE : EXECUTING);
  const call = safeId(attributes.get("gen_ai.response.id")) ?? spanId;
  return { ...reportOf(context, `chat ${call}`, endMs ?? startMs, facts), turn: spanId };
}

function embedded(context: Context): readonly Report[] {
  const { span, place, durationMs } = context;
  const usage = usageOf(span.attributes, span.spanId, durationMs);
  return usage === null ? [] : [reportOf(context, `embeddings ${span.spanId}`, span.endMs, [place.agent, usage])];
}

function toolRan(context: Context): Report {
  const { span, place, durationMs } = context;
  const { attributes, spanId, endMs, error } = span;
  const first = (...names: readonly string[]) =>
    names.map((name) => attributes.get(name)).find((value) => value !== undefined);
  const message = error === null ? null : failureOf(span);
  const call = {
    id: safeId(first("gen_ai.tool.call.id", "ai.toolCall.id")) ?? spanId,
    tool:
      oneLine(first("gen_ai.tool.name", "ai.toolCall.name"), 200) ?? oneLine(span.name, 200) ?? "a tool without a name",
    input: parsedJson(first("gen_ai.tool.call.arguments", "ai.toolCall.args")),
    response: parsedJson(first("gen_ai.tool.call.result", "ai.toolCall.result")),
    error: message,
    durationMs,
    success: message === null,
    details: { tool_type: attributes.get("gen_ai.tool.type") },
  };
  const log = toolNoted(call, message === null ? "INFO" : "ERROR");
  return reportOf(context, `tool ${spanId}`, endMs, [place.agent, EXECUTING, log]);
}

function failureOf({ error, attributes }: Span): string {
  return oneLine(error, 1_000) ?? oneLine(attributes.get("error.type"), 200) ?? "error";
}

/** Of the attributes, or of the events in the span, where the conventions had it before. */
function promptOf({ attributes, events }: Span): string | null {
  const told = events.filter(({ name }) => name === DETAILS).map((event) => lastPrompt(event.attributes));
  const messages = events.filter(({ name }) => name === "gen_ai.user.message");
  return (
    lastPrompt(attributes) ??
    told.find((one) => one !== null) ??
    text(messages.at(-1)?.attributes.get("content"), 1_000_000)
  );
}

function answerOf({ attributes, events }: Span): string | null {
  const told = events.filter(({ name }) => name === DETAILS).map((event) => answer(event.attributes));
  const choice = events.findLast(({ name }) => name === "gen_ai.choice")?.attributes;
  const message =
    choice === undefined
      ? null
      : answer(new Map([["gen_ai.output.messages", choice.get("message") ?? choice.get("content")]]));
  return answer(attributes) ?? told.find((one) => one !== null) ?? message;
}

function durationOf({ startMs, endMs }: Span): number | null {
  return startMs === null || endMs === null ? null : Math.max(0, endMs - startMs);
}

function bySent(one: Report, other: Report): number {
  return (one.sentMs ?? Infinity) - (other.sentMs ?? Infinity);
}
