import type { AgentFact, Subject } from "#src/ingest/report.ts";
import { safeId } from "#src/ingest/values.ts";
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

export type Places = {
  of(seen: Seen): Place;
  sessionOf(seen: Seen): string;
  /** The span above it that has not come yet: nothing is known of what is above that. */
  missingAbove(seen: Seen): string | null;
  /** Spans that may be about others than they were taken to be. */
  readonly concerned: ReadonlySet<Seen>;
};

/**
 * Finds out whom spans are about. They come when they end, inner ones before those around them: so a place is what is known
 * by now, and another one when more is known.
 * @param news spans that have come, and those that were waiting for them
 */
export function* placesOf(memory: SpanMemory, news: readonly Seen[]): Steps<Places> {
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
    return id ?? (name === null ? undefined : memory.session(session).ids.get(name)) ?? safeId(name)!;
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

  /** What spans tell of their session. Whether the places of others in it may be others by that. */
  function learn(seen: Seen, name: string): boolean {
    const session = memory.session(name);
    session.traces.add(seen.traceId);
    const { id = null, name: called = null } = seen.agent ?? {};
    if (id === null || called === null || session.ids.get(called) === id) return false;
    session.ids.set(called, id);
    return true;
  }

  /** The session's own agent is the outermost of those that work first: it must have asked its model before it calls another. */
  function isOutermost(seen: Seen, name: string): boolean {
    const session = memory.session(name);
    const at = seen.startMs ?? Number.MAX_SAFE_INTEGER;
    if (!seen.isWhole || (session.outermost !== null && at > session.outermost.at)) return false;
    const agent = agentsOf(seen, name).at(-1);
    if (agent === undefined) return false;
    const isOther = session.outermost?.id !== agent.id;
    session.outermost = { id: agent.id, at };
    return isOther;
  }

  function toldIn(name: string): Seen[] {
    const traces = memory.tracesOf(memory.session(name));
    return traces.flatMap((trace) => memory.spansOf(trace)).filter(({ told }) => told !== null);
  }

  function subjectOf(session: string, agent: { readonly id: string } | undefined): Subject {
    const isMain = agent === undefined || agent.id === memory.session(session).outermost?.id;
    return isMain ? { source: "otel", session } : { source: "otel", session, child: agent.id };
  }

  const concerned = new Set(news.filter(({ told }) => told !== null));
  const others = new Set<string>();
  for (const seen of news) {
    const session = sessionOf(seen);
    if (learn(seen, session)) others.add(session);
    yield;
  }
  for (const seen of news) {
    const session = sessionOf(seen);
    if (isOutermost(seen, session)) others.add(session);
    yield;
  }
  for (const session of others) {
    const told = toldIn(session);
    for (const seen of told) {
      isOutermost(seen, session);
      concerned.add(seen);
      yield;
    }
  }

  return {
    sessionOf,
    concerned,
    missingAbove(seen) {
      const top = [...around(seen)].at(-1)!;
      return top.isWhole ? top.parentSpanId : top.spanId;
    },
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
