import { expect } from "bun:test";
import { expectDocumented } from "#test/support/conformance.ts";
import type { Json } from "#test/support/json.ts";
import type { Answer } from "#test/support/test-app.ts";
import { answerSchema, type ApiDocument, findOperation, gateStatuses, type Operation } from "./document.ts";
import { bearer, type FuzzApp } from "./fuzz-app.ts";
import { type FuzzRequest, urlOf } from "./request-arbitrary.ts";
import { isInvalidByDocument } from "./request-oracle.ts";
import { expectReadBack } from "./read-back.ts";
import { faultsOf } from "./schema-check.ts";

/** What was answered, and by which operation. */
export type Outcome = { readonly status: number; readonly operation: Operation | undefined };

/** Sends a request; fails unless its answer is documented, and what it left is what it answered. */
export async function checkRequest(app: FuzzApp, document: ApiDocument, request: FuzzRequest): Promise<Outcome> {
  const { method, target, body, credential } = request;
  const headers = { ...bearer(app.secrets.get(credential ?? "")), ...request.headers };
  app.test.clock.advance(1);
  const before = app.stored();
  const answer = await app.test.raw(urlOf(target), {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const { status } = answer;
  const { pathname } = new URL(urlOf(target));
  const operation = findOperation(document, method, pathname);
  const what = `${method} ${pathname.slice(0, 100)} → ${status}`;

  expect(failuresOf(app, answer), `${what}: no fault of the server`).toEqual([]);
  expect(({} as Json).polluted, `${what}: no prototype is changed`).toBeUndefined();
  if (isRefusedOrRead(method, status)) expect(app.stored(), `${what}: nothing is stored`).toEqual(before);
  if (isPreflight(request)) return { status, operation: undefined };
  expectAnswer(app, document, request, answer, operation);
  if (status >= 200 && status < 300 && operation !== undefined) {
    const fault = isInvalidByDocument(document, operation, request);
    expect(fault, `${what}: what the document does not take is not accepted`).toBeNull();
    expect(isCovered(document, operation, credential), `${what}: a token of its scope`).toBe(true);
    if (method !== "GET" && method !== "HEAD") await expectReadBack(app, document, operation, pathname, answer);
  }
  return { status, operation };
}

function isCovered({ scopes }: ApiDocument, { scope }: Operation, credential: string | null): boolean {
  return scope === undefined || (credential !== null && scopes.indexOf(credential) >= scopes.indexOf(scope));
}

/** 429, 503 and 507 too: nothing here is busy, full or limited. */
function failuresOf(app: FuzzApp, { status }: Answer): string[] {
  const errors = app.test.log.lines.filter(({ level }) => level === "error");
  const logged = errors.map(({ message, fields }) => `${message}: ${String(fields["error"])}`);
  return status >= 500 || status === 429 ? [`status ${status}`, ...logged] : logged;
}

function isRefusedOrRead(method: string, status: number): boolean {
  return status >= 400 || ["GET", "HEAD", "OPTIONS"].includes(method);
}

function isPreflight({ method, headers }: FuzzRequest): boolean {
  return method === "OPTIONS" && "Access-Control-Request-Method" in headers;
}

function expectAnswer(
  app: FuzzApp,
  document: ApiDocument,
  { method, target }: FuzzRequest,
  answer: Answer,
  operation: Operation | undefined,
): void {
  const { status, body } = answer;
  const what = `${method} ${target.slice(0, 100)} → ${status}`;
  if (operation === undefined) {
    expect([...gateStatuses(document)], `${what}: where no route is`).toContain(status);
    if (method !== "HEAD") expect(faultsOf(document.schemas["Problem"]!, body, document.schemas), what).toEqual([]);
    return;
  }
  expect(Object.keys(operation.responses), `${what}: a documented status`).toContain(String(status));
  expectDocumented(app.test.app, method, urlOf(target), answer);
  const [type = ""] = (answer.headers.get("Content-Type") ?? "").split(";");
  const schema = answerSchema(operation, status, type);
  if (schema === undefined || !type.includes("json") || method === "HEAD") return;
  expect(faultsOf(schema, body, document.schemas), `${what}: a body as documented`).toEqual([]);
}
