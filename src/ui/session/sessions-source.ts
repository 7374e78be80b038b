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
      return { seq, value: withTail({ rows, cursor }, known) };
    },
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

/** A page anew, with those behind it that were read before. */
function withTail(page: Sessions, known: Sessions | undefined): Sessions {
  if (known === undefined || page.rows.length >= known.rows.length || page.cursor === null) return page;
  return withMore(page, { rows: known.rows.slice(page.rows.length), cursor: known.cursor });
}

function timeOf(since: string | null): string | undefined {
  if (since === null) return undefined;
  const range = RANGES[since];
  return range === undefined ? since : new Date(Date.now() - range.millis).toISOString();
}
