import { Hono } from "hono";
import { cors } from "hono/cors";
import type { DatabaseManager } from "#src/database/manager.ts";
import { REPLAYED_HEADER } from "#src/domain/idempotency.ts";
import { Problem } from "#src/domain/problem.ts";
import { newUuid } from "#src/platform/ids.ts";
import type { Env } from "./env.ts";
import type { Guard } from "./guard.ts";
import { writeProblem } from "./problem.ts";
import { countAnswer, type RequestFigures, UNMATCHED } from "./request-figures.ts";
import { type RequestLog, traceOf } from "./request-log.ts";

const SANE_ID = /^[\w\-=.:+/]{1,128}$/;
const EXPOSED = ["Link", "Location", "X-Change-Seq", "X-Request-Id", "Retry-After", REPLAYED_HEADER];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const PREFLIGHT_S = 600;

/**
 * What every answer carries whoever asks: the security headers (it is data, never a page to be framed, sniffed, run or kept;
 * `/docs` sets its own policy), and that the answer to another origin is another one.
 */
export const STANDARD_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  Vary: "Origin",
} as const;

/** Answers a request; the server is known unless a test asks. */
type Answer = (request: Request, bindings?: Partial<Pick<Env["Bindings"], "server">>) => Promise<Response>;
/** The store that routes work with, and the pages that may read answers. */
type Around = { readonly db: DatabaseManager; readonly corsOrigins: readonly string[] };
/** Who is told of every request. */
type Observers = { readonly figures: RequestFigures; readonly log: RequestLog };
type Dispatch = (request: Request, bindings: Env["Bindings"]) => Response | Promise<Response>;

/**
 * Puts around the app what holds for every request: where it may come from, its id, the standard headers, CORS, and HEAD. It is
 * no middleware, because with one Hono answers every request by way of a chain of promises.
 */
export function withStandardHeaders(
  dispatch: Dispatch,
  { db, corsOrigins }: Around,
  guard: Guard,
  { figures, log }: Observers,
): Answer {
  const allowed = new Set(corsOrigins);
  const exposed = EXPOSED.join(",");
  const preflights = new Hono().use(
    cors({ origin: [...corsOrigins], allowMethods: METHODS, exposeHeaders: EXPOSED, maxAge: PREFLIGHT_S }),
  );

  function answer(request: Request, bindings: Env["Bindings"]): Response | Promise<Response> {
    const refusal = refusalOf(request);
    if (refusal !== null) {
      guard.note(bindings, refusal);
      return writeProblem(request, bindings.requestId, refusal);
    }
    if (isPreflight(request)) return preflights.fetch(request);
    if (request.method === "HEAD") return answerHead(request, bindings);
    return dispatch(request, bindings);
  }

  function refusalOf(request: Request): Problem | null {
    try {
      guard.checkSource(request);
      return null;
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  }

  /** As GET is answered, saying how long that would be. (A stream is not opened, so it has no body here.) */
  async function answerHead(request: Request, bindings: Env["Bindings"]): Promise<Response> {
    const response = await dispatch(new Request(request, { method: "GET" }), bindings);
    if (response.body === null) return response;
    const { byteLength } = await response.arrayBuffer();
    const headers = new Headers(response.headers);
    headers.set("Content-Length", String(byteLength));
    return new Response(null, { status: response.status, headers });
  }

  return async (request, bindings) => {
    const began = performance.now();
    figures.inFlight += 1;
    const requestId = requestIdOf(request);
    const traceparent = traceOf(request);
    const { method } = request;
    const known: Env["Bindings"] = {
      server: bindings?.server as never,
      received: request,
      requestId,
      method,
      traceparent,
      route: null,
      guard,
      db,
      keeping: null,
      needed: null,
      principal: null,
      subject: null,
    };
    let response: Response;
    try {
      response = await answer(request, known);
    } finally {
      figures.inFlight -= 1;
    }
    guard.note(known, response.status);
    const { headers } = response;
    // Answers with JSON are made with them, which is three times as fast.
    if (!headers.has("X-Content-Type-Options")) addStandardHeaders(headers);
    headers.set("X-Request-Id", requestId);
    const origin = request.headers.get("Origin");
    if (origin !== null && allowed.has(origin)) {
      headers.set("Access-Control-Allow-Origin", origin);
      headers.set("Access-Control-Expose-Headers", exposed);
    }
    if (traceparent !== null) headers.set("traceparent", traceparent);
    const millis = performance.now() - began;
    countAnswer(figures, method, known.route ?? UNMATCHED, response.status, millis);
    log(request, known, response, millis);
    return response;
  };
}

function requestIdOf(request: Request): string {
  const given = request.headers.get("X-Request-Id");
  return given !== null && SANE_ID.test(given) ? given : newUuid();
}

function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("Access-Control-Request-Method");
}

function addStandardHeaders(headers: Headers): void {
  for (const [name, value] of Object.entries(STANDARD_HEADERS)) {
    if (name === "Vary") headers.append(name, value);
    else if (!headers.has(name)) headers.set(name, value);
  }
}
