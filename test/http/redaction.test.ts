import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { existsSync, readFileSync } from "node:fs";
import { parseRedactPatterns } from "#src/platform/redact-patterns.ts";
import { COMMAND_ROWS } from "#test/support/commands.ts";
import { testFolder } from "#test/support/folder.ts";
import { KEEP_ALL } from "#test/support/keep-all.ts";
import { SNAPSHOT } from "#test/support/openapi.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { openSse } from "#test/support/sse-client.ts";
import { testIds } from "#test/support/clock.ts";

/** Each field gets another one, as every field takes it; `MADE` is what they have in common. */
const MADE = ["glpat-", "0000000"].join("");
let made = 0;
const newSecret = () => MADE + String((made += 1)).padStart(13, "0");

type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly examples?: readonly unknown[];
};
type Operation = {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const document = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Document;

function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split("/").at(-1)!]!;
}

/** Ids of rows that there are, by field. */
const ROWS: Readonly<Record<string, string>> = {
  orchestrator_agent_id: "id-1",
  agent_id: "id-2",
  parent_agent_id: "id-2",
};
const OF_PATH: readonly (readonly [string, string])[] = [
  ["/api/agents/", "id-1"],
  ["/api/runtime/agents/", "id-2"],
  ["/api/runtime/prompts/", "id-3"],
  ["/api/runtime/workflows/", "id-4"],
  ["/api/runtime/sessions/", "s1"],
];
/** What takes only some texts, though it is called a string. */
const CHOSEN: Readonly<Record<string, unknown>> = { log_level: "INFO", expires_at: null, scope: "admin" };

/** A body with a secret in every field that takes a text or JSON. Names stay apart when it is gone. */
function bodyOf(schema: Schema, operationId: string): unknown {
  const { properties, anyOf } = resolved(schema);
  if (properties === undefined) return bodyOf(anyOf![0]!, operationId);
  const fields = Object.entries(properties).map(([field, given]) => [field, valueOf(field, resolved(given))]);
  const body = Object.fromEntries(fields) as Record<string, unknown>;
  return "name" in body ? { ...body, name: `${operationId} ${newSecret()}` } : body;
}

function valueOf(field: string, schema: Schema): unknown {
  if (field in ROWS) return ROWS[field];
  if (field in CHOSEN) return CHOSEN[field];
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return valueOf(field, resolved(schema.anyOf[0]!));
  const types = [schema.type ?? []].flat();
  if (types.length === 0)
    return { note: `it is ${newSecret()}`, [newSecret()]: [newSecret(), { password: newSecret() }] };
  if (types.includes("string")) return newSecret();
  return types.includes("boolean") ? true : 1;
}

const COMMANDS = Object.entries(document.paths)
  .filter(([path]) => path.startsWith("/api/"))
  .flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { operationId, requestBody }]) => {
      const schema = requestBody?.content["application/json"]?.schema;
      return schema === undefined ? [] : [{ method: method.toUpperCase(), path, operationId, schema }];
    }),
  );

function targetOf(path: string): string {
  const row = OF_PATH.find(([begins]) => path.startsWith(begins));
  return path.replace(/\{\w+\}/, (name) => row?.[1] ?? name);
}

const configOf = (path: string, given: object = {}) => ({
  databasePath: path,
  host: "127.0.0.1",
  port: 0,
  corsOrigins: [],
  logLevel: "info" as const,
  ...KEEP_ALL,
  ...given,
});

async function serverAt(path: string, given: object = {}): Promise<TestServer> {
  const server = await testServer(undefined, { config: configOf(path, given), newId: testIds() });
  for (const step of COMMAND_ROWS) {
    if (!("path" in step)) continue;
    const { status } = await server.call(step.method, step.path, step.body);
    expect(status).toBe(201);
  }
  return server;
}

/** All bytes of the database, its WAL included. */
function bytesOf(path: string): string {
  return ["", "-wal", "-shm"].map((end) => (existsSync(path + end) ? readFileSync(path + end, "latin1") : "")).join("");
}

