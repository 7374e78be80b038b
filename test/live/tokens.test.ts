import { describe, expect, test } from "bun:test";
import { openDatabase } from "#src/database/open.ts";
import { openSse } from "#test/support/sse-client.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { memoryLog } from "#test/support/log.ts";
import { testClock } from "#test/support/clock.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const API_TOKEN = "token-of-the-environment";
const PATHS = ["/ws/events", "/ws/agent-status"] as const;
const admin = { Authorization: `Bearer ${API_TOKEN}` };

async function make(server: TestServer, body: object = {}) {
  const made = await server.call("POST", "/api/tokens", { name: "x", scope: "read", ...body }, admin);
  expect(made.status).toBe(201);
  return made.body as { readonly id: string; readonly secret: string };
}

const isHello = ({ type }: { readonly type: string }) => type === "hello";
const offer = (secret: string) => ["orchestrator", `bearer.${secret}`];

/** A socket and a stream of the token, both open. */
async function watchers(server: TestServer, secret: string) {
  const socket = await openSocket(server.url, "/ws/events", offer(secret));
  const stream = await openSse(server.url, "/api/events", { Authorization: `Bearer ${secret}` });
  await Promise.all([socket.next("hello", isHello), stream.next("hello", isHello)]);
  return { socket, stream };
}

describe("a socket", () => {
  test.each([...PATHS])(
    "%s takes its token as a second subprotocol; the server answers `orchestrator`",
    async (path) => {
      await using server = await testServer(undefined, { apiToken: API_TOKEN });
      const { secret } = await make(server);
      await using socket = await openSocket(server.url, path, offer(secret));
      await socket.next("hello", isHello);
      expect(socket.protocol).toBe("orchestrator");
    },
  );

  test.each([...PATHS])("%s takes it in a header too", async (path) => {
    await using server = await testServer(undefined, { apiToken: API_TOKEN });
    const { secret } = await make(server);
    await using socket = await openSocket(server.url, path, [], { Authorization: `Bearer ${secret}` });
    await socket.next("hello", isHello);
  });

  const refused: Record<string, readonly string[]> = {
    "without any": [],
    "with a wrong one": offer("orc_wrong"),
    "with an empty one": ["orchestrator", "bearer."],
    "with the protocol alone": ["orchestrator"],
    "with a good one alone, which would be repeated": [`bearer.${API_TOKEN}`],
  };
  for (const [what, protocols] of Object.entries(refused)) {
    test(`${what} is not opened`, async () => {
      await using server = await testServer(undefined, { apiToken: API_TOKEN });
      for (const path of PATHS) {
        await using socket = await openSocket(server.url, path, protocols);
        expect(socket.closed).not.toBeNull();
        expect(socket.frames).toEqual([]);
      }
    });
  }

  test("of an open server may offer the protocol, and anything as a token", async () => {
    await using server = await testServer();
    await using socket = await openSocket(server.url, "/ws/events", offer("orc_anything"));
    await socket.next("hello", isHello);
    expect(socket.protocol).toBe("orchestrator");
  });
});

test("a socket that offers subprotocols, but not ours, is refused with what it may offer", async () => {
  await using server = await testServer();
  for (const offered of ["bearer.x", "chat", "orchestratorx"]) {
    const answer = await server.call("GET", "/ws/events", undefined, {
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Protocol": offered,
    });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: "Sec-WebSocket-Protocol" }] } });
    expect(answer.headers.get("Sec-WebSocket-Protocol")).toBeNull();
  }
});

describe("a token that ends closes its sockets (4401) and streams, and no others", () => {
  test("revoked by the API", async () => {
    await using server = await testServer(undefined, { apiToken: API_TOKEN });
    const [one, other] = [await make(server), await make(server)];
    const [{ socket, stream }, rest] = [await watchers(server, one.secret), await watchers(server, other.secret)];
    await using kept = await openSocket(server.url, "/ws/events", offer(API_TOKEN));
    await server.call("DELETE", `/api/tokens/${one.id}`, undefined, admin);
    expect(await socket.ended()).toBe(4401);
    await until("the stream to end", () => stream.ended);
    await server.call("POST", "/api/system/logs", { component: "c", message: "m" }, admin);
    for (const open of [rest.socket, rest.stream, kept]) {
      await open.next("the next frame", ({ type }) => type === "system_log.created");
    }
    await rest.socket[Symbol.asyncDispose]();
    await rest.stream[Symbol.asyncDispose]();
  });

  test("revoked by another process", async () => {
    await using server = await testServer(undefined, { apiToken: API_TOKEN });
    const { id, secret } = await make(server);
    const { socket, stream } = await watchers(server, secret);
    const db = await openDatabase({ path: server.path, clock: Date.now, log: memoryLog() });
    await db.tokens.remove(id);
    await db[Symbol.asyncDispose]();
    expect(await socket.ended()).toBe(4401);
    await until("the stream to end", () => stream.ended);
  });

  test("expired", async () => {
    const clock = testClock();
    await using server = await testServer(undefined, {
      clock,
      apiToken: API_TOKEN,
      limits: { sweepMs: 10 },
    });
    const { secret } = await make(server, { expires_at: new Date(clock() + 60_000).toISOString() });
    const { socket, stream } = await watchers(server, secret);
    clock.advance(59_999);
    await server.call("POST", "/api/system/logs", { component: "c", message: "m" }, admin);
    await socket.next("the next frame", ({ type }) => type === "system_log.created");
    clock.advance(1);
    expect(await socket.ended()).toBe(4401);
    await until("the stream to end", () => stream.ended);
  });

  test("of an open server: those without a token, when the first one is made", async () => {
    await using server = await testServer();
    await using socket = await openSocket(server.url, "/ws/events");
    await using stream = await openSse(server.url, "/api/events");
    await Promise.all([socket.next("hello", isHello), stream.next("hello", isHello)]);
    await server.call("POST", "/api/tokens", { name: "x", scope: "read" });
    expect(await socket.ended()).toBe(4401);
    await until("the stream to end", () => stream.ended);
  });
});
