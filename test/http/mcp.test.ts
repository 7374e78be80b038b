import { describe, expect, test } from "bun:test";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { Json } from "#test/support/json.ts";
import { testApp } from "#test/support/test-app.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { cutTree } from "#src/http/mcp/cut-tree.ts";
import { agentTree } from "#src/domain/session.ts";
import { startAgent } from "#src/domain/runtime-agent.ts";

const API_TOKEN = "token-of-the-environment";
const READING = ["get_session", "list_agents", "search"];
const WRITING = ["log", "record_prompt", "register_agent", "set_status"];
/** The revision of 2026, and the handshake of those of 2025. */
const MODES = ["auto", "legacy"] as const;

const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

type Connected = AsyncDisposable & {
  readonly client: Client;
  /** What a tool answers: its result; `error` where it is one. */
  use(name: string, given?: object): Promise<Json>;
};

async function connect(
  server: TestServer,
  mode: (typeof MODES)[number] = "auto",
  headers: Record<string, string> = {},
): Promise<Connected> {
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers } }));
  return {
    client,
    async use(name, given = {}) {
      const { content, isError, structuredContent } = (await client.callTool({
        name,
        arguments: { ...given },
      })) as Json;
      if (isError) return { error: content[0].text };
      // The text says the same, for clients that read nothing else.
      expect(JSON.parse(content[0].text)).toEqual(structuredContent);
      return structuredContent;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function names({ client }: Connected): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name).toSorted();
}

