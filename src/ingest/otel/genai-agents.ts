import type { AgentFact, Subject } from "#src/ingest/report.ts";
import { oneLine, safeId } from "#src/ingest/values.ts";
import type { Steps } from "./pace.ts";
import type { Span } from "./telemetry.ts";

/** Sessions whose outermost agent is remembered. */
const MOST_SESSIONS = 10_000;
/** Spans above a span that are looked at. */
const MOST_ABOVE = 100;

/**
 * Which agent of a session is the outermost one. Spans come when they end, inner ones in earlier batches than those around
 * them: the first agent that is seen is taken for it, since it must ask its model before it calls another.
 */
export type OutermostAgents = {
  get(session: string): string | undefined;
  set(session: string, agent: string): void;
};

export function newOutermostAgents(): OutermostAgents {
  const known = new Map<string, string>();
  return {
    get: (session) => known.get(session),
    set(session, agent) {
      known.set(session, agent);
      if (known.size > MOST_SESSIONS) known.delete(known.keys().next().value!);
    },
  };
}

/** An agent as its spans name it. */
type Named = { readonly id: string; readonly name: string | null };

/** Where a span belongs. */
export type Place = {
  readonly about: Subject;
  /** Makes the agent known. */
  readonly agent: AgentFact;
};

export type Places = { of(span: Span): Place; sessionOf(span: Span): string };

/** Finds out whom the spans of a batch are about. @param spans all of the batch: those between agents link them */
export function* placesOf(spans: readonly Span[], outermost: OutermostAgents): Steps<Places> {
  const byId = new Map(spans.map((span) => [keyOf(span.traceId, span.spanId), span]));
  const conversations = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const { traceId, attributes } of spans) {
    const conversation = safeId(attributes.get("gen_ai.conversation.id"));
    if (conversation !== null && !conversations.has(traceId)) conversations.set(traceId, conversation);
    const [id, name] = [safeId(attributes.get("gen_ai.agent.id")), oneLine(attributes.get("gen_ai.agent.name"), 255)];
    if (id !== null && name !== null) ids.set(name, id);
  }

  function* around(span: Span): Generator<Span> {
    let inner: Span | undefined = span;
    for (let steps = 0; inner !== undefined && steps < MOST_ABOVE; steps += 1) {
      yield inner;
      inner = inner.parentSpanId === null ? undefined : byId.get(keyOf(inner.traceId, inner.parentSpanId));
    }
  }

  function sessionOf(span: Span): string {
    for (const { attributes } of around(span)) {
      const conversation = safeId(attributes.get("gen_ai.conversation.id"));
      if (conversation !== null) return conversation;
    }
    return conversations.get(span.traceId) ?? span.traceId;
  }

  function namedBy({ attributes }: Span): Named | null {
    const name = oneLine(attributes.get("gen_ai.agent.name"), 255);
    const id = safeId(attributes.get("gen_ai.agent.id")) ?? ids.get(name ?? "") ?? safeId(name);
    return id === null ? null : { id, name };
  }

  /** The agents around a span, innermost first. */
  function agentsOf(span: Span): Named[] {
    const agents: Named[] = [];
    for (const one of around(span)) {
      const agent = namedBy(one);
      if (agent !== null && agents.at(-1)?.id !== agent.id) agents.push(agent);
    }
    return agents;
  }

  for (const span of spans.toSorted(byStart)) {
    const session = sessionOf(span);
    const agent = outermost.get(session) === undefined ? agentsOf(span).at(-1) : undefined;
    if (agent !== undefined) outermost.set(session, agent.id);
    yield;
  }

  function subjectOf(session: string, agent: Named | undefined): Subject {
    const isMain = agent === undefined || agent.id === outermost.get(session);
    return isMain ? { source: "otel", session } : { source: "otel", session, child: agent.id };
  }

  return {
    sessionOf,
    of(span) {
      const session = sessionOf(span);
      const [agent, above] = agentsOf(span);
      const about = subjectOf(session, agent);
      const parent = subjectOf(session, above);
      const isLinked = about.child !== undefined && above !== undefined && parent.child !== about.child;
      return {
        about,
        agent: {
          fact: "agent",
          name: agent?.name ?? undefined,
          kind: kindOf(span.origin.service, about.child === undefined ? null : (agent?.name ?? about.child)),
          parent: isLinked ? parent : undefined,
          startsAs: "executing",
        },
      };
    },
  };
}

/** The name of the definition: the service, and for an agent that another one called its name behind it. */
export function kindOf(service: string, agent: string | null): string | undefined {
  return [service, agent].filter(Boolean).join("/") || undefined;
}

function byStart(one: Span, other: Span): number {
  return (
    (one.startMs ?? Infinity) - (other.startMs ?? Infinity) ||
    Number(other.parentSpanId === null) - Number(one.parentSpanId === null)
  );
}

function keyOf(traceId: string, spanId: string): string {
  return `${traceId}:${spanId}`;
}
