import type { Fact, Subject } from "#src/ingest/report.ts";
import { hashOfEvent, record, safeId } from "#src/ingest/values.ts";

/** An event of opencode, in its old or new spelling. */
export type OpencodeEvent = {
  readonly type: string;
  /** Its own id, which older versions don't give. */
  readonly id: string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly session: string;
  /** As it came. */
  readonly whole: unknown;
};

/** What an event tells of one session. */
export type Told = {
  /** Another session than the one of the event. */
  readonly session?: string;
  /** Makes it the same as another event that tells the same. */
  readonly key?: string;
  readonly turn?: string | null;
  readonly facts: readonly Fact[];
};

export type OpencodeRule = (event: OpencodeEvent) => readonly Told[];

export function subjectOf(session: string): Subject {
  return { source: "opencode", session };
}

/** Newer events name their session; of older ones it stands in what they are about. */
export function sessionOf(type: string, properties: Readonly<Record<string, unknown>>): string | null {
  const info = record(properties["info"]);
  const own = type.startsWith("session.") ? info["id"] : undefined;
  const candidates = [properties["sessionID"], info["sessionID"], record(properties["part"])["sessionID"], own];
  for (const candidate of candidates) {
    const session = safeId(candidate);
    if (session !== null) return session;
  }
  return null;
}

/** What makes it this event and no other, where it must not count twice. */
export function keyOf({ id, type, whole }: OpencodeEvent): string {
  return id === null ? `${type}:${hashOfEvent(whole)}` : `event:${id}`;
}
