import { describe, expect, test } from "bun:test";
import { checkJsonShape } from "#src/http/json-shape.ts";
import { Problem } from "#src/domain/problem.ts";
import { EVENT_LIMITS, jsonFault, type JsonLimits } from "#src/platform/json-shape.ts";
import { agent, definition } from "#test/support/given.ts";
import { exchange } from "#test/support/exchange.ts";
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
async function refusalOf(text: string, limits?: JsonLimits): Promise<string | null> {
  try {
    await checkJsonShape(bytes(text), limits);
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

describe("limits: a large body", () => {
  test("may hold so many members and no more", async () => {
    expect(await refusalOf(array(MEMBERS))).toBeNull();
    expect(await refusalOf(array(MEMBERS + 2))).toContain(`${MEMBERS} members`);
    const object = `{${Array.from({ length: MEMBERS + 2 }, (_each, index) => `"k${index}":1`).join(",")}}`;
    expect(await refusalOf(object)).toContain(`${MEMBERS} members`);
  });

  test("may be nested so deeply and no more", async () => {
    expect(await refusalOf("[".repeat(250_000) + "]".repeat(250_000))).toBeNull();
    expect(await refusalOf("[".repeat(270_000))).toContain("deeper than 250000");
    expect(await refusalOf('{"a":'.repeat(250_001))).toContain("deeper than 250000");
    // One beside the other is not deep.
    expect(
      await refusalOf(`[${Array.from({ length: 90_000 }, () => "[]").join(",")}${" ".repeat(200_000)}]`),
    ).toBeNull();
  });

  test.each(["plain", 'a \\" quote', "\\\\", "\\u0022", "ü🙂", "\\".repeat(7)])(
    "what stands in a text is none: %s",
    async (mark) => {
      expect(await refusalOf(prose(mark))).toBeNull();
      expect(await refusalOf(`[${prose(mark)}, ${array(MEMBERS + 2)}]`)).toContain("members");
    },
  );

  test.each(['"', "[", "}", '"\\', "\\"])("need not be JSON: %s, many times", async (text) => {
    const wanted = text === "[" ? "deeper" : null;
    const seen = await refusalOf(text.repeat(300_000));
    if (wanted === null) expect(seen).toBeNull();
    else expect(seen).toContain(wanted);
  });

  test("a small one is parsed whatever is in it, and the schema says what is wrong", async () => {
    expect(await refusalOf(`[${"0,".repeat(120_000)}0]`)).toBeNull();
  });

  test("of an agent may hold so many different names and escapes, which are slow to parse, and no more", async () => {
    const { names, escapes } = EVENT_LIMITS;
    const named = (length: number) =>
      `{${Array.from({ length }, (_each, index) => `"some name ${index}":"${"x".repeat(20)}"`).join(",")}}`;
    const records = `[${Array.from({ length: 2_000 }, () => named(25)).join(",")}]`;
    expect(await refusalOf(named(names - 1_000), EVENT_LIMITS)).toBeNull();
    expect(await refusalOf(records, EVENT_LIMITS)).toBeNull();
    expect(await refusalOf(named(names * 1.2), EVENT_LIMITS)).toContain(`${names} different names`);
    expect(await refusalOf(named(names * 1.2))).toBeNull();
    const escaped = (times: number) => `"${'\\"'.repeat(times)}"`;
    expect(await refusalOf(escaped(escapes), EVENT_LIMITS)).toBeNull();
    expect(await refusalOf(escaped(escapes + 1), EVENT_LIMITS)).toContain(`${escapes} escapes`);
    expect(await refusalOf(escaped(escapes + 1))).toBeNull();
  });

  test.each([
    ["a text of quotes", `"${'\\"'.repeat(2_000_000)}"`],
    ["a text", `"${"x".repeat(4_000_000)}"`],
    ["lists", "[],".repeat(33_000) + " ".repeat(4_000_000)],
  ])("is looked over in short steps: %s", (_, text) => {
    const body = bytes(text);
    const pieces = [...jsonFault(body, EVENT_LIMITS)];
    expect(pieces.length).toBeGreaterThanOrEqual(Math.floor(body.byteLength / (64 * 1024 + 1)));
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

test("headers of more than 16 KB are refused by Bun, bare, and the server goes on", async () => {
  await using server = await testServer();
  const status = async (length: number) => {
    const head = `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(length)}\r\n\r\n`;
    return (await exchange(server.url, [head], (text) => text.includes("\r\n\r\n"))).slice(9, 12);
  };
  expect(await status(16_000)).toBe("200");
  expect(await status(17_000)).toBe("431");
  expect((await server.call("GET", "/health")).status).toBe(200);
});

test("large bodies that arrive slowly may not take all memory: 503 beyond 256 MB, and room again when they have gone", async () => {
  await using server = await testServer();
  const large = `POST /api/runtime/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${8 * 1024 * 1024}\r\n\r\n`;
  const begun = new AbortController();
  const waiting = Array.from({ length: 32 }, () => exchange(server.url, [large], () => begun.signal.aborted));
  const ask = () => exchange(server.url, [large], (text) => text.includes("\r\n\r\n"), 200);
  await until("the limit", async () => (await ask()).startsWith("HTTP/1.1 503"));
  // A small one is always taken.
  expect((await server.call("POST", "/api/system/logs", { component: "c", message: "m" })).status).toBe(201);
  begun.abort();
  await Promise.all(waiting);
  const message = "x".repeat(7_000_000);
  await until("room", async () => {
    const answer = await server.call("POST", "/api/runtime/logs", { agent_id: "x", log_type: "error", message });
    return answer.status === 404;
  });
});

test("an answer names at most a hundred faults", async () => {
  await using app = await testApp();
  const body = Object.fromEntries(Array.from({ length: 5_000 }, (_each, index) => [`k${index}`, 1]));
  const answer = await send(app, { method: "POST", path: "/api/system/logs", body });
  expect(answer.status).toBe(422);
  expect(answer.body.errors).toHaveLength(100);
  expect(answer.body.detail).toEndWith("(and 5001 more).");
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
