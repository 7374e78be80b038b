import type { Context } from "hono";
import type { Page, Read } from "#src/database/manager.ts";
import { encodeCursor } from "#src/domain/listing.ts";
import type { Env } from "./env.ts";
import { requestUrl } from "./request-url.ts";
import { sendJson } from "./send.ts";

/** Answers a page: the rows, the `seq` they were read at, and where the next page is. */
export function sendPage<Row>(c: Context<Env>, { value, seq }: Read<Page<Row>>) {
  const { rows, next } = value;
  const headers = { "X-Change-Seq": String(seq) };
  if (next === null) return sendJson(rows, 200, headers);
  const url = requestUrl(c.req.raw);
  url.searchParams.set("cursor", encodeCursor(next));
  return sendJson(rows, 200, { ...headers, Link: `<${url.pathname}${url.search}>; rel="next"` });
}

/** Answers one row and the `seq` it was read at. */
export function sendRow<Row extends object>({ value, seq }: Read<Row>) {
  return sendJson(value, 200, { "X-Change-Seq": String(seq) });
}

/** Answers 201 with the new row and its path. */
export function sendCreated<Row extends { readonly id: string }>(path: string, row: Row) {
  return sendJson(row, 201, { Location: `${path}/${encodeURIComponent(row.id)}` });
}
