import { expect } from "bun:test";
import { z } from "zod";
import type { createApp } from "#src/http/app.ts";
import { ProblemDocument, PROBLEMS } from "#src/domain/problem.ts";
import type { Answer } from "./test-app.ts";

type App = ReturnType<typeof createApp>;
type Documented = {
  readonly headers?: Record<string, unknown>;
  readonly content?: Record<string, { readonly schema: z.ZodType }>;
};

/** Problems that no route brings about: they are answered wherever no route matches, or before one is looked for. */
const WITHOUT_ROUTE = [401, 403, 404, 405, 414];
const ANSWER_HEADERS = ["Location", "Link", "X-Change-Seq", "Retry-After", "X-Request-Id"];
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const StrictProblem = z.strictObject(ProblemDocument.shape);

/** Fails unless the document describes exactly this answer: its status, media type, headers and every field. */
export function expectDocumented(app: App, method: string, target: string, answer: Answer): void {
  const { pathname } = new URL(target, "http://localhost");
  const what = `${method} ${pathname} → ${answer.status}`;
  expect(answer.headers.get("X-Request-Id"), `${what}: X-Request-Id`).toBeTruthy();
  expectTimes(what, answer.body);
  if (answer.status >= 400 && answer.headers.get("Content-Type") !== "application/json") expectProblem(what, answer);
  const responses = findRoute(app, method, pathname);
  if (responses === undefined) {
    expect(WITHOUT_ROUTE, `${what} is no documented path`).toContain(answer.status);
    return;
  }
  const documented = responses[answer.status];
  expect(documented, `${what} is a documented status`).toBeDefined();
  expectHeaders(what, documented!, answer);
  expectBody(what, documented!, answer);
}

/** A route's documented answers by status. HEAD is answered as GET is, without its body. */
function findRoute(app: App, method: string, pathname: string): Record<string, Documented> | undefined {
  const wanted = method === "HEAD" ? "get" : method.toLowerCase();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== "route" || definition.route.method !== wanted) continue;
    const pattern = definition.route.path.replaceAll(/\{\w+\}/g, "[^/]+");
    if (new RegExp(`^${pattern}$`).test(pathname)) return definition.route.responses as never;
  }
  return undefined;
}

function expectHeaders(what: string, documented: Documented, answer: Answer): void {
  // A stream begins with `hello`, which tells its `seq`.
  const isStream = (answer.headers.get("Content-Type") ?? "").startsWith("text/event-stream");
  const optional = isStream ? ["Link", "X-Change-Seq"] : ["Link"];
  const names = Object.keys(documented.headers ?? {});
  for (const name of ANSWER_HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) expect(names, `${what}: the header ${name} is documented`).toContain(name);
    else if (!optional.includes(name))
      expect(names, `${what}: the documented header ${name} is sent`).not.toContain(name);
  }
}

function expectBody(what: string, { content }: Documented, answer: Answer): void {
  if (content === undefined) {
    expect(answer.body, `${what}: no body is documented`).toBe("");
    return;
  }
  const [type = ""] = (answer.headers.get("Content-Type") ?? "").split(";");
  expect(Object.keys(content), `${what}: its media type is documented`).toContain(type);
  if (type !== "application/json" || answer.body === "") return;
  const result = content[type]!.schema.safeParse(answer.body);
  expect(result.error?.issues ?? [], `${what}: the body is as documented`).toEqual([]);
}

function expectProblem(what: string, { status, headers, body }: Answer): void {
  expect(headers.get("Content-Type"), `${what}: problem document`).toBe("application/problem+json");
  if (body === "") return;
  expect(StrictProblem.safeParse(body).error?.issues ?? [], `${what}: the problem is as documented`).toEqual([]);
  const code = body.code as keyof typeof PROBLEMS;
  expect(body).toMatchObject({ type: `/problems/${code}`, title: PROBLEMS[code].title, status });
  expect(body.status).toBe(PROBLEMS[code].status);
  expect(body.request_id).toBe(headers.get("X-Request-Id"));
}

/** Every time in an answer has the one form of this API. */
function expectTimes(what: string, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    // (In the document of this API, a field's name has its schema.)
    if (/(^|_)at$/.test(key) && typeof child !== "object") expect(child, `${what}: ${key}`).toMatch(TIME);
    if (!["metadata", "context", "config", "details"].includes(key)) expectTimes(what, child);
  }
}
