import type { Report } from "#src/ingest/report.ts";
import { oneLine, safeId } from "#src/ingest/values.ts";
import type { Place } from "./genai-agents.ts";
import type { Span } from "./telemetry.ts";

/** Spans that are remembered of traces that tell of agents, and of others: those may be between two that do. */
const MOST_TOLD = 20_000;
const MOST_PLAIN = 10_000;
/** Of one trace; a longer one is remembered from there on. */
const MOST_OF_TRACE = 10_000;
const MOST_SESSIONS = 10_000;
/** Reports of one span that are remembered. */
const MOST_REPORTS = 8;
/** Traces of a session that are looked at again when one of them changes. */
const MOST_TRACES = 50;

/** An agent as its spans name it, by one of the two at least. */
export type Named = { readonly id: string | null; readonly name: string | null };

/** What is remembered of a span. */
export type Seen = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly startMs: number | null;
  readonly service: string;
  readonly conversation: string | null;
  readonly agent: Named | null;
  /** Whether the span itself has come, and not only an event in it. */
  readonly isWhole: boolean;
  /** What it was taken to be about, and what was told of it. */
  told: { place: Place; readonly reports: Report[] } | null;
};

type Session = {
  readonly traces: Set<string>;
  /** Ids of agents by name. */
  readonly ids: Map<string, string>;
  /** The session's own agent, and when it was first seen. */
  outermost: { readonly id: string; readonly at: number } | null;
};

type Trace = {
  readonly spans: Map<string, Seen>;
  /** Spans of which something was told, by the span that is missing above them. */
  readonly waiting: Map<string, Set<Seen>>;
  /** That of the first span that names one. */
  conversation: string | null;
  conversationAt: number;
  /** Whether it has become another one. */
  isOther: boolean;
};

/** The spans that came last, so that those around them find them. In memory: a restart forgets who is around whom. */
export type SpanMemory = {
  add(span: Span): Seen;
  /** An event that came in a span which has not ended yet. */
  addEvent(event: Pick<Seen, "traceId" | "spanId" | "service" | "conversation">): Seen;
  /** Spans of which something was told that may be about others now that this one has come. */
  affectedBy(seen: Seen): Seen[];
  /** Remembers what was told of a span. @param missing the span above it that has not come yet */
  tell(seen: Seen, place: Place, reports: readonly Report[], missing: string | null): void;
  /** That of a span what is missing above it is another one now. */
  wait(seen: Seen, missing: string | null): void;
  seen(traceId: string, spanId: string): Seen | undefined;
  spansOf(traceId: string): Seen[];
  conversationOf(traceId: string): string | null;
  session(name: string): Session;
  /** Its traces that are still remembered. */
  tracesOf(session: Session): readonly string[];
};

