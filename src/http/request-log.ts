import type { Log } from "#src/platform/log.ts";
import type { Env } from "./env.ts";
import { UNMATCHED } from "./request-figures.ts";
import { requestUrl } from "./request-url.ts";

/** W3C Trace Context: version, trace, parent, flags. Zeros name nothing, and version ff does not exist. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** Of a path, which may be as long as one likes. */
const SHOWN = 500;

/** The trace that a request is part of; null when it names none, or not as it must. */
export function traceOf(request: Request): string | null {
  const given = request.headers.get("traceparent");
  return given !== null && TRACEPARENT.test(given) ? given : null;
}

/** The fields by which lines of a log are found. */
export function traceFields({ requestId, traceparent }: Pick<Env["Bindings"], "requestId" | "traceparent">) {
  return { request_id: requestId, ...(traceparent === null ? {} : { traceparent }) };
}

/** Tells of one request that was answered. */
export type RequestLog = (request: Request, env: Env["Bindings"], response: Response, millis: number) => void;

/**
 * A line for every request: `debug`, since at the rates that this server reaches they would be most of its work, and `warn`
 * for what it failed on; a full disk or a lock is no failure of its own, and would fill the log with every write. No headers and no query stand in it, which is where secrets are.
 */
export function createRequestLog(log: Log): RequestLog {
  return (request, env, response, millis) => {
    const { status } = response;
    if (status === 500) log.warn("request", fieldsOf(request, env, response, millis));
    else if (log.writesDebug === true) log.debug("request", fieldsOf(request, env, response, millis));
  };
}

function fieldsOf(request: Request, env: Env["Bindings"], response: Response, millis: number) {
  const bytes = response.headers.get("Content-Length");
  const client = env.server?.requestIP?.(request)?.address;
  const { principal } = env;
  return {
    ...traceFields(env),
    method: env.method.slice(0, SHOWN),
    path: requestUrl(request).pathname.slice(0, SHOWN),
    route: env.route ?? UNMATCHED,
    status: response.status,
    duration_ms: Math.round(millis * 1000) / 1000,
    ...(bytes === null ? {} : { bytes: Number(bytes) }),
    ...(client === undefined ? {} : { client }),
    ...(principal === null ? {} : { token: { id: principal.id, name: principal.name } }),
  };
}
