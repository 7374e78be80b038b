import { setImmediate as nextTurn } from "node:timers/promises";
import type { Context, Handler, Next } from "hono";
import { z } from "zod";
import { Problem } from "#src/domain/problem.ts";
import type { NeededScope } from "#src/domain/token.ts";
import { type JsonLimits, SMALL_JSON } from "#src/platform/json-shape.ts";
import { parseJson, readJsonText } from "./body.ts";
import type { Env } from "./env.ts";
import { type AnswerRule, answerOnce } from "./idempotency.ts";
import { validationProblem } from "./problem.ts";

/** What a request must be before its handler runs. */
export type Checks = {
  readonly scope: NeededScope;
  /** Requests of which the answer holds nothing but what is public. */
  readonly isPublic?: ((request: Request) => boolean) | undefined;
  /** Parameters; without a schema there are none, and a mistyped one is refused here too. */
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
  /** Bytes a body may hold. */
  readonly maxBytes: number;
  /** What a large body may be made of; as of any unless told. */
  readonly limits?: JsonLimits | undefined;
  /** Of commands that may be sent again under a key; without one they take none. */
  readonly once: AnswerRule | null;
};

const NO_QUERY = z.strictObject({});

/**
 * A handler that runs only when the request is as documented, and finds what was read by `c.req.valid`. All checks are one
 * handler and no chain of middlewares, of which each would cost promises: where there is no body, there are none.
 */
export function checked(checks: Checks, handler: Handler<Env>): Handler<Env> {
  const { scope, isPublic, query, body, maxBytes, limits, once } = checks;
  const answer = (c: Context<Env>, next: Next, text: string) =>
    once === null ? handler(c, next) : answerOnce(c, text, once, () => handler(c, next));
  if (body === undefined) {
    return (c, next) => {
      c.env.guard.admit(c, isPublic?.(c.req.raw) ? "public" : scope);
      if (c.req.raw.method !== "GET") refuseBody(c);
      checkQuery(c, query);
      return answer(c, next, "");
    };
  }
  return async (c, next) => {
    c.env.guard.admit(c, isPublic?.(c.req.raw) ? "public" : scope);
    const text = await readJsonText(c.req.raw, maxBytes, limits);
    c.env.guard.confirm(c);
    checkQuery(c, query);
    c.req.addValidatedData("json", validated("json", body, parseJson(text)) as object);
    // What is made of a large one takes as long again.
    if (text.length > SMALL_JSON) await nextTurn();
    return answer(c, next, text);
  };
}

/** What stands in a body that nobody reads was meant to change what happens. */
function refuseBody(c: Context<Env>): void {
  if (c.req.raw.body === null) return;
  throw new Problem("validation", "This takes no body: what it may be told stands in its query.");
}

function checkQuery(c: Context<Env>, schema: z.ZodType | undefined): void {
  if (schema !== undefined) c.req.addValidatedData("query", readQuery(c, schema) as object);
  else if (c.req.url.includes("?")) readQuery(c, NO_QUERY);
}

/** The parameters of a request as the schema reads them. */
export function readQuery<Schema extends z.ZodType>(c: Context<Env>, schema: Schema): z.output<Schema> {
  return validated("query", schema, c.req.url.includes("?") ? parametersOf(c) : {});
}

/** A value without a name, which Hono passes over. */
const NAMELESS = /^[^?]*\?=|&=/;

/** A parameter given more than once is an array, which no filter takes. */
function parametersOf(c: Context<Env>): Record<string, unknown> {
  const given = Object.entries(c.req.queries());
  if (NAMELESS.test(c.req.url)) given.push(["", [""]]);
  return Object.fromEntries(given.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

function validated<Schema extends z.ZodType>(target: "json" | "query", schema: Schema, value: unknown) {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw validationProblem(target, error);
  return data;
}