export function newSpanMemory(): SpanMemory {
  const traces = { told: new Map<string, Trace>(), plain: new Map<string, Trace>() };
  const sizes = { told: 0, plain: 0 };
  const sessions = new Map<string, Session>();

  function traceOf(id: string): Trace {
    const kind = traces.told.has(id) ? "told" : "plain";
    const known = traces[kind].get(id);
    const trace = known ?? newTrace();
    // The newest last.
    traces[kind].delete(id);
    traces[kind].set(id, trace);
    return trace;
  }

  function put(seen: Seen): Seen {
    const trace = traceOf(seen.traceId);
    const kind = traces.told.has(seen.traceId) ? "told" : "plain";
    if (trace.spans.size >= MOST_OF_TRACE) {
      sizes[kind] -= trace.spans.size;
      trace.spans.clear();
      trace.waiting.clear();
    }
    const was = trace.spans.get(seen.spanId);
    if (was === undefined) sizes[kind] += 1;
    const kept: Seen = was === undefined ? seen : Object.assign(was, { ...seen, told: was.told });
    trace.spans.set(seen.spanId, kept);
    const at = seen.startMs ?? Number.MAX_SAFE_INTEGER;
    if (seen.conversation !== null && at < trace.conversationAt) {
      trace.isOther = trace.conversation !== seen.conversation;
      trace.conversation = seen.conversation;
      trace.conversationAt = at;
    }
    forgetOldest(kind, kind === "told" ? MOST_TOLD : MOST_PLAIN, seen.traceId);
    return kept;
  }

  function wait(seen: Seen, missing: string | null): void {
    if (missing === null) return;
    const { waiting } = traceOf(seen.traceId);
    waiting.set(missing, (waiting.get(missing) ?? new Set()).add(seen));
  }

  function forgetOldest(kind: "told" | "plain", most: number, but: string): void {
    while (sizes[kind] > most) {
      const oldest = traces[kind].keys().next().value;
      if (oldest === undefined || oldest === but) return;
      sizes[kind] -= traces[kind].get(oldest)!.spans.size;
      traces[kind].delete(oldest);
    }
  }

  /** Of a session whose traces are looked at. */
  function forgetTraces(session: Session): void {
    for (const trace of session.traces) {
      if (session.traces.size <= MOST_TRACES && (traces.told.has(trace) || traces.plain.has(trace))) continue;
      session.traces.delete(trace);
    }
  }

  return {
    add: (span) => put(seenOf(span)),
    addEvent: (event) => {
      const known = traceOf(event.traceId).spans.get(event.spanId);
      return known ?? put({ ...event, parentSpanId: null, startMs: null, agent: null, isWhole: false, told: null });
    },
    affectedBy({ traceId, spanId }) {
      const trace = traceOf(traceId);
      const waiting = [...(trace.waiting.get(spanId) ?? [])];
      trace.waiting.delete(spanId);
      if (!trace.isOther) return waiting;
      trace.isOther = false;
      return [...trace.spans.values()].filter(({ told }) => told !== null);
    },
    wait,
    tell(seen, place, reports, missing) {
      const keys = new Set(reports.map(({ key }) => key));
      const before = (seen.told?.reports ?? []).filter(({ key }) => !keys.has(key)).slice(-MOST_REPORTS);
      seen.told = { place, reports: [...before, ...reports] };
      wait(seen, missing);
      const trace = traces.plain.get(seen.traceId);
      if (trace === undefined) return;
      traces.plain.delete(seen.traceId);
      traces.told.set(seen.traceId, trace);
      sizes.plain -= trace.spans.size;
      sizes.told += trace.spans.size;
      forgetOldest("told", MOST_TOLD, seen.traceId);
    },
    seen: (traceId, spanId) => (traces.told.get(traceId) ?? traces.plain.get(traceId))?.spans.get(spanId),
    spansOf: (traceId) => [...((traces.told.get(traceId) ?? traces.plain.get(traceId))?.spans.values() ?? [])],
    conversationOf: (traceId) => (traces.told.get(traceId) ?? traces.plain.get(traceId))?.conversation ?? null,
    tracesOf(session) {
      forgetTraces(session);
      return [...session.traces];
    },
    session(name) {
      const known = sessions.get(name);
      const session = known ?? { traces: new Set(), ids: new Map(), outermost: null };
      if (known === undefined) sessions.set(name, session);
      if (sessions.size > MOST_SESSIONS) sessions.delete(sessions.keys().next().value!);
      return session;
    },
  };
}

function newTrace(): Trace {
  return { spans: new Map(), waiting: new Map(), conversation: null, conversationAt: Infinity, isOther: false };
}

function seenOf({ traceId, spanId, parentSpanId, startMs, origin, attributes }: Span): Seen {
  const [id, name] = [safeId(attributes.get("gen_ai.agent.id")), oneLine(attributes.get("gen_ai.agent.name"), 255)];
  return {
    traceId,
    spanId,
    parentSpanId,
    startMs,
    service: origin.service,
    conversation: safeId(attributes.get("gen_ai.conversation.id")),
    agent: id === null && name === null ? null : { id, name },
    isWhole: true,
    told: null,
  };
}
