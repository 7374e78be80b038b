import { joined, NOTHING, readingOf, unreadable } from "#src/ingest/reading.ts";
import type { Reading, Report } from "#src/ingest/report.ts";
import { hashOfEvent, isRecord, oneLine, record, safeId } from "#src/ingest/values.ts";
import { type OpencodeEvent, type OpencodeRule, sessionOf, subjectOf, type Told } from "./event.ts";
import { MESSAGE_RULES } from "./messages.ts";
import { SESSION_RULES } from "./sessions.ts";

/** Events that one request may hold. */
export const MOST_EVENTS = 1_000;

const RULES: ReadonlyMap<string, OpencodeRule> = new Map([...SESSION_RULES, ...MESSAGE_RULES]);

/** What is told of no session, again in small pieces, or in a second form that is not stable yet. */
const NOT_KEPT =
  /^(sync$|(session\.next|plugin|catalog|reference|integration|server|installation|lsp|ide|tui|pty|vcs|file|project|workspace|worktree|global|models-dev|mcp)\.|session\.diff$|message\.removed$|message\.part\.(delta|removed)$)/;

/** Reads an event of opencode, or an array of them, in order. */
export function readOpencodeEvents(events: unknown): Reading {
  if (!Array.isArray(events)) return readEvent(events);
  const readings = events.slice(0, MOST_EVENTS).map(readEvent);
  const more = events.length - MOST_EVENTS;
  if (more > 0) readings.push(unreadable("opencode", "hook", `${more} events more than ${MOST_EVENTS}`, null));
  return joined(readings);
}

function readEvent(given: unknown): Reading {
  if (!isRecord(given)) return unreadable("opencode", "hook", "not an object", given);
  // The stream of all directories wraps its events.
  const event = given["type"] === undefined && isRecord(given["payload"]) ? given["payload"] : given;
  const type = oneLine(event["type"], 100);
  if (type === null) return unreadable("opencode", "hook", "no type", given);
  if (NOT_KEPT.test(type)) return NOTHING;
  const rule = RULES.get(type);
  if (rule === undefined) return unreadable("opencode", "hook", type, given);
  const properties = record(event["properties"]);
  const session = sessionOf(type, properties);
  if (session === null) return unreadable("opencode", "hook", `${type} without a session`, given);
  const known: OpencodeEvent = { type, id: safeId(event["id"]), properties, session, whole: event };
  const tellings = rule(known).filter(({ facts }) => facts.length > 0);
  return readingOf(...tellings.map((told) => reportOf(known, told)));
}

function reportOf(event: OpencodeEvent, told: Told): Report {
  return {
    about: subjectOf(told.session ?? event.session),
    channel: "hook",
    ...identity(event, told),
    turn: told.turn ?? null,
    sentMs: null,
    facts: told.facts,
  };
}

function identity({ id, whole }: OpencodeEvent, { key }: Told) {
  if (key !== undefined) return { key };
  return id === null ? { key: null, hash: hashOfEvent(whole) } : { key: `event:${id}` };
}
