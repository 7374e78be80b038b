import type { AgentFact, Subject } from "#src/ingest/report.ts";
import type { Steps } from "./pace.ts";
import type { Named, Seen, SpanMemory } from "./span-memory.ts";

/** Spans above a span that are looked at. */
const MOST_ABOVE = 100;

/** Where a span belongs. */
export type Place = {
  readonly about: Subject;
  /** Makes the agent known. */
  readonly agent: AgentFact;
};

/** Places the spans of some traces, by all that is remembered of them. */
export type Places = {
  of(seen: Seen): Place;
  sessionOf(seen: Seen): string;
};

/**
 * Finds out whom spans are about. They come when they end, inner ones before those around them: so a place is what is known
 * by now, and another one when more is known.
 * @param traces those that have changed: all of their sessions are looked at anew
 */
export function* placesOf(memory: SpanMemory, traces: readonly string[]): Steps<Places> {
  function* around(seen: Seen): Generator<Seen> {
    let inner: Seen | undefined = seen;
    for (let steps = 0; inner !== undefined && steps < MOST_ABOVE; steps += 1) {
      yield inner;
      inner = inner.parentSpanId === null ? undefined : memory.seen(inner.traceId, inner.parentSpanId);
    }
  }

  function sessionOf(seen: Seen): string {
    for (const { conversation } of around(seen)) if (conversation !== null) return conversation;
    return memory.conversationOf(seen.traceId) ?? seen.traceId;
  }

  function idOf(session: string, { id, name }: Named): string {
    return id ?? (name === null ? undefined : memory.session(session).ids.get(name)) ?? name!;
  }

  /** The agents around a span, innermost first. */
  function agentsOf(seen: Seen, session: string): (Named & { readonly id: string })[] {
    const agents: (Named & { readonly id: string })[] = [];
    for (const { agent } of around(seen)) {
      if (agent === null) continue;
      const id = idOf(session, agent);
      if (agents.at(-1)?.id !== id) agents.push({ id, name: agent.name });
    }
    return agents;
  }

  function* learn(): Steps<void> {
    for (const trace of traces) {
      for (const seen of memory.spansOf(trace)) {
        const session = memory.session(sessionOf(seen));
        session.traces.add(trace);
        if (seen.agent?.id != null && seen.agent.name !== null) session.ids.set(seen.agent.name, seen.agent.id);
        yield;
      }
    }
  }

  /** The session's own agent is the outermost of those that work first: it must have asked its model before it calls another. */
  function* findOutermost(name: string): Steps<void> {
    const session = memory.session(name);
    let first = session.before;
    for (const trace of session.traces) {
      for (const seen of memory.spansOf(trace)) {
        const agent = isBefore(seen, first?.at) && sessionOf(seen) === name ? agentsOf(seen, name).at(-1) : undefined;
        if (agent !== undefined) first = { id: agent.id, at: seen.startMs ?? Infinity };
        yield;
      }
    }
    session.outermost = first;
  }

  function subjectOf(session: string, agent: { readonly id: string } | undefined): Subject {
    const isMain = agent === undefined || agent.id === memory.session(session).outermost?.id;
    return isMain ? { source: "otel", session } : { source: "otel", session, child: agent.id };
  }

  yield* learn();
  const sessions = new Set(traces.flatMap((trace) => memory.spansOf(trace).map(sessionOf)));
  for (const session of sessions) yield* findOutermost(session);

  return {
    sessionOf,
    of(seen) {
      const session = sessionOf(seen);
      const [agent, above] = agentsOf(seen, session);
      const about = subjectOf(session, agent);
      const parent = subjectOf(session, above);
      const isLinked = about.child !== undefined && above !== undefined && parent.child !== about.child;
      const top = [...around(seen)].at(-1)!;
      const isGuess = about.child === undefined && (top.parentSpanId !== null || !top.isWhole);
      return {
        about,
        agent: {
          fact: "agent",
          name: agent?.name ?? undefined,
          kind: kindOf(seen.service, about.child === undefined ? null : (agent?.name ?? about.child)),
          parent: isLinked ? parent : undefined,
          startsAs: "executing",
          ...(isGuess ? { isGuess } : {}),
        },
      };
    },
  };
}

/** The name of the definition: the service, and for an agent that another one called its name behind it. */
export function kindOf(service: string, agent: string | null): string | undefined {
  return [service, agent].filter(Boolean).join("/") || undefined;
}

function isBefore({ startMs, isWhole }: Seen, at: number | undefined): boolean {
  return isWhole && (at === undefined || (startMs ?? Infinity) < at);
}
