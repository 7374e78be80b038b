import type { Context } from "hono";
import type { Page, Read } from "#src/database/manager.ts";
import { encodeCursor } from "#src/domain/listing.ts";
import type { Env } from "./env.ts";
import { requestUrl } from "./request-url.ts";

/** Answers a page: the rows, the `seq` they were read at, and where the next page is. */
export function sendPage<Row>(c: Context<Env>, { value, seq }: Read<Page<Row>>) {
  c.header("X-Change-Seq", String(seq));
  if (value.next !== null) {
    const url = requestUrl(c);
    url.searchParams.set("cursor", encodeCursor(value.next));
    c.header("Link", `<${url.pathname}${url.search}>; rel="next"`);
  }
  return c.json(value.rows, 200);
}

/** Answers one row and the `seq` it was read at. */
export function sendRow<Row extends object>(c: Context<Env>, { value, seq }: Read<Row>) {
  c.header("X-Change-Seq", String(seq));
  return c.json(value, 200);
}

/** Answers 201 with the new row and its path. */
export function sendCreated<Row extends { readonly id: string }>(c: Context<Env>, path: string, row: Row) {
  c.header("Location", `${path}/${encodeURIComponent(row.id)}`);
  return c.json(row, 201);
}
