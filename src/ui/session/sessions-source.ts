import type { Client } from "#src/client/client.ts";
import type { Session } from "#src/domain/session.ts";
import type { Source } from "#src/ui/store/source.ts";

const PAGE = 50;
/** As many as one page may hold. */
const MOST = 1000;

export type Sessions = {
  /** The last active first. */
  readonly rows: readonly Session[];
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
};

/** Spans that can be chosen, by the word that stands in the address. */
export const RANGES: Readonly<Record<string, { readonly label: string; readonly millis: number }>> = {
  "1h": { label: "the last hour", millis: 3_600_000 },
  "24h": { label: "the last 24 hours", millis: 24 * 3_600_000 },
  "7d": { label: "the last 7 days", millis: 7 * 24 * 3_600_000 },
  "30d": { label: "the last 30 days", millis: 30 * 24 * 3_600_000 },
};

/** @param since a range above, or a time as the API takes it; null is any time */
export function sessionsSource(since: string | null): Source<Sessions> {
  return {
    key: `sessions ${since ?? ""}`,
    async load(client, options, known) {
      // All that is shown, for any of it may have moved.
      const limit = Math.min(MOST, Math.max(PAGE, known?.rows.length ?? 0));
      const { rows, cursor, seq } = await client.listSessions({ limit, since: timeOf(since) }, options);
      return { seq, value: { rows, cursor } };
    },
    merge: withTail,
    outdates: ({ session_id }) => session_id !== null,
  };
}

/** The page behind those that are shown. */
export async function readMore(client: Client, since: string | null, { cursor }: Sessions): Promise<Sessions> {
  const { rows, cursor: next } = await client.listSessions({ limit: PAGE, since: timeOf(since), cursor });
  return { rows, cursor: next };
}

/** Rows behind others, each session once. */
export function withMore(sessions: Sessions, more: Sessions): Sessions {
  const known = new Set(sessions.rows.map(({ session_id }) => session_id));
  const rows = more.rows.filter(({ session_id }) => !known.has(session_id));
  return { rows: [...sessions.rows, ...rows], cursor: more.cursor };
}

/** A page anew, with those behind it that were read before: by their place in order, for any may have moved up. */
export function withTail(known: Sessions, page: Sessions): Sessions {
  const last = page.rows.at(-1);
  if (last === undefined || page.cursor === null) return page;
  const tail = known.rows.filter((row) => isBehind(row, last));
  return tail.length === 0 ? page : withMore(page, { rows: tail, cursor: known.cursor });
}

/** In the order of the list: the last active first. */
function isBehind(one: Session, other: Session): boolean {
  const [a, b] = [one.last_activity_at ?? "", other.last_activity_at ?? ""];
  return a === b ? one.session_id < other.session_id : a < b;
}

function timeOf(since: string | null): string | undefined {
  if (since === null) return undefined;
  const range = RANGES[since];
  return range === undefined ? since : new Date(Date.now() - range.millis).toISOString();
}
