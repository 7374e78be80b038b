import { NOTHING, readingOf, unreadable } from "./reading.ts";
import type { AgentFact, Fact, Reading, Source, Subject } from "./report.ts";
import { hashOfEvent, isRecord, oneLine, safeId, text, timeMs } from "./values.ts";

/** A hook event of an agent: Claude Code's shape, which Codex and Gemini CLI have taken over. */
export type Hook = {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly about: Subject;
};

/** What follows from an event; nothing where there is nothing to say. */
export type HookRule = (hook: Hook) => readonly Fact[];

/** How a source writes its hook events. */
export type HookFormat = {
  readonly source: Source;
  /** Name of the field with the id of the turn; null when there is none. */
  readonly turnField: string | null;
  readonly rules: ReadonlyMap<string, HookRule>;
};

/** An event that says nothing we keep. */
export const IGNORED: HookRule = () => [];

/** Reads any value as a hook event. */
export function readHook(event: unknown, { source, turnField, rules }: HookFormat): Reading {
  if (!isRecord(event)) return unreadable(source, "hook", "not an object", event);
  const name = oneLine(event["hook_event_name"], 100);
  if (name === null) return unreadable(source, "hook", "no hook_event_name", event);
  const rule = rules.get(name);
  if (rule === undefined) return unreadable(source, "hook", name, event);
  if (rule === IGNORED) return NOTHING;
  const session = safeId(event["session_id"]);
  if (session === null) return unreadable(source, "hook", `${name} without session_id`, event);
  const child = safeId(event["agent_id"]);
  const about = child === null ? { source, session } : { source, session, child };
  const facts = [...childFacts(event, about), ...rule({ name, fields: event, about })];
  if (facts.length === 0) return NOTHING;
  const turn = turnField === null ? null : safeId(event[turnField]);
  const sentMs = timeMs(event["timestamp"]);
  return readingOf({ about, channel: "hook", ...identity(name, event, sentMs), turn, sentMs, facts });
}

/** A call of a tool has an id, and an event with its time cannot repeat; of others we have but their hash. */
function identity(name: string, event: Hook["fields"], sentMs: number | null) {
  const tool = safeId(event["tool_use_id"]);
  if (tool !== null) return { key: `${name}:${tool}` };
  const hash = hashOfEvent(event);
  return sentMs === null ? { key: null, hash } : { key: `${name}:${hash}` };
}

/** What any event in a sub-agent tells of it: the one of its start may be lost, or come later. */
function childFacts(fields: Hook["fields"], about: Subject): AgentFact[] {
  const kind = text(fields["agent_type"], 200);
  if (about.child === undefined || kind === null) return [];
  const transcript = text(fields["agent_transcript_path"]);
  const metadata = transcript === null ? {} : { metadata: { transcript_path: transcript } };
  return [{ fact: "agent", kind, name: kind, ...metadata }];
}