/** Sends every command. Once there is a token, every request needs one. */
async function sendAll(server: TestServer): Promise<{ answers: string; headers: Record<string, string> }> {
  const answers: unknown[] = [];
  let headers: Record<string, string> = {};
  for (const { method, path, schema, operationId } of COMMANDS) {
    const body = bodyOf(schema, operationId);
    const { status, body: answer } = await server.call(method, targetOf(path), body, headers);
    expect({ operationId, status, answer }).toMatchObject({ operationId, status: method === "POST" ? 201 : 200 });
    answers.push(answer);
    if (operationId === "createToken") headers = { Authorization: `Bearer ${(answer as { secret: string }).secret}` };
    // The same once more: a name that is taken is told, a row that is there is given.
    answers.push((await server.call(method, targetOf(path), body, headers)).body);
  }
  return { answers: JSON.stringify(answers), headers };
}

/** What agents report, with a secret in every text, ids too. */
function reports(): readonly (readonly [path: string, body: unknown])[] {
  const session = newSecret();
  const claude = { session_id: session, prompt_id: newSecret(), cwd: `/home/${newSecret()}` };
  const tool = { tool_name: newSecret(), tool_use_id: newSecret(), tool_input: { command: `echo ${newSecret()}` } };
  const attributes = (given: Record<string, string>) =>
    Object.entries(given).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const call = {
    "event.name": "claude_code.api_request",
    "session.id": session,
    "prompt.id": newSecret(),
    request_id: newSecret(),
    model: newSecret(),
    input_tokens: "12",
    output_tokens: "3",
  };
  const logRecords = [
    { attributes: attributes(call) },
    { attributes: attributes({ ...call, "event.name": "claude_code.user_prompt", prompt: newSecret() }) },
    { attributes: attributes({ ...call, "event.name": "claude_code.unheard", [newSecret()]: newSecret() }) },
  ];
  return [
    ["/ingest/hooks/claude-code", { ...claude, hook_event_name: "UserPromptSubmit", prompt: newSecret() }],
    [
      "/ingest/hooks/claude-code",
      { ...claude, ...tool, hook_event_name: "PostToolUse", tool_response: { stdout: newSecret() } },
    ],
    ["/ingest/hooks/claude-code", { ...claude, ...tool, hook_event_name: "PermissionRequest" }],
    [
      "/ingest/hooks/claude-code",
      { ...claude, hook_event_name: "SubagentStart", agent_id: newSecret(), agent_type: newSecret() },
    ],
    [
      "/ingest/hooks/claude-code",
      { ...claude, hook_event_name: "StopFailure", error: newSecret(), error_details: newSecret() },
    ],
    ["/ingest/hooks/codex", { session_id: newSecret(), hook_event_name: newSecret(), [newSecret()]: newSecret() }],
    ["/ingest/hooks/gemini", { session_id: newSecret(), hook_event_name: "BeforeAgent", prompt: newSecret() }],
    [
      "/ingest/hooks/opencode",
      {
        type: "session.created",
        properties: { info: { id: newSecret(), title: newSecret(), directory: newSecret() } },
      },
    ],
    ["/v1/logs", { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }],
    [
      "/events",
      {
        source_app: newSecret(),
        session_id: newSecret(),
        hook_event_type: "Stop",
        payload: { last_assistant_message: newSecret() },
      },
    ],
    ["/ingest/jsonl?source=codex&stream=" + newSecret(), { type: "thread.started", thread_id: newSecret() }],
    [
      "/ingest/jsonl?source=codex&session=" + newSecret(),
      { type: "item.completed", item: { type: "agent_message", text: newSecret() } },
    ],
  ];
}

const LISTS = ["/api/agents", "/api/runtime/agents", "/api/runtime/prompts", "/api/runtime/logs", "/api/system/logs"];

