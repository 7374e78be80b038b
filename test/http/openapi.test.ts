import { describe, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { COMMAND_ROWS } from "#test/support/commands.ts";
import type { Json } from "#test/support/json.ts";
import { appOfRoutes, documentText, SNAPSHOT } from "#test/support/openapi.ts";
import { prepare, send } from "#test/support/scenario.ts";
import { testApp } from "#test/support/test-app.ts";

type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { name: string; in: string; description?: string; schema: object }[];
  readonly requestBody?: { required?: boolean; content: Record<string, { schema: Json }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>;
};

const document = JSON.parse(documentText());
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(([method, operation]) => Object.assign({ method, path }, operation)),
);
const commands = operations.filter(({ method }) => method !== "get");
const reads = operations.filter(({ path }) => path.startsWith("/api/")).filter(({ method }) => method === "get");
const sockets = operations.filter(({ path }) => path.startsWith("/ws"));

/** Operations that bring about or read no rows: no command and no query stands behind them. */
const WITHOUT_FUNCTION = new Set([
  "getServiceInfo",
  "getHealth",
  "getMetrics",
  "getProblemType",
  "getDashboard",
  "getDashboardAsset",
  "getDashboardView",
  "getDocs",
  "getDocsScript",
  "getOpenApiDocument",
  "watchAgentStatus",
  "watchEvents",
  "exchangeBroadcasts",
  "callMcp",
  "postHookScriptEvent",
  "receiveHook",
  "exportLogs",
  "exportTraces",
  "exportMetrics",
  "ingestLines",
]);
/** Its body is no JSON, but lines of it. */
const isOfLines = ({ path }: { readonly path: string }) => path === "/ingest/jsonl";
/** They answer as OTLP has it. */
const isOtlp = ({ path }: { readonly path: string }) => path.startsWith("/v1/");

test("the document is the committed one; after a change that is meant, run `bun run openapi` and commit the file", async () => {
  expect(document).toEqual(await Bun.file(SNAPSHOT).json());
});

test("the document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(documentText()))).toMatchObject({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("every route is in the document, and nothing else is", () => {
  const routes = appOfRoutes()
    .routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  const documented = operations.map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(routes)].toSorted()).toEqual(documented.toSorted());
});

test("every operation has a name of its own, a summary, and is tagged as command or query", () => {
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { method, path, operationId, summary, tags } of operations) {
    const what = `${method} ${path}`;
    expect(operationId, what).toMatch(/^[a-z][A-Za-z]+$/);
    expect(summary.length, what).toBeGreaterThan(5);
    expect(tags, what).toHaveLength(1);
    expect(tags[0], what).toEndWith(method === "get" ? ": queries" : ": commands");
  }
});

describe("an operation is named after the function that it calls", async () => {
  const names: Record<string, string[]> = {};
  for (const folder of ["commands", "queries"]) {
    const root = new URL(`../../src/${folder}/`, import.meta.url).pathname;
    const files = [...new Bun.Glob("*.ts").scanSync(root)];
    names[folder] = (await Promise.all(files.map((file) => import(root + file)))).flatMap((module) =>
      Object.keys(module),
    );
  }
  for (const { method, operationId } of operations.filter(({ operationId: id }) => !WITHOUT_FUNCTION.has(id))) {
    test(operationId, () => expect(names[method === "get" ? "queries" : "commands"]).toContain(operationId));
  }
});

test("every operation documents the errors that it can answer, as problem documents", () => {
  const everywhere = ["400", "401", "403", "405", "414", "422", "429", "500", "503"];
  for (const { method, path, requestBody, responses } of [...reads, ...commands].filter((one) => !isOtlp(one))) {
    const expected = [
      ...everywhere,
      ...(method === "get" ? [] : ["409", "507"]),
      ...(requestBody === undefined ? [] : ["413", "415"]),
      ...(path.includes("{") ? ["404"] : []),
    ];
    expect(Object.keys(responses), `${method} ${path}`).toEqual(expect.arrayContaining(expected));
  }
  for (const { path, responses } of sockets) {
    expect(Object.keys(responses), path).toEqual([
      "101",
      "400",
      "401",
      "403",
      "405",
      "414",
      "422",
      "426",
      "429",
      "500",
      "503",
    ]);
  }
  for (const { method, path, operationId, responses } of operations) {
    // Its errors are of the protocol.
    if (operationId === "callMcp" || isOtlp({ path })) continue;
    for (const [status, { description, content }] of Object.entries(responses)) {
      expect(description.length, `${method} ${path} ${status}`).toBeGreaterThan(2);
      // `/health` answers 503 with the state it reports.
      if (Number(status) < 400 || (path === "/health" && status === "503")) continue;
      expect(content, `${method} ${path} ${status}`).toEqual({
        "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
      });
    }
  }
});

test("of each POST the document says whether it takes an Idempotency-Key, and /mcp says what to use instead", () => {
  for (const { path, method, parameters = [] } of operations) {
    if (method !== "post") continue;
    const named = parameters.some(({ name }) => name === "Idempotency-Key");
    expect({ path, named }).toEqual({ path, named: path.startsWith("/api/") });
  }
  const { description } = operations.find(({ path }) => path === "/mcp")!;
  expect(description).toMatch(/`Idempotency-Key` is not heeded here.*external_id/);
});

test("every parameter says what it is", () => {
  for (const { path, parameters = [] } of operations) {
    for (const { name, description, schema } of parameters) {
      expect(description, `${path} ${name}`).toBeTruthy();
      expect(schema, `${path} ${name}`).toHaveProperty("type");
    }
  }
});

