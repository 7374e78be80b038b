import type { Source, Subject } from "#src/ingest/report.ts";
import { hashOf } from "#src/ingest/values.ts";

/** Sources whose sub-agents are conversations of their own, known by that id alone. */
const OWN_CONVERSATIONS: ReadonlySet<Source> = new Set(["codex", "opencode"]);

const DEFINITIONS: Readonly<Record<Exclude<Source, "otel">, string>> = {
  claude: "claude-code",
  codex: "codex",
  gemini: "gemini",
  opencode: "opencode",
};
const LONGEST_NAME = 255;

/** The hash by which a conversation is remembered: an id may be long, and may be a secret. */
export function conversationOf({ source, session, child }: Subject): string {
  if (child === undefined) return hashOf(source, session);
  return OWN_CONVERSATIONS.has(source) ? hashOf(source, child) : hashOf(source, session, child);
}

/** The session that a sub-agent is told in; null for a session itself. */
export function sessionOf({ source, session, child }: Subject): Subject | null {
  return child === undefined ? null : { source, session };
}

/** `<source>:<session>[:<child>]`, the `external_id` of its agent. */
export function externalIdOf({ source, session, child }: Subject): string {
  const id = child === undefined ? `${source}:${session}` : `${source}:${session}:${child}`;
  return id.length <= LONGEST_NAME
    ? id
    : `${source}:${hashOf(session)}${child === undefined ? "" : `:${hashOf(child)}`}`;
}

/** The name of its definition. An agent that an SDK built has that of its kind. */
export function definitionOf(source: Source, kind: string | null): string {
  if (source === "otel") return (kind ?? source).slice(0, LONGEST_NAME);
  const name = DEFINITIONS[source];
  return (kind === null ? name : `${name}/${kind}`).slice(0, LONGEST_NAME);
}

/**
 * What is kept of its ids: one that holds a secret is not kept as it is, nor are two of them the same afterwards.
 *
 * @param stored what the store keeps of a text
 */
export function keptSubject({ source, session, child }: Subject, stored: (text: string) => string): Subject {
  const kept = (id: string): string => (stored(id) === id ? id : `~${hashOf("kept", id)}`);
  return { source, session: kept(session), ...(child === undefined ? {} : { child: kept(child) }) };
}
