import { NOTHING, readingOf } from "#src/ingest/reading.ts";
import type { Fact, Reading, Report } from "#src/ingest/report.ts";
import { hashOf, hashOfEvent, safeId } from "#src/ingest/values.ts";
import { agentWith, eventNameOf, sentAt } from "./event.ts";
import { modelOf, usageOf } from "./genai-call.ts";
import { answer, lastPrompt } from "./genai-messages.ts";
import { slim } from "./genai-moves.ts";
import type { SpanMemory } from "./span-memory.ts";
import type { LogRecord } from "./telemetry.ts";

const DETAILS = "gen_ai.client.inference.operation.details";

/** Reads the one event of the GenAI conventions that tells of a call of a model; others say nothing. */
export function readGenAiEvent(record: LogRecord, memory: SpanMemory): Reading {
  if (eventNameOf(record) !== DETAILS) return NOTHING;
  const { attributes, origin, traceId, spanId } = record;
  const conversation = safeId(attributes.get("gen_ai.conversation.id"));
  const session = conversation ?? (traceId === null ? null : (memory.conversationOf(traceId) ?? traceId));
  if (session === null) return NOTHING;
  const sentMs = sentAt(record);
  const key = hashOf("otel", session, DETAILS, String(sentMs), spanId ?? "", hashOfEvent([...attributes]));
  // Its span, which opens and closes the turn, may come before it, after it or never.
  const usage = usageOf(attributes, spanId ?? key, null);
  const text: Fact = { fact: "turn.text", prompt: lastPrompt(attributes), response: answer(attributes), how: "fill" };
  const kind = origin.service === "" ? undefined : origin.service;
  const facts: Fact[] = [agentWith({ model: modelOf(attributes) }, { kind, startsAs: "executing" })];
  if (spanId !== null && (text.prompt !== null || text.response !== null)) facts.push(text);
  if (usage !== null) facts.push(usage);
  if (facts.length === 1) return NOTHING;
  const report: Report = { about: { source: "otel", session }, channel: "otel", key, turn: spanId, sentMs, facts };
  if (traceId === null || spanId === null) return readingOf(report);
  const seen = memory.addEvent({ traceId, spanId, service: origin.service, conversation });
  const place = seen.told?.place ?? {
    about: report.about,
    agent: { fact: "agent", kind, startsAs: "executing", isGuess: true },
  };
  memory.tell(seen, place, [slim({ ...report, about: place.about })], spanId);
  return readingOf({ ...report, about: place.about });
}