const schemaOf = (schema: Json): Json =>
  schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split("/").at(-1)];

/** Bodies that the document shows: of the schema, or of each branch of a union. */
function examplesOf(operation: Operation): Json[] {
  const { schema } = operation.requestBody!.content["application/json"]!;
  const branches = schema.anyOf ?? [schema];
  return branches.flatMap((branch: object) => {
    const { examples = [] } = schemaOf(branch);
    expect(examples.length, `${operation.operationId} has an example`).toBeGreaterThan(0);
    return examples;
  });
}

const ROWS: Record<string, string> = { orchestrator_agent_id: "id-1", agent_id: "id-2", parent_agent_id: "id-2" };
const PATHS: Record<string, string> = {
  "/api/agents/{id}": "id-1",
  "/api/runtime/agents/{id}": "id-2",
  "/api/runtime/prompts/{id}": "id-3",
  "/api/runtime/workflows/{id}": "id-4",
  "/api/runtime/sessions/{session_id}": "s1",
  "/ingest/hooks/{source}": "claude-code",
};

/** The example with ids of rows that are there; nothing else is touched. */
function withRows(example: Json): Json {
  if (Array.isArray(example)) return example.map(withRows);
  return Object.fromEntries(Object.entries(example).map(([field, value]) => [field, ROWS[field] ?? value]));
}

describe("every body is required, and its examples work as they stand", () => {
  for (const operation of commands.filter((one) => one.requestBody !== undefined && !isOtlp(one) && !isOfLines(one))) {
    const { operationId, method, path, requestBody } = operation;
    test(operationId, async () => {
      expect(requestBody!.required).toBe(true);
      expect(Object.keys(requestBody!.content)).toEqual(["application/json"]);
      for (const example of examplesOf(operation)) {
        await using app = await testApp();
        await prepare(app, COMMAND_ROWS);
        const target = path.replace(/\{\w+\}/, PATHS[path] ?? "");
        const answer = await send(app, { method: method.toUpperCase(), path: target, body: withRows(example) });
        // What agents report is answered as their side has it.
        const expected = method !== "post" ? [200] : path.startsWith("/api/") ? [201] : [200, 204];
        expect(expected, answer.body.detail).toContain(answer.status);
        // Tokens and what sessions are configured with are nothing to watch.
        if (operationId === "createToken" || operationId === "updateSession") continue;
        expect((await app.changes(COMMAND_ROWS.length)).length, "it changes something").toBeGreaterThan(0);
      }
    });
  }

  test.each(commands.filter(isOtlp))("$operationId, in both encodings of OTLP", async (operation) => {
    const { path, requestBody, responses } = operation;
    expect(requestBody!.required).toBe(true);
    const types = ["application/json", "application/x-protobuf"];
    expect(Object.keys(requestBody!.content)).toEqual(types);
    expect(Object.keys(responses)).toEqual("200 400 401 403 405 413 414 415 429 500 503".split(" "));
    const before = ["application/problem+json"];
    for (const [status, { content }] of Object.entries(responses)) {
      const only = ["405", "414"].includes(status)
        ? before
        : ["400", "403"].includes(status)
          ? [...types, ...before]
          : types;
      expect(Object.keys(content!), status).toEqual(only);
    }
    await using app = await testApp();
    for (const example of examplesOf(operation))
      expect(await app.call("POST", path, example)).toMatchObject({ status: 200 });
    expect((await app.changes()).length > 0).toBe(path !== "/v1/metrics");
  });

  test("every command but DELETE and a purge has one", () => {
    for (const { method, operationId, requestBody } of commands) {
      expect(requestBody === undefined).toBe(method === "delete" || operationId === "purgeStorage");
    }
  });
});

/** Every schema in the document, wherever it stands. */
function* schemas(value: Json, path = ""): Generator<[path: string, schema: Json]> {
  if (typeof value !== "object" || value === null) return;
  yield [path, value];
  for (const [key, child] of Object.entries(value)) yield* schemas(child, `${path}/${key}`);
}

test("each branch of a union is named, or of a type of its own", () => {
  for (const [path, schema] of schemas(document)) {
    if (path.includes("/examples/")) continue;
    expect(schema.oneOf === undefined || schema.discriminator !== undefined, path).toBe(true);
    const branches: Json[] = schema.anyOf ?? [];
    for (const branch of branches) expect(branch.$ref ?? branch.type, path).toBeTruthy();
    const types = branches.map((branch) => schemaOf(branch).type);
    expect(new Set(types).size, `${path}: told apart by their type`).toBe(branches.length);
  }
});

test("every reference leads somewhere, and every component is referred to or is a frame", () => {
  const referred = new Set<string>();
  for (const [, { $ref }] of schemas(document)) if (typeof $ref === "string") referred.add($ref.split("/").at(-1)!);
  const components = Object.keys(document.components.schemas);
  for (const name of referred) expect(components).toContain(name);
  for (const name of components.filter((one) => !referred.has(one))) expect(name).toEndWith("Frame");
});

test("rows and bodies have no undocumented fields", () => {
  for (const [name, schema] of Object.entries<Json>(document.components.schemas)) {
    if (schema.type !== "object" || name === "Problem") continue;
    expect(schema.additionalProperties, name).toBe(false);
  }
});

test("the version is the server's", async () => {
  await using app = await testApp({ version: "9.8.7" });
  expect((await app.raw("/openapi.json")).body.info.version).toBe("9.8.7");
});
