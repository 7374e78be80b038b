import { connect } from "node:net";
import { describe, expect, test } from "bun:test";
import { checkJsonShape } from "#src/http/json-shape.ts";
import { Problem } from "#src/domain/problem.ts";
import { agent, definition } from "#test/support/given.ts";
import { get, prepare, send } from "#test/support/scenario.ts";
import { openSocket } from "#test/support/socket-client.ts";
import { openSse } from "#test/support/sse-client.ts";
import { testApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const MEMBERS = 100_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const array = (length: number) => `[${Array.from({ length }, () => "null").join(",")}]`;
const prose = (mark: string) => JSON.stringify({ text: `${mark}, [{"a": 1}] `.repeat(60_000) });

/** The detail of a refusal, null when there is none. */
function refusalOf(text: string): string | null {
  try {
    checkJsonShape(bytes(text));
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

describe("a large body", () => {
  test("may hold so many members and no more", () => {
    expect(refusalOf(array(MEMBERS))).toBeNull();
    expect(refusalOf(array(MEMBERS + 2))).toContain(`${MEMBERS} members`);
    const object = `{${Array.from({ length: MEMBERS + 2 }, (_each, index) => `"k${index}":1`).join(",")}}`;
    expect(refusalOf(object)).toContain(`${MEMBERS} members`);
  });

  test("may be nested so deeply and no more", () => {
    expect(refusalOf("[".repeat(250_000) + "]".repeat(250_000))).toBeNull();
    expect(refusalOf("[".repeat(270_000))).toContain("deeper than 250000");
    expect(refusalOf('{"a":'.repeat(250_001))).toContain("deeper than 250000");
    // One beside the other is not deep.
    expect(refusalOf(`[${Array.from({ length: 90_000 }, () => "[]").join(",")}${" ".repeat(200_000)}]`)).toBeNull();
  });

  test.each(["plain", 'a \\" quote', "\\\\", "\\u0022", "ü🙂", "\\".repeat(7)])(
    "what stands in a text is none: %s",
    (mark) => {
      expect(refusalOf(prose(mark))).toBeNull();
      expect(refusalOf(`[${prose(mark)}, ${array(MEMBERS + 2)}]`)).toContain("members");
    },
  );

  test.each(['"', "[", "}", '"\\', "\\"])("need not be JSON: %s, many times", (text) => {
    const seen = refusalOf(text.repeat(300_000));
    expect(seen === null || /members|deeper/.test(seen)).toBe(true);
  });

  test("a small one is parsed whatever is in it, and the schema says what is wrong", () => {
    expect(refusalOf(`[${"0,".repeat(120_000)}0]`)).toBeNull();
  });

  test("is refused with 422 before it is parsed, and nothing is stored", async () => {
    await using app = await testApp();
    await prepare(app, [definition(), agent()]);
    const body = `{"agent_id":"id-2","log_type":"milestone","message":"m","details":${array(MEMBERS + 2)}}`;
    const answer = await app.raw("/api/runtime/logs", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    expect(answer.body).toMatchObject({ status: 422, code: "validation", errors: [{ pointer: "" }] });
    expect((await send(app, get("/api/runtime/logs"))).body).toEqual([]);
  });
});

test("an address of more than 8,192 characters is refused", async () => {
  await using app = await testApp();
  const path = (length: number) =>
    `/api/system/logs?q=${"x".repeat(length - "http://localhost/api/system/logs?q=".length)}`;
  expect((await send(app, get(path(8_192)))).status).toBe(200);
  const answer = await send(app, get(path(8_193)));
  expect(answer.body).toMatchObject({ status: 414, code: "uri_too_long" });
});

/** Writes to a connection of its own; what came back when the server closed it, or the test has seen enough. */
async function exchange(url: string, parts: readonly string[], isEnough = (_text: string) => false): Promise<string> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = "";
  let isOver = false;
  socket.on("data", (chunk: Buffer) => void (text += chunk.toString()));
  socket.on("close", () => void (isOver = true));
  socket.on("error", () => void (isOver = true));
  for (const part of parts) socket.write(part);
  await until("an answer, or the end of the connection", () => isOver || isEnough(text), 20_000);
  socket.destroy();
  return text;
}

test("headers beyond what Bun takes are refused by it, bare, and the server goes on", async () => {
  await using server = await testServer();
  const head = `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(1_000_000)}\r\n\r\n`;
  const answer = await exchange(server.url, [head], (text) => text.includes("\r\n\r\n"));
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d|^$/);
  expect((await server.call("GET", "/health")).status).toBe(200);
});

test("a connection that does not end its headers, or its body, is closed when it has said nothing for long", async () => {
  await using server = await testServer(undefined, { idleS: 1 });
  const begun = "POST /api/system/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const whole = `${begun}Content-Length: 100\r\n\r\n{"component":`;
  const [headers, body] = await Promise.all([exchange(server.url, [begun]), exchange(server.url, [whole])]);
  expect({ headers, body: body.includes("HTTP/1.1 2") }).toEqual({ headers: "", body: false });
  expect((await server.call("GET", "/api/system/logs")).body).toEqual([]);
}, 30_000);

test("no more sockets and streams are opened than there is room for: 503, and when to come back", async () => {
  await using server = await testServer(undefined, { mostStreams: 2 });
  await using socket = await openSocket(server.url, "/ws/events");
  await using stream = await openSse(server.url, "/api/events");
  await Promise.all([socket, stream].map((one) => one.next("hello", ({ type }) => type === "hello")));
  await using refused = await openSocket(server.url, "/ws/events");
  expect(refused.closed).not.toBeNull();
  const answer = await server.call("GET", "/api/events", undefined, { Accept: "text/event-stream" });
  expect(answer).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(answer.headers.get("Retry-After")).toBe("10");
  // A page of the feed is no stream.
  expect((await server.call("GET", "/api/events")).status).toBe(200);
  socket.close();
  await until("room", async () => {
    await using again = await openSocket(server.url, "/ws/events");
    return again.closed === null;
  });
});