describe.each(MODES)("the official client, %s", (mode) => {
  test("lists and calls every tool, and reads the sessions", async () => {
    await using server = await testServer();
    await using connected = await connect(server, mode);
    const { client, use } = connected;
    expect(client.getServerVersion()).toMatchObject({ name: "orchestrator" });
    expect(await names(connected)).toEqual([...READING, ...WRITING].toSorted());

    const parent = await use("register_agent", { name: "planner of issue 42", kind: "planner", cwd: "/w", model: "m" });
    expect(parent).toEqual({ agent_id: expect.any(String), session_id: expect.any(String), created: true });
    const { agent_id, session_id } = parent;
    const child = await use("register_agent", {
      name: "child",
      kind: "planner",
      parent_id: agent_id,
      external_id: "e",
    });
    expect(child).toMatchObject({ session_id, created: true });
    expect(await use("register_agent", { name: "again", kind: "other", external_id: "e" })).toEqual({
      ...child,
      created: false,
    });
    expect(await use("set_status", { agent_id, status: "executing", reason: "to plan" })).toEqual({
      agent_id,
      status: "executing",
    });
    const logged = await use("log", { agent_id, message: "zebra seen", level: "WARNING", details: { n: 1 } });
    expect(logged).toEqual({ id: expect.any(Number) });
    const spent = { input_tokens: 10, output_tokens: 2, cost_usd: 0.5, latency_ms: 7, model: "m" };
    const prompted = await use("record_prompt", { agent_id, text: "Find the zebra", response: "Found.", ...spent });
    expect(prompted).toEqual({ prompt_id: expect.any(String), status: "completed" });

    const { body: agent } = await server.call("GET", `/api/runtime/agents/${agent_id}`);
    expect(agent).toMatchObject({ status: "executing", cost_usd: 0.5, metadata: { cwd: "/w", model: "m" } });
    const { body: definitions } = await server.call("GET", "/api/agents");
    expect(definitions).toMatchObject([{ name: "planner", agent_type: "custom" }]);
    const { body: prompt } = await server.call("GET", `/api/runtime/prompts/${prompted.prompt_id}`);
    expect(prompt).toMatchObject({ tokens_input: 10, tokens_output: 2, latency_ms: 7, model_used: "m" });
    const { body: logs } = await server.call("GET", `/api/runtime/logs?agent_id=${agent_id}&log_type=milestone`);
    expect(logs).toMatchObject([
      { message: "zebra seen", log_level: "WARNING", details: { n: 1 } },
      { message: "to plan", details: { status: "executing" } },
    ]);

    const listed = await use("list_agents", { status: "executing,waiting", session_id });
    expect(listed).toMatchObject({ agents: [{ id: agent_id }], more: false });
    expect(listed.agents[0]).not.toHaveProperty("metadata");
    expect(await use("list_agents", { limit: 1 })).toMatchObject({ agents: [{ id: child.agent_id }], more: true });
    expect(await use("get_session", { session_id })).toMatchObject({
      agents: { total: 2 },
      cost_usd: 0.5,
      tree: [{ id: agent_id, children: [{ id: child.agent_id }] }],
    });
    expect(await use("search", { q: "zebra" })).toMatchObject({
      logs: [{ id: logged.id, highlight: "<mark>zebra</mark> seen" }],
      prompts: [{ id: prompted.prompt_id, prompt_text: "Find the zebra", response_text: "Found." }],
    });

    const { resources } = await client.listResources();
    expect(resources).toMatchObject([{ uri: `orchestrator://sessions/${session_id}`, mimeType: "application/json" }]);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates).toMatchObject([{ uriTemplate: "orchestrator://sessions/{session_id}" }]);
    const { contents } = (await client.readResource({ uri: resources[0]!.uri })) as Json;
    expect(JSON.parse(contents[0].text)).toMatchObject({ session_id, agents: { total: 2 } });
  });

  test("is told what is wrong", async () => {
    await using server = await testServer();
    await using connected = await connect(server, mode);
    const { client, use } = connected;
    const { agent_id } = await use("register_agent", { name: "x", kind: "x" });
    expect(await use("set_status", { agent_id: "none", status: "idle" })).toEqual({
      error: 'There is no runtime agent with id "none".',
    });
    expect(await use("register_agent", { name: "x", kind: "never", parent_id: "none" })).toMatchObject({
      error: 'There is no runtime agent with id "none".',
    });
    expect((await server.call("GET", "/api/agents")).body).toHaveLength(1);
    expect(await use("log", { agent_id: "none", message: "m" })).toHaveProperty("error");
    expect(await use("record_prompt", { agent_id: "none", text: "t" })).toHaveProperty("error");
    expect(await use("get_session", { session_id: "none" })).toHaveProperty("error");
    await use("set_status", { agent_id, status: "failed", reason: "no disk" });
    expect(await use("set_status", { agent_id, status: "idle" })).toEqual({
      error: 'The runtime agent is "failed" and cannot become "idle": "failed" is final.',
    });
    const { body } = await server.call("GET", `/api/runtime/agents/${agent_id}`);
    expect(body).toMatchObject({ status: "failed", error_message: "no disk" });
    for (const [name, given] of [
      ["set_status", { agent_id, status: "sleeping" }],
      ["set_status", { agent_id, status: "idle", extra: 1 }],
      ["log", { agent_id, message: "nul \0" }],
      ["list_agents", { limit: 10_000 }],
      ["search", { q: "" }],
      ["record_prompt", { agent_id, text: "t", cost_usd: -1 }],
    ] as const) {
      expect((await use(name, given)).error, name).toContain("Invalid arguments");
    }
    await expect(client.readResource({ uri: "orchestrator://sessions/none" })).rejects.toThrow("There is no session");
    await expect(client.callTool({ name: "delete_everything", arguments: {} })).rejects.toThrow("not found");
  });
});

test("a token that may only read has only the tools that read, and no token has none", async () => {
  await using server = await testServer(undefined, { apiToken: API_TOKEN });
  const made = async (scope: string) =>
    (await server.call("POST", "/api/tokens", { name: scope, scope }, bearer(API_TOKEN))).body.secret;
  await using reader = await connect(server, "auto", bearer(await made("read")));
  expect(await names(reader)).toEqual(READING);
  expect(await reader.use("list_agents")).toEqual({ agents: [], more: false });
  const given = { name: "register_agent", arguments: { name: "x", kind: "x" } };
  await expect(reader.client.callTool(given)).rejects.toThrow("not found");
  await using writer = await connect(server, "auto", bearer(await made("ingest")));
  expect(await names(writer)).toEqual([...READING, ...WRITING].toSorted());
  expect(await writer.use("register_agent", { name: "x", kind: "x" })).toMatchObject({ created: true });
  await expect(connect(server)).rejects.toThrow();
  expect((await server.call("POST", "/mcp", { jsonrpc: "2.0", id: 1, method: "tools/list" })).status).toBe(401);
});

