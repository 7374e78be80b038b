import { createRoute, OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { Handler } from "hono";
import type { z } from "zod";
import { KEY, KEY_HEADER, REPLAYED_HEADER } from "#src/domain/idempotency.ts";
import { ProblemDocument, PROBLEMS, type ProblemCode } from "#src/domain/problem.ts";
import { EXAMPLE_ID } from "#src/domain/values.ts";
import type { JsonLimits } from "#src/platform/json-shape.ts";
import { BODY_BYTES } from "./body.ts";
import type { NeededScope } from "#src/domain/token.ts";
import { checked } from "./checked.ts";
import type { Env } from "./env.ts";
import type { AnswerRule } from "./idempotency.ts";

/** A router whose requests are checked against what it documents; what does not pass is a problem. */
export function createRouter(): OpenAPIHono<Env> {
  const router = new OpenAPIHono<Env>();
  // In place of its own checks: those are five middlewares around each handler, and read a body twice.
  router.openapi = ((input: CommandInput, handler: Handler<Env>) => {
    const { maxBytes = BODY_BYTES.normal, limits, scope, isPublic, kept, isSecret, ...route } = input;
    router.openAPIRegistry.registerPath(route);
    const { query, body } = (route.request ?? {}) as { query?: z.ZodType; body?: ReturnType<typeof jsonBody> };
    const schema = body?.content["application/json"].schema;
    const checks = { scope, isPublic, query, body: schema, maxBytes, limits, once: onceRule(route, kept, isSecret) };
    return router.on(
      route.method,
      route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      named(route.path, checked(checks, handler)),
    );
  }) as never;
  const { get } = router;
  router.get = ((path: string, first: Handler<Env>, ...more: Handler<Env>[]) =>
    get(path, named(path, first), ...more)) as never;
  return router;
}

/** Notes which route was found, for the figures and the log of requests. */
function named(path: string, handler: Handler<Env>): Handler<Env> {
  return (c, next) => {
    c.env.route = path;
    return handler(c, next);
  };
}

/** A path's parameters need no check: whatever is not stored is not found. */
const PATH_PARAMETERS: Readonly<Record<string, { readonly description: string; readonly example: string }>> = {
  id: { description: "Any stored id; new ones are UUIDv7", example: EXAMPLE_ID },
  agent_id: { description: "Id of a runtime agent", example: EXAMPLE_ID },
  session_id: { description: "Groups the agents of one workflow run or coding session", example: "session-2026-02-05" },
  code: { description: "The `code` of a problem document", example: "conflict" },
  source: { description: "Whose events: claude-code, codex, gemini or opencode", example: "claude-code" },
};

function pathParameters(path: string) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: "path" as const,
    required: true,
    schema: { type: "string" as const },
    ...PATH_PARAMETERS[name!],
  }));
}

const REQUEST_ID = {
  "X-Request-Id": { description: "Id of the request; a sane one sent in is kept", schema: { type: "string" } },
} as const;

export const CHANGE_SEQ = {
  "X-Change-Seq": {
    description: "The `seq` of the feed this was read at: watch from there",
    schema: { type: "integer" },
  },
} as const;

export const PAGED = {
  ...CHANGE_SEQ,
  Link: { description: 'The next page, `<…>; rel="next"`; absent at the end', schema: { type: "string" } },
} as const;

export const CREATED = {
  Location: { description: "Path of the new row", schema: { type: "string" } },
} as const;

const ALLOW = { Allow: { description: "The methods of this path", schema: { type: "string" } } } as const;
const CHALLENGE = {
  "WWW-Authenticate": { description: "How to ask (RFC 6750)", schema: { type: "string" } },
} as const;
const RETRY = { "Retry-After": { description: "Seconds to wait", schema: { type: "integer" } } } as const;

/** An answer with JSON. */
export function json<Schema extends z.ZodType, Headers extends object>(
  description: string,
  schema: Schema,
  headers: Headers,
) {
  return {
    description,
    headers: { ...REQUEST_ID, ...headers } as never,
    content: { "application/json": { schema } },
  };
}

/** An answer without a body. */
export function noContent(description: string, headers: object = {}) {
  return { description, headers: { ...REQUEST_ID, ...headers } as never };
}

/** A body: required, so that a request without a content type is not let through unread. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** Answers with problem documents. */
export function problems(...codes: readonly ProblemCode[]) {
  const answers: Record<number, { description: string; headers: never; content: object }> = {};
  for (const code of new Set(codes)) {
    const { status, title, advice } = PROBLEMS[code];
    const headers = {
      ...REQUEST_ID,
      ...(code === "method_not_allowed" ? ALLOW : {}),
      ...(code === "unauthorized" ? CHALLENGE : {}),
      ...(code === "unavailable" || code === "too_many_requests" ? RETRY : {}),
    };
    answers[status] = {
      description: [answers[status]?.description, `\`${code}\`: ${title}. ${advice}`].filter(Boolean).join("\n\n"),
      headers: headers as never,
      content: { "application/problem+json": { schema: ProblemDocument } },
    };
  }
  return answers as Record<never, never>;
}

