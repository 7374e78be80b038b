import { expect } from "bun:test";
import type { ProblemCode } from "#src/domain/problem.ts";
import { PROBLEMS } from "#src/domain/problem.ts";
import { expectDocumented } from "./conformance.ts";
import type { Answer, TestApp } from "./test-app.ts";

/** A request that must be refused, sent as it stands. */
export type Refused = {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly code: ProblemCode;
  /** Where the first fault is: a JSON pointer or the name of a parameter. */
  readonly pointer?: string;
};

export const JSON_TYPE = { "Content-Type": "application/json" };

/** Sends it: the answer is the problem document of its code, and nothing has been stored. */
export async function expectRefused(app: TestApp, refused: Refused): Promise<Answer> {
  const { name, method, path, body, headers = {}, code, pointer } = refused;
  const what = `${name}: ${method} ${path.slice(0, 200)}`;
  const before = await app.db.changes.state();
  const answer = await app.raw(path, { method, headers, ...(body === undefined ? {} : { body }) });
  const seen = { code: answer.body?.code, detail: answer.body?.detail, status: answer.status };
  expect(seen, what).toMatchObject({ code, status: PROBLEMS[code].status });
  expectDocumented(app.app, method, path, answer);
  if (code === "validation") expect(answer.body.errors.length, what).toBeGreaterThan(0);
  if (pointer !== undefined) expect(answer.body.errors[0].pointer, what).toStartWith(pointer);
  expect(await app.db.changes.state(), `${what} stored nothing`).toEqual(before);
  return answer;
}
