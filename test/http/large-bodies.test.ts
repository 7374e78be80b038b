import { describe, expect, test } from "bun:test";
import { COMMAND_ROWS, COMMANDS, type Command } from "#test/support/commands.ts";
import type { Json } from "#test/support/json.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";

const MB = 1024 * 1024;

/** A valid body of exactly this many bytes. */
function bodyOf({ least, fields }: Command, bytes: number): string {
  const field = ["prompt_text", "response_text", "message", "description", "error_message"].find(
    (name) => name in fields,
  );
  const [begin, end] = [`${JSON.stringify({ ...least, [field!]: undefined }).slice(0, -1)}`, '"}'];
  const open = `${begin}${begin === "{" ? "" : ","}"${field}":"`;
  return open + "x".repeat(bytes - open.length - end.length) + end;
}

/** Sends the body with its length, or in chunks whose number the server cannot know. */
async function sendBody(server: TestServer, { method, path }: Command, body: string, way: "whole" | "chunked") {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(server.url + path, {
    method,
    headers,
    body: way === "whole" ? body : new Blob([body]).stream(),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

/** A server with the rows that commands name; ids are made up by the server, so they are put into the paths. */
async function serverWithRows(): Promise<{ server: TestServer; commands: Command[] }> {
  let last = 0;
  const server = await testServer(undefined, { newId: () => `id-${(last += 1)}` });
  for (const step of COMMAND_ROWS) {
    if ("method" in step) expect((await server.call(step.method, step.path, step.body)).status).toBe(201);
  }
  return { server, commands: [...COMMANDS] };
}

const headSeq = async (server: TestServer) => (await server.call("GET", "/api/events")).body.head_seq as number;

describe.each(["whole", "chunked"] as const)("a body sent %s", (way) => {
  test("of 9 MB is refused everywhere with a problem document, and nothing is stored", async () => {
    const { server, commands } = await serverWithRows();
    await using _ = server;
    for (const command of commands) {
      const answer = await sendBody(server, command, bodyOf(command, 9 * MB), way);
      expect(answer).toMatchObject({ status: 413, body: { code: "payload_too_large" } });
      expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
      // Or stopping would wait for the rest of the body.
      expect(answer.headers.get("Connection")).toBe("close");
      expect(answer.body.detail).toBe(`A body may hold at most ${command.large ? 8 : 1} MB here.`);
    }
    expect(await headSeq(server)).toBe(COMMAND_ROWS.length);
  });

  test("of 5 MB is taken for prompts and logs only", async () => {
    const { server, commands } = await serverWithRows();
    await using _ = server;
    for (const command of commands) {
      const before = await headSeq(server);
      const { status } = await sendBody(server, command, bodyOf(command, 5 * MB), way);
      const expected = !command.large ? 413 : command.method === "POST" ? 201 : 200;
      expect({ path: command.path, status }).toEqual({ path: command.path, status: expected });
      expect((await headSeq(server)) - before).toBe(command.large ? 1 : 0);
    }
  });

  test("may be just as long as it may be", async () => {
    const { server, commands } = await serverWithRows();
    await using _ = server;
    const normal = commands.find(({ path }) => path === "/api/runtime/workflows")!;
    const large = commands.find(({ path }) => path === "/api/runtime/prompts")!;
    expect((await sendBody(server, normal, bodyOf(normal, MB), way)).status).toBe(201);
    expect((await sendBody(server, normal, bodyOf(normal, MB + 1), way)).status).toBe(413);
    expect((await sendBody(server, large, bodyOf(large, 8 * MB), way)).status).toBe(201);
    expect((await sendBody(server, large, bodyOf(large, 8 * MB + 1), way)).status).toBe(413);
  });

  test("where none is taken is refused for the path or the method, not read", async () => {
    const { server } = await serverWithRows();
    await using _ = server;
    const command = { method: "POST", least: {}, fields: { message: { kind: "text" } } } as const;
    const body = bodyOf({ ...command, path: "" }, 5 * MB);
    for (const [path, status] of [
      ["/api/nowhere", 404],
      ["/health", 405],
      ["/ws/events", 405],
      ["/api/events", 405],
      ["/api/agents/id-1", 405],
    ] as const) {
      const answer = await sendBody(server, { ...command, path }, body, way);
      expect(answer.status).toBe(status);
      expect(answer.headers.get("Connection")).toBe("close");
    }
    expect((await server.call("GET", "/health")).status).toBe(200);
  });
});

test("a long text comes back as it was sent", async () => {
  const { server } = await serverWithRows();
  await using _ = server;
  const text = "ü🙂\n".repeat(500_000);
  const made = await server.call("POST", "/api/runtime/prompts", {
    agent_id: "id-2",
    prompt_type: "adw",
    prompt_text: text,
  });
  expect(made.status).toBe(201);
  const read = await server.call("GET", `/api/runtime/prompts/${made.body.id}`);
  expect(read.body.prompt_text === text).toBe(true);
});