const EVERYWHERE = ["bad_request", "forbidden", "method_not_allowed", "uri_too_long", "internal"] as const;
const QUERY_PROBLEMS = [...EVERYWHERE, "validation", "unavailable"] as const;
const COMMAND_PROBLEMS = ["conflict", ...QUERY_PROBLEMS, "too_many_requests", "disk_full"] as const;
const BODY_PROBLEMS = ["malformed_json", "payload_too_large", "unsupported_media_type"] as const;

type RouteInput = Omit<RouteConfig, "middleware" | "hide" | "security"> & {
  readonly operationId: string;
  /** What a token must allow; every route says it. */
  readonly scope: NeededScope;
  /** Requests that need none all the same, because their answer holds nothing but what is public. */
  readonly isPublic?: (request: Request) => boolean;
};
type CommandInput = RouteInput & {
  /** Bytes a body may hold; 1 MB unless told. */
  readonly maxBytes?: number;
  /** What a large body may be made of, should it be less than of any. */
  readonly limits?: JsonLimits;
  /** The body of the answer, of what the store has written and the command; what was written unless told. */
  readonly kept?: (written: never, command: never) => unknown;
  /** The answer holds what may not be stored. */
  readonly isSecret?: boolean;
};

// Both keep the type of the route as it was written, from which the handler's types are inferred.

/** The name of the way to send a token, in the document. */
export const BEARER = "bearer";

/** What the document says of the scope of a route, and the answers that come with it. */
export function guarded(scope: NeededScope, description?: string) {
  const needs =
    scope === "public" ? "Needs no token." : `Needs the scope \`${scope}\`, where the server asks for tokens.`;
  return {
    description: description === undefined ? needs : `${description}\n\n${needs}`,
    security: scope === "public" ? [] : [{ [BEARER]: [scope] }],
    codes: scope === "public" ? EVERYWHERE : ([...EVERYWHERE, "unauthorized", "too_many_requests"] as const),
  };
}

/** Every POST of the API may be sent again under a key: a new one needs nothing for it. */
function takesKey({ method, path }: Pick<CommandInput, "method" | "path">): boolean {
  return method === "post" && path.startsWith("/api/");
}

/** How the answer to a POST follows from what it has written; null for what takes no key. */
function onceRule(route: RouteConfig, kept: CommandInput["kept"], isSecret = false): AnswerRule | null {
  if (!takesKey(route)) return null;
  const { path, responses } = route;
  const successes = Object.keys(responses).filter((status) => status.startsWith("2"));
  const status = successes.find((one) => one === "201") ?? successes[0]!;
  const { headers = {} } = responses[status] as { readonly headers?: object };
  return {
    status: Number(status),
    path: "Location" in headers ? path : null,
    isSecret,
    body: (kept as AnswerRule["body"] | undefined) ?? ((written) => written),
  };
}

const KEY_PARAMETER = {
  name: KEY_HEADER,
  in: "header" as const,
  required: false,
  schema: { type: "string" as const, minLength: 1, maxLength: 255, pattern: KEY.source },
  description:
    "Names the request: for 24 hours the same one, to the byte, is done once however often it is sent with this key, and answered the same; another one is a conflict",
  example: "0b7e1c2a-5a2f-4a55-9d0e-3c1c1f1c9f10",
};

const REPLAYED = {
  [REPLAYED_HEADER]: {
    description: "`true` on the answer to a request that was done before",
    schema: { type: "string" },
  },
} as const;

/** The answers of a POST that takes a key, each of which may be given again. */
function repeatable(responses: RouteConfig["responses"]): RouteConfig["responses"] {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const { headers } = response as { readonly headers?: object };
      return [status, { ...response, headers: { ...headers, ...REPLAYED } as never }];
    }),
  );
}

/** Describes a route that reads. */
export function queryRoute<const Route extends RouteInput>(
  noun: string,
  route: Route,
  ...codes: readonly ProblemCode[]
) {
  const { codes: refusals, ...guardedAs } = guarded(route.scope, route.description);
  const responses = { ...problems(...QUERY_PROBLEMS, ...refusals, ...codes), ...route.responses };
  return createRoute({
    ...route,
    ...guardedAs,
    parameters: pathParameters(route.path),
    tags: [`${noun}: queries`],
    responses,
  } as unknown as Route);
}

/** Describes a route that changes something. */
export function commandRoute<const Route extends CommandInput>(
  noun: string,
  route: Route,
  ...codes: readonly ProblemCode[]
) {
  const hasBody = route.request?.body !== undefined;
  const { codes: refusals, ...guardedAs } = guarded(route.scope, route.description);
  const responses = {
    ...problems(...(hasBody ? BODY_PROBLEMS : []), ...COMMAND_PROBLEMS, ...refusals, ...codes),
    ...(takesKey(route) ? repeatable(route.responses) : route.responses),
  };
  return createRoute({
    ...route,
    ...guardedAs,
    parameters: [...pathParameters(route.path), ...(takesKey(route) ? [KEY_PARAMETER] : [])],
    tags: [`${noun}: commands`],
    responses,
  } as unknown as Route);
}