describe("a secret in every text of every command", () => {
  test("is in no answer, no list, no frame, no index, no log, and nowhere in the file", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await using server = await serverAt(path);
    const before = made;
    const { answers, headers } = await sendAll(server);
    for (const [target, body] of reports()) {
      const { status, body: answer } = await server.call("POST", target, body, headers);
      expect([200, 204], JSON.stringify(answer)).toContain(status);
    }
    expect(made - before).toBeGreaterThan(90);
    expect(answers).not.toContain(MADE);
    expect(answers).toContain("[redacted:gitlab_token]");

    for (const list of [...LISTS, "/api/runtime/workflows", "/api/runtime/sessions", "/api/tokens"]) {
      const { status, body } = await server.call("GET", `${list}?limit=1000`, undefined, headers);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain(MADE);
    }
    for (const list of LISTS.filter((one) => one !== "/api/runtime/agents")) {
      expect((await server.call("GET", `${list}?q=redacted`, undefined, headers)).body).not.toEqual([]);
      expect((await server.call("GET", `${list}?q=${MADE.slice(6)}`, undefined, headers)).body).toEqual([]);
    }
    const { head_seq } = (await server.call("GET", "/api/events", undefined, headers)).body as { head_seq: number };
    await using live = await openSse(server.url, "/api/events?after=0", headers);
    await live.next("the last change", (frame) => frame.seq === head_seq && frame["data"] !== undefined);
    expect(JSON.stringify(live.frames)).not.toContain(MADE);
    expect(JSON.stringify(server.log.lines)).not.toContain(MADE);

    expect(bytesOf(path)).toContain("[redacted:gitlab_token]");
    expect(bytesOf(path)).not.toContain(MADE);
    await server.stop();
    expect(bytesOf(path)).not.toContain(MADE);
  });

  test("is stored with REDACT=off", async () => {
    using folder = testFolder();
    const path = folder.file("orchestrator.db");
    await using server = await serverAt(path, { redact: false });
    const { answers } = await sendAll(server);
    expect(answers).toContain(MADE);
    expect(answers).not.toContain("[redacted:");
    expect(bytesOf(path)).toContain(MADE);
  });
});

test("a text may become longer than its limit", async () => {
  await using server = await testServer();
  const short = "password=abcd ".repeat(18).trim();
  const { status, body } = await server.call("POST", "/api/agents", { name: short, agent_type: "x" });
  expect(status).toBe(201);
  expect((body as { name: string }).name).toBe("password=[redacted:password] ".repeat(18).trim());
  expect(short.length).toBeLessThan(256);
  expect((body as { name: string }).name.length).toBeGreaterThan(255);
});

test("a definition may be given its own name again, with the secret", async () => {
  await using server = await testServer();
  const named = { name: "password=hunter2!", agent_type: "x" };
  const { body } = await server.call("POST", "/api/agents", named);
  const { id } = body as { id: string };
  const again = await server.call("PUT", `/api/agents/${id}`, { ...named, description: "the same" });
  expect(again.status).toBe(200);
  expect(again.body).toMatchObject({ name: "password=[redacted:password]", description: "the same" });
  const taken = await server.call("POST", "/api/agents", named);
  expect(taken.status).toBe(409);
  expect(JSON.stringify(taken.body)).not.toContain("hunter2!");
});

test("a known external id with a secret gives the agent that has it", async () => {
  await using server = await testServer();
  const { body: definition } = await server.call("POST", "/api/agents", { name: "d", agent_type: "x" });
  const agent = {
    orchestrator_agent_id: (definition as { id: string }).id,
    session_id: "s",
    external_id: "password=hunter2!",
  };
  const first = await server.call("POST", "/api/runtime/agents", agent);
  const second = await server.call("POST", "/api/runtime/agents", agent);
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body).toEqual(first.body);
});

test("REDACT_PATTERNS come beside the known kinds", async () => {
  using folder = testFolder();
  const redactPatterns = parseRedactPatterns("corp:CORP-[0-9]{4,6},x-[0-9]+");
  await using server = await serverAt(folder.file("orchestrator.db"), { redactPatterns });
  const log = { component: "CORP-1234", message: "x-77 password=hunter2!", details: { "x-8": ["CORP-123456"] } };
  expect((await server.call("POST", "/api/system/logs", log)).body).toMatchObject({
    component: "[redacted:corp]",
    message: "[redacted:custom] password=[redacted:password]",
    details: { "[redacted:custom]": ["[redacted:corp]"] },
  });
});

test("rows of other processes are not touched", async () => {
  using folder = testFolder();
  const path = folder.file("orchestrator.db");
  await using server = await serverAt(path);
  const secret = newSecret();
  {
    using other = new Database(path);
    other.run("insert into system_logs (log_level, component, message) values ('INFO', 'other', ?)", [secret]);
    other.run("update agents set name = ? where id = 'id-2'", [secret]);
  }
  expect((await server.call("GET", "/api/system/logs?component=other")).body).toMatchObject([{ message: secret }]);
  const { body } = await server.call("PATCH", "/api/runtime/agents/id-2", { error_message: "none" });
  expect(body).toMatchObject({ name: secret, error_message: "none" });
});
