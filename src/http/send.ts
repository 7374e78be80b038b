import type { TypedResponse } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { JSONParsed } from "hono/utils/types";
import { STANDARD_HEADERS } from "./standard-headers.ts";

const JSON_HEADERS = new Headers({ "Content-Type": "application/json", ...STANDARD_HEADERS });

/** An answer with JSON, typed so that the route's documentation is checked against it. */
type JsonAnswer<Body, Status extends ContentfulStatusCode> = Response & TypedResponse<JSONParsed<Body>, Status, "json">;

/** Answers JSON that is text already. */
export function sendJsonText(text: string, status: number, headers: Readonly<Record<string, string>>): Response {
  const answer = new Response(text, { status, headers: JSON_HEADERS });
  for (const name in headers) answer.headers.set(name, headers[name]!);
  return answer;
}

/** Answers JSON: what `c.json` does, with the standard headers in place. */
export function sendJson<Body, Status extends ContentfulStatusCode>(
  body: Body,
  status: Status,
  headers: Readonly<Record<string, string>> = {},
): JsonAnswer<Body, Status> {
  return sendJsonText(JSON.stringify(body), status, headers) as JsonAnswer<Body, Status>;
}