test("a fault that nobody foresaw is told by a fixed text", async () => {
  await using app = await testApp({
    newId: () => {
      throw new Error("secret of the machine");
    },
  });
  const params = { name: "register_agent", arguments: { name: "x", kind: "x" } };
  const { body } = await app.call("POST", "/mcp", { jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const { result } = JSON.parse(/^data: (.*)$/m.exec(body)![1]!);
  expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("The server failed") }] });
  expect(body).not.toContain("secret of the machine");
});

test("a search heeds as many characters as every search, and ids are no longer than they may be", async () => {
  await using server = await testServer();
  await using connected = await connect(server);
  const { agent_id } = await connected.use("register_agent", { name: "x", kind: "x" });
  await connected.use("log", { agent_id, message: "zebra seen" });
  const most = "zebra ".repeat(100).slice(0, 499) + '"';
  expect((await connected.use("search", { q: `${most} nowhere` })).logs).toHaveLength(1);
  expect((await connected.use("search", { q: `${"a ".repeat(400_000)}nowhere` })).logs).toEqual([]);
  const long = "x".repeat(256);
  for (const [name, given] of [
    ["get_session", { session_id: long }],
    ["list_agents", { session_id: long }],
    ["list_agents", { status: "idle,".repeat(1_000) }],
    ["set_status", { agent_id: long, status: "idle" }],
    ["register_agent", { name: "x", kind: "x", external_id: long }],
  ] as const) {
    expect((await connected.use(name, given)).error, name).toContain("Invalid arguments");
  }
  const uri = `orchestrator://sessions/${long}`;
  await expect(connected.client.readResource({ uri })).rejects.toThrow("There is no session");
});

describe("the route", () => {
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const NAMES = Array.from({ length: 12_000 }, (_, at) => [`name ${at}`, 1]);

  test.each([
    ["no stream of its own", "GET", undefined, {}, 405],
    ["no session to end", "DELETE", undefined, {}, 405],
    ["a foreign page", "POST", list, { Origin: "http://evil.example" }, 403],
    ["a foreign name", "POST", list, { Host: "evil.example" }, 403],
    ["a batch", "POST", [list, list], {}, 422],
    ["no message", "POST", { id: 1 }, {}, 422],
    ["what is too large", "POST", { ...list, pad: "x".repeat(1024 * 1024) }, {}, 413],
    ["who names no type that is answered", "POST", list, { Accept: "text/html" }, 200],
    [
      "more elements than are checked in a moment",
      "POST",
      { ...list, params: { a: Array.from({ length: 30_000 }, () => 0) } },
      {},
      422,
    ],
    ["as many names", "POST", { ...list, params: Object.fromEntries(NAMES) }, {}, 422],
    ["what is no message of the protocol", "POST", { jsonrpc: "2.0" }, {}, 400],
    ["who takes anything", "POST", list, { Accept: "*/*" }, 200],
    ["a notification", "POST", { jsonrpc: "2.0", method: "notifications/initialized" }, {}, 202],
  ] as const)("%s", async (_, method, body, headers, status) => {
    await using server = await testServer();
    expect((await server.call(method, "/mcp", body, headers)).status).toBe(status);
  });
});

test("a tree is cut from below", () => {
  const command = (parent?: string) => ({ orchestrator_agent_id: "d", session_id: "s", parent_agent_id: parent });
  const agents = [
    startAgent(command(), "a", ""),
    startAgent(command("a"), "a1", ""),
    startAgent(command("a1"), "a11", ""),
    startAgent(command(), "b", ""),
  ];
  const totals = { prompts: 0, tokens_input: 0, tokens_output: 0, cost_usd: 0 };
  const session = {
    session_id: "s",
    agents: { total: 4, by_status: {} },
    ...totals,
    first_activity_at: null,
    last_activity_at: null,
    tree: agentTree(agents),
  } as Parameters<typeof cutTree>[0];
  const ids = (most: number) => {
    const cut = cutTree(session, most);
    const walk = (nodes: typeof cut.tree): unknown[] => nodes.map(({ id, children }) => [id, walk(children)]);
    return [walk(cut.tree), cut.truncated === true];
  };
  expect(ids(4)).toEqual([
    [
      ["a", [["a1", [["a11", []]]]]],
      ["b", []],
    ],
    false,
  ]);
  expect(ids(3)).toEqual([
    [
      ["a", [["a1", []]]],
      ["b", []],
    ],
    true,
  ]);
  expect(ids(1)).toEqual([[["a", []]], true]);
});
