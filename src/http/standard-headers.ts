import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { Problem } from "#src/domain/problem.ts";
import { newUuid } from "#src/platform/ids.ts";
import type { Env } from "./env.ts";
import { writeProblem } from "./problem.ts";

const SANE_ID = /^[\w\-=.:+/]{1,128}$/;
/** A name or address, and a port: with anything else the request's address would not be one. */
const HOST = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/;
const EXPOSED = ["Link", "Location", "X-Change-Seq", "X-Request-Id", "Retry-After"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const PREFLIGHT_S = 600;

/**
 * What every answer carries: the request's id, the security headers (it is data, never a page to be framed, sniffed or
 * run; `/docs` sets its own policy), and what pages of other origins may read. They are set once, on the finished answer:
 * Hono's own middlewares write to it before there is one, for which it is made four times.
 */
export function standardHeaders(corsOrigins: readonly string[]): MiddlewareHandler<Env> {
  const allowed = new Set(corsOrigins);
  const exposed = EXPOSED.join(",");
  const answerPreflight = cors({
    origin: [...corsOrigins],
    allowMethods: METHODS,
    exposeHeaders: EXPOSED,
    maxAge: PREFLIGHT_S,
  });

  return async (c, next) => {
    const given = c.req.header("X-Request-Id");
    const requestId = given !== undefined && SANE_ID.test(given) ? given : newUuid();
    c.set("requestId", requestId);
    const isPreflight = c.req.method === "OPTIONS" && c.req.header("Access-Control-Request-Method") !== undefined;
    const host = c.req.header("Host");
    if (host !== undefined && !HOST.test(host)) c.res = writeProblem(c, brokenHost());
    else if (isPreflight) c.res = (await answerPreflight(c, next))!;
    else await next();

    if (c.req.method === "HEAD") c.res = await withLength(c.res);
    const { headers } = c.res;
    headers.set("X-Request-Id", requestId);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    if (!headers.has("Content-Security-Policy")) {
      headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    }
    if (isPreflight) return;
    const origin = c.req.header("Origin");
    if (origin !== undefined && allowed.has(origin)) headers.set("Access-Control-Allow-Origin", origin);
    headers.set("Access-Control-Expose-Headers", exposed);
    headers.append("Vary", "Origin");
  };
}

/** The answer to a HEAD says how long that to a GET would be. (A stream has no length and no body here.) */
async function withLength(response: Response): Promise<Response> {
  if (response.body === null) return response;
  const { byteLength } = await response.arrayBuffer();
  const headers = new Headers(response.headers);
  headers.set("Content-Length", String(byteLength));
  return new Response(null, { status: response.status, headers });
}

function brokenHost(): Problem {
  return new Problem("bad_request", "The Host header names no host.");
}
