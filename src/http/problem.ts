import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "zod";
import { StoreBusy, StoreFull } from "#src/database/manager.ts";
import { type Fault, Problem, type ProblemCode, PROBLEMS } from "#src/domain/problem.ts";
import type { Log } from "#src/platform/log.ts";
import type { Env } from "./env.ts";
import { requestUrl } from "./request-url.ts";

const MEDIA_TYPE = "application/problem+json";
const RETRY_AFTER_S = "1";
const CLOSE = { Connection: "close" };

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: "malformed_json",
  413: "payload_too_large",
  415: "unsupported_media_type",
};

/** Writes an error as its problem document: the only place that does. */
export function writeProblem(c: Context<Env>, problem: Problem): Response {
  const { status, title } = PROBLEMS[problem.code];
  const document = {
    type: `/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance: requestUrl(c).pathname,
    code: problem.code,
    request_id: c.get("requestId"),
    ...problem.extra,
  };
  const headers = { "Content-Type": MEDIA_TYPE, ...(isUnread(c, problem) ? CLOSE : {}), ...problem.headers };
  return c.body(JSON.stringify(document), status, headers);
}

/** Whether there is more of the body: the connection serves no other request then, and stopping would wait for it. */
function isUnread({ req: { raw } }: Context<Env>, problem: Problem): boolean {
  return problem.code === "payload_too_large" || (raw.body !== null && !raw.bodyUsed);
}

/** Any error as a problem; what is not foreseen is a 500 with a fixed text, its cause only in the log. */
export function toProblem(error: unknown, log: Log, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreBusy) {
    const detail = "Another process keeps the database locked. Nothing was stored; try again.";
    return new Problem("unavailable", detail, {}, { "Retry-After": RETRY_AFTER_S });
  }
  if (error instanceof StoreFull) return new Problem("disk_full", "The disk is full. Nothing was stored.");
  const code = error instanceof HTTPException ? BY_STATUS[error.status] : undefined;
  if (code !== undefined) return new Problem(code, (error as HTTPException).message);
  log.error("request failed", { request_id: requestId, error });
  return new Problem("internal", "The server failed on this request. Its log has the cause under this `request_id`.");
}

const POINTER_ESCAPES: Readonly<Record<string, string>> = { "~": "~0", "/": "~1" };

/** 422 from what a schema found: JSON pointers into a body (target `json`), names of parameters (`query`). */
export function validationProblem(target: string, error: z.core.$ZodError): Problem {
  const errors = error.issues.flatMap((issue) => faultsOf(issue, target === "json"));
  const [first] = errors;
  const where = target === "json" ? "body" : target;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new Problem("validation", `The ${where} is not valid: ${first!.pointer || "it"}: ${first!.detail}${more}.`, {
    errors,
  });
}

function faultsOf(issue: z.core.$ZodIssue, isBody: boolean): Fault[] {
  const pointer = (path: readonly PropertyKey[]) =>
    isBody
      ? path.map((key) => `/${String(key).replaceAll(/[~/]/g, (found) => POINTER_ESCAPES[found]!)}`).join("")
      : path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const what = isBody ? "unknown field" : "unknown parameter";
    return issue.keys.map((key) => ({ pointer: pointer([...issue.path, printable(key)]), detail: what }));
  }
  if (issue.code === "invalid_union") {
    const meant = issue.errors.find((branch) => !branch.some(isOtherType));
    if (meant !== undefined) {
      return meant.flatMap((inner) => faultsOf({ ...inner, path: [...issue.path, ...inner.path] }, isBody));
    }
  }
  return [{ pointer: pointer(issue.path), detail: issue.message }];
}

/** The value is not even of the type that this branch of a union takes: another branch was meant. */
function isOtherType(issue: z.core.$ZodIssue): boolean {
  return issue.code === "invalid_type" && issue.path.length === 0;
}

/** A key of the client, safe to repeat. */
function printable(key: string): string {
  return key.toWellFormed().replaceAll("\0", "\u2400").slice(0, 100);
}
