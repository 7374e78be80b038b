import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import type { HttpDeps } from "#src/http/env.ts";
import type { ProblemCode } from "#src/domain/problem.ts";
import { expectDocumented } from "./conformance.ts";
import { type Answer, testApp, type TestApp } from "./test-app.ts";

/** A request; a body is sent as JSON. */
export type Sent = {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

/** What there is before the request: requests that succeed, statements of another program, time that passes. */
export type Step = Sent | { readonly sql: string } | { readonly advance: number };

export type Scenario = {
  readonly name: string;
  readonly given?: readonly Step[];
  readonly request: Sent;
  readonly status: number;
  /** What the body must hold; arrays are compared in length and order. */
  readonly body?: unknown;
  /** The problem's code, or what its document must hold. */
  readonly problem?: ProblemCode | Record<string, unknown>;
  /** Headers of the answer; null for one that must not be there. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Exactly what the request left in the feed, as `entity.op`; nothing unless told. */
  readonly changes?: readonly string[];
};

export const get = (path: string, headers: Record<string, string> = {}): Sent => ({ method: "GET", path, headers });
export const post = (path: string, body: unknown): Sent => ({ method: "POST", path, body });
export const put = (path: string, body: unknown): Sent => ({ method: "PUT", path, body });
export const patch = (path: string, body: unknown): Sent => ({ method: "PATCH", path, body });
export const remove = (path: string): Sent => ({ method: "DELETE", path });
export const sql = (text: string): Step => ({ sql: text });
export const advance = (millis: number): Step => ({ advance: millis });

/** One test for each scenario, each over a database of its own. */
export function runScenarios(title: string, scenarios: readonly Scenario[], overrides: Partial<HttpDeps> = {}): void {
  describe(title, () => {
    for (const scenario of scenarios) {
      test(scenario.name, async () => {
        await using app = await testApp(overrides);
        await prepare(app, scenario.given ?? []);
        await play(app, scenario);
      });
    }
  });
}

/** Brings about what a scenario starts from. */
export async function prepare(app: TestApp, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if ("sql" in step) runSql(app.path, step.sql);
    else if ("advance" in step) app.clock.advance(step.advance);
    else {
      const answer = await send(app, step);
      if (answer.status >= 300) throw new Error(`${step.method} ${step.path}: ${JSON.stringify(answer.body)}`);
    }
  }
}

/** Sends the scenario's request and compares all that it brought about. */
export async function play(app: TestApp, scenario: Omit<Scenario, "given">): Promise<Answer> {
  const { headSeq } = await app.db.changes.state();
  const answer = await send(app, scenario.request);
  expect({ status: answer.status, detail: answer.body?.detail }).toMatchObject({ status: scenario.status });
  if (typeof scenario.body === "object") expect(answer.body).toMatchObject(scenario.body as never);
  else if (scenario.body !== undefined) expect(answer.body).toEqual(scenario.body);
  if (Array.isArray(scenario.body)) expect(answer.body).toHaveLength(scenario.body.length);
  const { problem } = scenario;
  if (problem !== undefined) {
    expect(answer.body).toMatchObject(typeof problem === "string" ? { code: problem } : problem);
  }
  for (const [name, value] of Object.entries(scenario.headers ?? {})) {
    expect(answer.headers.get(name), name).toBe(value);
  }
  const changes = (await app.changes(headSeq)).map(({ entity, op }) => `${entity}.${op}`);
  expect(changes, "what the request left in the feed").toEqual([...(scenario.changes ?? [])]);
  return answer;
}

/** Sends a request; the answer must be one that the document describes. */
export async function send(app: TestApp, { method, path, body, headers }: Sent): Promise<Answer> {
  const answer = await app.call(method, path, body, headers);
  expectDocumented(app.app, method, path, answer);
  return answer;
}

/** Runs statements on the file as another program would. */
export function runSql(path: string, statements: string): void {
  using db = new Database(path, { readwrite: true });
  db.run("pragma foreign_keys = on");
  db.run("pragma synchronous = off");
  db.run(statements);
}
