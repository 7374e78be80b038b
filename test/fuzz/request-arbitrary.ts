import * as fc from "fast-check";
import { bodyOf } from "./body-arbitrary.ts";
import type { ApiDocument, Operation, Parameter } from "./document.ts";
import { contentType, HOSTILE_ESCAPES, HOSTILE_TEXTS, hostileCursor, hostileHeaders } from "./hostile-values.ts";
import { cursorsOf, idsOf } from "./known-values.ts";
import { type Sources, validValue } from "./schema-arbitrary.ts";

/** A request as it is sent. */
export type FuzzRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The scope of the token that it shows; null for none. */
  readonly credential: string | null;
};

/** The address of a target: not resolved, since `//x` would name a host then. */
export const urlOf = (target: string): string => `http://localhost${target}`;

const OTHER_METHODS = ["HEAD", "OPTIONS", "GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY"];
/** Ids that the rows which a sequence makes may get. */
const NEW_IDS = ["new-1", "new-2", "new-3", "new-4"];
const STRANGE_PATHS = [
  "/",
  "//",
  "/api",
  "/api/",
  "/api//agents",
  "/nope",
  "/API/AGENTS",
  "/api/agents/",
  "/favicon.ico",
];

/** Requests to every operation of the document, about two thirds of them valid, and to paths that it does not have. */
export function anyRequest(document: ApiDocument, known: Sources["known"]): fc.Arbitrary<FuzzRequest> {
  const { operations, schemas } = document;
  const sources = { schemas, known };
  const credential = rarely(8, fc.constantFrom(null, ...document.scopes), fc.constant(document.scopes.at(-1) ?? null));
  const each = operations.map((operation) => ({
    // Commands have more to break, and more to be refused for.
    weight: operation.method === "GET" ? 2 : 5,
    arbitrary: requestOf(operation, credential, sources),
  }));
  return fc.oneof(...each, { weight: 2, arbitrary: requestToNowhere(credential) });
}

function requestOf(
  operation: Operation,
  credential: fc.Arbitrary<string | null>,
  sources: Sources,
): fc.Arbitrary<FuzzRequest> {
  const isCommand = operation.method !== "GET";
  return fc
    .record({
      credential,
      method: rarely(24, fc.constantFrom(...OTHER_METHODS), fc.constant(operation.method)),
      path: pathOf(operation, sources),
      query: queryOf(operation, sources),
      headers: rarely(6, hostileHeaders, fc.constant({})),
      type: rarely(12, contentType, fc.constant("application/json")),
      body:
        operation.body !== undefined
          ? fc.option(bodyOf(operation.body, sources), { freq: 30 })
          : rarely(isCommand ? 20 : 200, fc.constantFrom("{}", "", "x"), fc.constant(null)),
    })
    .map(({ path, query, ...rest }) => assemble({ ...rest, target: path + query }));
}

/** The first once in so many times. */
function rarely<One, Other>(
  times: number,
  one: fc.Arbitrary<One>,
  other: fc.Arbitrary<Other>,
): fc.Arbitrary<One | Other> {
  return fc.oneof({ weight: times - 1, arbitrary: other }, { weight: 1, arbitrary: one });
}

type Parts = Omit<FuzzRequest, "body"> & { readonly type: string | null; readonly body: string | Uint8Array | null };

/** A `Request` takes no body with GET and HEAD; what a real connection makes of one is asked there. */
function assemble({ type, body, ...rest }: Parts): FuzzRequest {
  if (body === null || ["GET", "HEAD"].includes(rest.method)) return rest;
  return { ...rest, body, headers: type === null ? rest.headers : { "Content-Type": type, ...rest.headers } };
}

function pathOf(operation: Operation, sources: Sources): fc.Arbitrary<string> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const values = names.map((name) => pathValue(operation.path, name, sources));
  return fc.tuple(...values).map((filled) => {
    let at = 0;
    return operation.path.replaceAll(/\{\w+\}/g, () => filled[at++]!);
  });
}

