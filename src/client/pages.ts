import type { PageRequest } from "#src/domain/listing.ts";
import { UnreachableError } from "./errors.ts";
import type { QueryValues, RequestOptions, Transport } from "./transport.ts";

/** A page of a list, newest first. */
export type Page<Row> = {
  readonly rows: Row[];
  /** The `seq` of the feed this was read at: watch from there and nothing is missed. */
  readonly seq: number;
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
};

/** What a filter takes: one value, or several of which any may match. */
type FilterValue<Value> = Value extends readonly (infer Item)[] ? Item | readonly Item[] : Value;

/** The query of a list, from the domain's filter of it. `since` is inclusive, `until` exclusive. */
export type ListQuery<Filter> = {
  readonly [Name in keyof Omit<Filter, keyof PageRequest>]?: FilterValue<NonNullable<Filter[Name]>> | undefined;
} & {
  /** Rows of one page: 1 to 1000; the server's default is 100. */
  readonly limit?: number | undefined;
  readonly cursor?: string | null | undefined;
};

/** The same, for lists with a time window. */
export type WindowedQuery<Filter> = ListQuery<Filter> & {
  readonly since?: Date | string | undefined;
  readonly until?: Date | string | undefined;
};

type List<Query, Row> = (query?: Query, options?: RequestOptions) => Promise<Page<Row>>;

/** A function that reads pages of the list at `path`. */
export function listAt<Row, Query>(transport: Transport, path: string): List<Query, Row> {
  return async (query, options) => {
    const { cursor, ...rest } = (query ?? {}) as Record<string, unknown>;
    const values = { ...rest, ...(typeof cursor === "string" ? { cursor } : {}) } as QueryValues;
    const { body, headers } = await transport.send({ method: "GET", path, query: values }, options);
    const seq = headers.get("X-Change-Seq");
    if (seq === null) throw new UnreachableError(`no Orchestrator at ${transport.url}: a list came without its seq`);
    return {
      rows: body as Row[],
      seq: Number(seq),
      cursor: nextCursor(headers.get("Link")),
    };
  };
}

function nextCursor(link: string | null): string | null {
  const target = link === null ? null : /<([^>]*)>;\s*rel="next"/.exec(link)?.[1];
  return target ? new URL(target, "http://list").searchParams.get("cursor") : null;
}

const LARGEST_PAGE = 1000;

/**
 * Reads all pages of a list, or as many as hold `most` rows: `await listAll(client.listRuntimeAgents, { status: "waiting" })`.
 * `seq` is that of the first page: rows that change while the others are read come again to who watches from there.
 */
export async function listAll<Query extends { readonly cursor?: string | null | undefined }, Row>(
  list: List<Query, Row>,
  query: Query,
  most: number = Number.POSITIVE_INFINITY,
  options?: RequestOptions,
): Promise<Page<Row>> {
  const rows: Row[] = [];
  let seq: number | null = null;
  let cursor = query.cursor ?? null;
  do {
    const limit = Math.min(LARGEST_PAGE, most - rows.length);
    const page: Page<Row> = await list({ ...query, limit, cursor }, options);
    for (const row of page.rows) rows.push(row);
    seq ??= page.seq;
    cursor = page.cursor;
  } while (cursor !== null && rows.length < most);
  return { rows, seq, cursor };
}
