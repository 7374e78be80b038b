import { z } from "zod";

/** Every error this API answers: code → HTTP status, title and what a client may do about it. */
export const PROBLEMS = {
  bad_request: { status: 400, title: "Bad request", advice: "Send a Host header that names a host." },
  malformed_json: { status: 400, title: "Malformed JSON", advice: "Send one JSON value, in UTF-8, as the body." },
  unauthorized: {
    status: 401,
    title: "Unauthorized",
    advice: "Send a valid token, as `Authorization: Bearer <token>`.",
  },
  forbidden: {
    status: 403,
    title: "Forbidden",
    advice:
      "Use a token with the scope; ask from an allowed origin (`CORS_ORIGINS`), for a host of this server (`ALLOWED_HOSTS`).",
  },
  not_found: { status: 404, title: "Not found", advice: "Check the path and the id." },
  method_not_allowed: { status: 405, title: "Method not allowed", advice: "Use a method that `Allow` names." },
  conflict: { status: 409, title: "Conflict", advice: "Read the present state and decide anew." },
  cursor_gone: { status: 410, title: "Cursor gone", advice: "List again and watch from its `X-Change-Seq`." },
  payload_too_large: { status: 413, title: "Payload too large", advice: "Send less in one request." },
  uri_too_long: { status: 414, title: "URI too long", advice: "Filter by less at once." },
  unsupported_media_type: {
    status: 415,
    title: "Unsupported media type",
    advice: "Send `Content-Type: application/json`.",
  },
  validation: { status: 422, title: "Validation failed", advice: "Mend what `errors` points at." },
  upgrade_required: { status: 426, title: "Upgrade required", advice: "Open this path as a WebSocket." },
  too_many_requests: { status: 429, title: "Too many requests", advice: "Wait as long as `Retry-After` says." },
  internal: {
    status: 500,
    title: "Internal error",
    advice: "Report the `request_id`; the cause is in the server's log.",
  },
  unavailable: { status: 503, title: "Unavailable", advice: "Wait as long as `Retry-After` says." },
  disk_full: {
    status: 507,
    title: "Disk full",
    advice: "Free space on the disk of the database; at its own limit, raise `MAX_DATABASE_MB` or delete rows.",
  },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** One fault of a request: where it is (JSON pointer, or the parameter's name) and what is wrong. */
export const Fault = z
  .strictObject({ pointer: z.string(), detail: z.string() })
  .meta({ id: "Fault", examples: [{ pointer: "/name", detail: "Required" }] });
export type Fault = z.infer<typeof Fault>;

/** An error as it is answered (RFC 9457, `application/problem+json`). */
export const ProblemDocument = z
  .looseObject({
    type: z.string().meta({ description: "/problems/<code>" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: "Path of the request" }),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    request_id: z.string(),
    errors: z.array(Fault).optional(),
    allowed: z.array(z.string()).optional().meta({ description: "Legal next states" }),
    id: z
      .string()
      .optional()
      .meta({ description: "The row that has the name already, or that was made under the same key" }),
    agents: z.int().optional().meta({ description: "Runtime agents that refer to the row" }),
    workflows: z.int().optional().meta({ description: "Workflows that refer to the row" }),
    alive_agents: z.int().optional(),
    alive_workflows: z.int().optional(),
    reason: z.string().optional().meta({ description: "Why a cursor cannot be served: pruned, ahead or replaced" }),
    oldest_seq: z.int().optional(),
    head_seq: z.int().optional(),
    next: z.int().optional().meta({ description: "The line of a stream that is wanted next" }),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem document" });

/** Thrown wherever a request cannot be served; written out in one place, `http/problem.ts`. */
export class Problem extends Error {
  override readonly name = "Problem";

  readonly code: ProblemCode;
  /** Further members of the document, such as `allowed` or `errors`. */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail what was wrong with this request, and what would be right */
  constructor(
    code: ProblemCode,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.code = code;
    this.extra = extra;
    this.headers = headers;
  }
}

/** 404 for a row that is not there. */
export function notFound(noun: string, id: string): Problem {
  return new Problem("not_found", `There is no ${noun} with id "${id}".`);
}

/** 409 for a change of status that is not legal: names both states and lists the legal ones. */
export function illegalTransition(noun: string, from: string, to: string, allowed: readonly string[]): Problem {
  const legal = allowed.length === 0 ? `"${from}" is final` : `from "${from}" it may become ${allowed.join(", ")}`;
  return new Problem("conflict", `The ${noun} is "${from}" and cannot become "${to}": ${legal}.`, { allowed });
}
