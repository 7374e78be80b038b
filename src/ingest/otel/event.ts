import { milestone } from "#src/ingest/hook-facts.ts";
import { NOTHING, readingOf, unreadable } from "#src/ingest/reading.ts";
import type { AgentFact, Fact, Noted, Reading, Report, Source } from "#src/ingest/report.ts";
import { count, hashOf, hashOfEvent, oneLine, safeId, shownFields, text, timeMs } from "#src/ingest/values.ts";
import { withoutPersonal } from "./personal.ts";
import type { Attributes, LogRecord } from "./telemetry.ts";

/** A log record of an agent that is known, as its reader sees it. */
export type TelemetryEvent = {
  readonly source: Source;
  /** Without the name of the source before it: `api_request`. */
  readonly name: string;
  readonly session: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly sentMs: number | null;
  /** What makes it this event: told again, in a batch that is sent again, it is the same. */
  readonly key: string;
};

/** What an event says: facts of its session, or of another one with a turn. Null for what says nothing. */
export type Said = readonly Fact[] | (Partial<Pick<Report, "about" | "turn">> & { readonly facts: readonly Fact[] });
export type EventRule = (event: TelemetryEvent) => Said;

export type EventFormat = {
  readonly source: Source;
  /** Before the names of its events. */
  readonly prefix: string;
  /** Attribute with the id of the session. */
  readonly session: string;
  readonly rules: ReadonlyMap<string, EventRule>;
  /** Names of events that say nothing of an agent. */
  readonly noise: RegExp;
};

/** Ids that no two events of one name and time have both. */
const IDS = [
  "event.sequence",
  "tool_use_id",
  "call_id",
  "request_id",
  "client_request_id",
  "message.uuid",
  "communication_id",
] as const;

const NAME = /^[\w.]{1,200}$/;

/**
 * Name of the event of a record. The attribute first: Codex puts a place of its source into `eventName`. Empty for none.
 */
export function eventNameOf({ attributes, eventName, body }: LogRecord): string {
  const bodyName = typeof body === "string" && NAME.test(body) ? body : "";
  const name = text(attributes.get("event.name"), 200) ?? eventName ?? bodyName;
  return !name.includes(".") && bodyName.startsWith("claude_code.") ? bodyName : name;
}

/** When the sender says it happened. */
export function sentAt({ attributes, timeMs: time, observedMs }: LogRecord): number | null {
  return timeMs(attributes.get("event.timestamp")) ?? time ?? observedMs;
}

/** Reads a record by the rules of its source; never throws. */
export function readEvent(record: LogRecord, format: EventFormat): Reading {
  const { source, prefix } = format;
  const full = eventNameOf(record);
  const name = full.startsWith(prefix) ? full.slice(prefix.length) : full;
  if (name === "" || format.noise.test(name)) return NOTHING;
  const rule = format.rules.get(name);
  if (rule === undefined) return unreadable(source, "otel", full, withoutPersonal(record.attributes));
  // An event may be about others than its sender, and names them itself.
  const session = safeId(record.attributes.get(format.session)) ?? "";
  const event: TelemetryEvent = {
    source,
    name,
    session,
    attributes: record.attributes,
    resource: record.origin.resource,
    sentMs: sentAt(record),
    key: keyOf(record, source, session, name),
  };
  const said = rule(event);
  const { about = { source, session }, turn = null, facts } = "facts" in said ? said : { facts: said };
  if (facts.length === 0) return NOTHING;
  if (about.session === "") {
    return unreadable(source, "otel", `${full} without ${format.session}`, withoutPersonal(record.attributes));
  }
  return readingOf({ about, channel: "otel", key: event.key, turn, sentMs: event.sentMs, facts });
}

function keyOf(record: LogRecord, source: Source, session: string, name: string): string {
  const { attributes } = record;
  const when = String(attributes.get("event.timestamp") ?? record.timeMs ?? record.observedMs);
  const ids = IDS.map((id) => safeId(attributes.get(id)) ?? "");
  const rest = ids.some((id) => id !== "") ? "" : hashOfEvent([...attributes]);
  return hashOf("otel", source, session, name, when, ...ids, rest);
}

/** The agent, with what is given of these fields. */
export function agentWith(metadata: Readonly<Record<string, unknown>>, more: Partial<AgentFact> = {}): AgentFact {
  const given = shownFields(metadata);
  return { fact: "agent", ...(Object.keys(given).length === 0 ? {} : { metadata: given }), ...more };
}

/** An agent that telemetry tells of first runs already. */
export const RUNNING: AgentFact = { fact: "agent", startsAs: "executing" };

/** A log of what happened on the way, with the attributes that are named. */
export function told(event: TelemetryEvent, message: string, names: readonly string[], level?: Noted["level"]): Noted {
  return milestone(message, named(event, names), level);
}

/** That the context was compacted, from so many tokens to so many where these attributes tell. */
export function compacted(event: TelemetryEvent, before: string, after: string, names: readonly string[]): Noted {
  const [from, to] = [count(event.attributes.get(before)), count(event.attributes.get(after))];
  const tokens = from === null || to === null ? "" : `: ${from} -> ${to} tokens`;
  return told(event, `Compacted the context${tokens}`, [...names, before, after]);
}

/** The attributes of these names that there are. */
export function named({ attributes }: TelemetryEvent, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name.replaceAll(".", "_"), attributes.get(name)]));
}

export function line(event: TelemetryEvent, ...names: readonly string[]): string | null {
  for (const name of names) {
    const found = oneLine(event.attributes.get(name), 200);
    if (found !== null) return found;
  }
  return null;
}
