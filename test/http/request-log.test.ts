import { describe, expect, test } from "bun:test";
import type { DatabaseManager } from "#src/database/manager.ts";
import { createLog } from "#src/platform/log.ts";
import { memoryLog } from "#test/support/log.ts";
import { testApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** A log that keeps its lines, those of requests too. */
const debugLog = () => Object.assign(memoryLog(), { writesDebug: true });

const requestsOf = ({ lines }: ReturnType<typeof memoryLog>) => lines.filter(({ message }) => message === "request");

function failing(): DatabaseManager {
  const list = async () => {
    throw new Error("the disk is gone");
  };
  return { systemLogs: { list } } as unknown as DatabaseManager;
}

test("a line for each request: who asked what, and how it was answered", async () => {
  const log = debugLog();
  await using server = await testServer(undefined, { log });
  const { headers } = await server.call("GET", "/api/agents/some-id?q=1", undefined, { "X-Request-Id": "my-id" });
  expect(headers.get("X-Request-Id")).toBe("my-id");
  const [line] = requestsOf(log);
  expect(line).toEqual({
    level: "debug",
    message: "request",
    fields: {
      request_id: "my-id",
      method: "GET",
      path: "/api/agents/some-id",
      route: "/api/agents/{id}",
      status: 422,
      duration_ms: expect.any(Number),
      client: "127.0.0.1",
    },
  });
});

test("nothing that may be a secret stands in it: no query, no header, no token", async () => {
  const log = debugLog();
  await using app = await testApp({ log, apiToken: "a-token-of-the-test" });
  await app.call("GET", "/api/agents?q=query-secret", undefined, {
    Authorization: "Bearer a-token-of-the-test",
    Cookie: "cookie-secret",
    traceparent: "trace-secret",
  });
  await app.call("GET", "/api/agents", undefined, { Authorization: "Bearer another-secret" });
  expect(requestsOf(log).map(({ fields }) => fields["status"])).toEqual([200, 401]);
  expect(JSON.stringify(log.lines)).not.toMatch(/secret|a-token-of/);
});

test("who asked with a token is named", async () => {
  const log = debugLog();
  await using app = await testApp({ log, apiToken: "a-token-of-the-test" });
  await app.call("GET", "/api/agents", undefined, { Authorization: "Bearer a-token-of-the-test" });
  expect(requestsOf(log)).toMatchObject([{ fields: { token: { name: expect.any(String) } } }]);
});

test("what the server failed on is a warning, whatever is written; without debug nothing else is gathered", async () => {
  const log = memoryLog();
  await using app = await testApp({ log, db: failing() });
  await app.raw("/api/nope");
  await app.raw("/api/system/logs", { headers: { traceparent: TRACE, "X-Request-Id": "my-id" } });
  const fields = { request_id: "my-id", traceparent: TRACE };
  expect(log.lines).toMatchObject([
    { level: "error", message: "request failed", fields },
    { level: "warn", message: "request", fields: { ...fields, status: 500, route: "/api/system/logs" } },
  ]);
  expect(log.lines).toHaveLength(2);
});

test("a long path is cut, and stays one line of JSON", async () => {
  const lines: string[] = [];
  const log = createLog("debug", { write: (line) => void lines.push(line), isTerminal: false });
  await using app = await testApp({ log });
  await app.raw(`/api/${"x".repeat(3_000)}%0A%22`);
  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0]!);
  expect(line).toMatchObject({ level: "debug", message: "request", route: "unmatched", status: 404 });
  expect(line.path).toHaveLength(500);
});

test("the log says whether it writes debug lines", () => {
  const sink = { write() {}, isTerminal: false };
  expect(createLog("debug", sink).writesDebug).toBe(true);
  for (const level of ["info", "warn", "error"] as const) expect(createLog(level, sink).writesDebug).toBe(false);
});

describe("traceparent", () => {
  for (const valid of [TRACE, TRACE.replace(/01$/, "00"), TRACE.replace(/^00/, "cc")]) {
    test(`is answered as it came, and logged: ${valid}`, async () => {
      const log = debugLog();
      await using app = await testApp({ log });
      for (const path of ["/api/agents", "/api/nope"]) {
        const { headers } = await app.call("GET", path, undefined, { traceparent: valid });
        expect(headers.get("traceparent")).toBe(valid);
      }
      expect(requestsOf(log).map(({ fields }) => fields["traceparent"])).toEqual([valid, valid]);
    });
  }

  const BROKEN = [
    "",
    TRACE.toUpperCase(),
    TRACE.replace(/^00/, "ff"),
    TRACE.replace(/-[\da-f]{32}-/, `-${"0".repeat(32)}-`),
    TRACE.replace(/-[\da-f]{16}-/, `-${"0".repeat(16)}-`),
    `${TRACE}-more`,
    TRACE.slice(0, -1),
    TRACE.replace("4bf9", "4bg9"),
    `${TRACE}, ${TRACE}`,
  ];
  for (const broken of BROKEN) {
    test(`is dropped: ${broken.slice(0, 60)}`, async () => {
      const log = debugLog();
      await using app = await testApp({ log });
      const { status, headers } = await app.call("GET", "/api/agents", undefined, { traceparent: broken });
      expect(status).toBe(200);
      expect(headers.has("traceparent")).toBe(false);
      expect(requestsOf(log)).toHaveLength(1);
      expect(requestsOf(log)[0]!.fields).not.toHaveProperty("traceparent");
    });
  }
});
