import { documentText } from "#test/support/openapi.ts";

/** A JSON schema as the document writes it. */
export type Schema = { readonly [keyword: string]: unknown };
export type Schemas = { readonly [name: string]: Schema };

type Content = { readonly [mediaType: string]: { readonly schema: Schema } };
export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
};

/** One method of one path, as the document describes it. */
export type Operation = {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  /** What its body must be; absent where none is taken. */
  readonly body?: Schema;
  /** The scope that a token needs; absent where none is asked for. */
  readonly scope?: string;
  readonly responses: { readonly [status: string]: { readonly content?: Content } };
};

export type ApiDocument = {
  readonly operations: readonly Operation[];
  readonly schemas: Schemas;
  /** Of tokens, each all that the ones before it may. */
  readonly scopes: readonly string[];
};

type RawOperation = Pick<Operation, "operationId" | "responses"> & {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly security?: readonly { readonly bearer?: readonly string[] }[];
};
type RawDocument = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: RawOperation } };
  readonly components: { readonly schemas: Schemas };
};

const METHODS: ReadonlySet<string> = new Set(["get", "post", "put", "patch", "delete"]);

/** The document as a stranger reads it: nothing else is known of the routes. */
export function readDocument(text = documentText()): ApiDocument {
  const { paths, components } = JSON.parse(text) as RawDocument;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => readOperation(method.toUpperCase(), path, operation)),
  );
  const { schemas } = components;
  return { operations, schemas, scopes: (schemas["Scope"]?.["enum"] ?? []) as string[] };
}

function readOperation(method: string, path: string, operation: RawOperation): Operation {
  const { operationId, parameters = [], requestBody, responses, security } = operation;
  const body = requestBody?.content["application/json"]?.schema;
  const scope = security?.[0]?.bearer?.[0];
  return {
    method,
    path,
    operationId,
    parameters,
    responses,
    ...(body === undefined ? {} : { body }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/** Follows a `$ref`. */
export function resolve(schema: Schema, schemas: Schemas): Schema {
  const { $ref: reference } = schema;
  if (typeof reference !== "string") return schema;
  const found = schemas[reference.replace("#/components/schemas/", "")];
  if (found === undefined) throw new Error(`the document has no ${reference}`);
  return resolve(found, schemas);
}

/** The schema of an answer; undefined for a status or media type that the document does not have. */
export function answerSchema(operation: Operation, status: number, mediaType: string): Schema | undefined {
  return operation.responses[status]?.content?.[mediaType]?.schema;
}

/** The operation that serves a path; HEAD is served as GET is. */
export function findOperation({ operations }: ApiDocument, method: string, pathname: string): Operation | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  return operations.find((operation) => operation.method === wanted && patternOf(operation.path).test(pathname));
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

/**
 * What a request may be refused with where no route is: with what every operation documents, 404 and 405; and 401, since a
 * stranger is not told what there is.
 */
export function gateStatuses({ operations }: ApiDocument): ReadonlySet<number> {
  const shared = Object.keys(operations[0]!.responses).filter((status) =>
    operations.every(({ responses }) => status in responses),
  );
  return new Set([401, 404, 405, ...shared.map(Number).filter((status) => status >= 400 && status < 500)]);
}