function pathValue(path: string, name: string, { known }: Sources): fc.Arbitrary<string> {
  const rows = known.get(idsOf(path.replace(/\/\{\w+\}.*$/, ""))) ?? known.get(name) ?? [];
  const hostile = fc.oneof(
    fc.constantFrom(...HOSTILE_TEXTS).map(encodeURIComponent),
    fc.constantFrom(...HOSTILE_ESCAPES),
    fc.string({ unit: "grapheme", maxLength: 10 }).map(encodeURIComponent),
  );
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...rows, ...(rows.length === 0 ? NEW_IDS : [])).map(encodeURIComponent) },
    { weight: 2, arbitrary: fc.constantFrom(...NEW_IDS) },
    { weight: 1, arbitrary: hostile },
  );
}

/** A query as it stands in the address, with its `?`. */
export function queryOf(operation: Operation, sources: Sources): fc.Arbitrary<string> {
  const parameters = operation.parameters.filter((parameter) => parameter.in === "query");
  const valid = fc.tuple(
    ...parameters.map((parameter) =>
      rarely(
        parameter.required ? 20 : 4,
        ...optional(parameter.required === true, parameterValue(operation, parameter, sources)),
      ),
    ),
  );
  const names = ["colour", "__proto__", "constructor", "limit[]", "", ...parameters.map(({ name }) => name)];
  const hostile = fc.tuple(
    fc.constantFrom(...names, ...parameters.map(({ name }) => name.toUpperCase())).map(encodeURIComponent),
    fc.oneof(
      fc.constantFrom(...HOSTILE_TEXTS).map(encodeURIComponent),
      fc.constantFrom(...HOSTILE_ESCAPES),
      fc.constantFrom(...(sources.known.get("cursor") ?? ["x"])),
      hostileCursor,
    ),
  );
  return fc
    .tuple(
      valid,
      rarely(parameters.length === 0 ? 12 : 4, fc.array(hostile, { minLength: 1, maxLength: 3 }), fc.constant([])),
    )
    .map(([values, broken]) => {
      const given = parameters.flatMap(({ name }, index) => {
        const value = values[index];
        return value === null || value === undefined ? [] : [[name, encodeURIComponent(value)]];
      });
      const pairs = [...given, ...broken].map(([name, value]) => `${name}=${value}`);
      return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
    });
}

/** What is rare of a parameter, and what is usual: one that must be there is rarely left out. */
function optional(
  isRequired: boolean,
  value: fc.Arbitrary<string>,
): [fc.Arbitrary<string | null>, fc.Arbitrary<string | null>] {
  const none = fc.constant(null);
  return isRequired ? [none, value] : [value, none];
}

/** The document says in words what a filter is of. */
const CHOICES = /^(?:Of|One of) ([\w, ]+)[;.]/;

function parameterValue({ path }: Operation, { name, schema }: Parameter, sources: Sources): fc.Arbitrary<string> {
  const choices = CHOICES.exec(String(schema["description"]))?.[1]?.split(", ");
  const own = name === "cursor" ? sources.known.get(cursorsOf(path)) : undefined;
  const meant = [...(choices ?? own ?? sources.known.get(name) ?? []), ...((schema["examples"] ?? []) as string[])];
  const any = validValue(schema, sources, name).map(String);
  if (meant.length === 0) return any;
  const one = fc.constantFrom(...meant);
  return fc.oneof(
    { weight: 6, arbitrary: one },
    { weight: 1, arbitrary: fc.tuple(one, one).map((pair) => pair.join()) },
    { weight: 1, arbitrary: any },
  );
}

function requestToNowhere(credential: fc.Arbitrary<string | null>): fc.Arbitrary<FuzzRequest> {
  const path = fc.oneof(
    fc.constantFrom(...STRANGE_PATHS),
    fc.string({ maxLength: 20 }).map((text) => `/api/${encodeURIComponent(text)}`),
    fc.constantFrom(...HOSTILE_ESCAPES, ...HOSTILE_TEXTS.map(encodeURIComponent)).map((text) => `/api/${text}`),
  );
  return fc.record({
    method: fc.constantFrom(...OTHER_METHODS),
    target: path.map((text) => (text.startsWith("/") ? text : `/${text}`)),
    headers: hostileHeaders,
    credential,
  });
}
