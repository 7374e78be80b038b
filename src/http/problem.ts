import type { z } from "zod";
import { StoreAtLimit, StoreBusy, StoreDamaged, StoreFull, StoreOverloaded } from "#src/database/manager.ts";
import { type Fault, Problem, PROBLEMS } from "#src/domain/problem.ts";
import type { Log } from "#src/platform/log.ts";
import { requestUrl } from "./request-url.ts";

const MEDIA_TYPE = "application/problem+json";
const RETRY_AFTER_S = "1";
/** What is damaged stays so until somebody does something about it. */
const RETRY_DAMAGED_S = "60";
/** Faults that one answer names: a body may have a hundred thousand. */
const MOST_ERRORS = 100;
const CLOSE = { Connection: "close" };

const AT_LIMIT = "The database is as large as MAX_DATABASE_MB lets it be, and";

const DAMAGED = "What this needs lies on a damaged page of the database, or its disk fails";
const DAMAGED_ADVICE = "Run `orchestrator doctor` where the server runs, and restore a backup.";

/** Writes an error as its problem document: the only place that does. */
export function writeProblem(request: Request, requestId: string, problem: Problem): Response {
  const { status, title } = PROBLEMS[problem.code];
  const document = {
    type: `/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance: requestUrl(request).pathname,
    code: problem.code,
    request_id: requestId,
    ...problem.extra,
  };
  const headers = { "Content-Type": MEDIA_TYPE, ...(isUnread(request, problem) ? CLOSE : {}), ...problem.headers };
  return new Response(JSON.stringify(document), { status, headers });
}

/** Whether there is more of the body: the connection serves no other request then, and stopping would wait for it. */
export function isUnread(request: Request, problem: Problem): boolean {
  return problem.code === "payload_too_large" || (request.body !== null && !request.bodyUsed);
}

/** Where the causes of problems are told: each of them, or few of those that are many. */
export type ProblemLogs = { readonly each: Log; readonly few: Log };

/** Any error as a problem; what is not foreseen is a 500 with a fixed text, its cause only in the log. */
export function toProblem(error: unknown, logs: ProblemLogs, trace: object): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreBusy) {
    const detail = "Another process keeps the database locked. Nothing was stored; try again.";
    return new Problem("unavailable", detail, {}, { "Retry-After": RETRY_AFTER_S });
  }
  if (error instanceof StoreOverloaded) {
    const detail = "Too many writes are waiting already. Nothing was stored; try again.";
    return new Problem("too_many_requests", detail, {}, { "Retry-After": RETRY_AFTER_S });
  }
  if (error instanceof StoreFull) return new Problem("disk_full", `The disk is full. ${outcome(error)}`);
  if (error instanceof StoreAtLimit)
    return new Problem("disk_full", `${AT_LIMIT} ${error.message}. Nothing was stored.`);
  if (error instanceof StoreDamaged) {
    logs.few.error("a request met a damaged page, or a disk that fails", { ...trace, error });
    const detail = `${DAMAGED} (${error.message}). ${outcome(error)} Whatever lies elsewhere is served. ${DAMAGED_ADVICE}`;
    return new Problem("unavailable", detail, {}, { "Retry-After": RETRY_DAMAGED_S });
  }
  logs.each.error("request failed", { ...trace, error });
  return new Problem("internal", "The server failed on this request. Its log has the cause under this `request_id`.");
}

/** A disk that does not say whether it keeps what it took may have stored it. */
function outcome({ isUnknown }: StoreFull | StoreDamaged): string {
  return isUnknown
    ? "Whether it was stored is not known: the disk does not say so. Look before you send it again."
    : "Nothing was stored.";
}

const POINTER_ESCAPES: Readonly<Record<string, string>> = { "~": "~0", "/": "~1" };

/** 422 from what a schema found: JSON pointers into a body (target `json`), names of parameters (`query`). */
export function validationProblem(target: string, error: z.core.$ZodError): Problem {
  const errors = error.issues.flatMap((issue) => faultsOf(issue, target === "json"));
  const [first] = errors;
  const where = target === "json" ? "body" : target;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new Problem("validation", `The ${where} is not valid: ${first!.pointer || "it"}: ${first!.detail}${more}.`, {
    errors: errors.slice(0, MOST_ERRORS),
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
