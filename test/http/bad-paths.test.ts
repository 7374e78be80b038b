import { describe, expect, test } from "bun:test";
import { COMMAND_ROWS } from "#test/support/commands.ts";
import { expectRefused, JSON_TYPE } from "#test/support/refusal.ts";
import { prepare } from "#test/support/scenario.ts";
import { testServer } from "#test/support/test-server.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** The methods of every path, as the document has them. */
async function documentedMethods(app: TestApp): Promise<[path: string, methods: string[]][]> {
  const { body } = await app.raw("/openapi.json");
  return Object.entries<object>(body.paths).map(([path, operations]) => [
    path,
    Object.keys(operations).map((method) => method.toUpperCase()),
  ]);
}

test("a method that a path does not have is answered with 405 and those it has", async () => {
  await using app = await testApp();
  await prepare(app, COMMAND_ROWS);
  const paths = await documentedMethods(app);
  expect(paths.length).toBeGreaterThan(20);
  for (const [template, methods] of paths) {
    const path = template.replaceAll(/\{\w+\}/g, "id-1");
    const wrong = [...METHODS, "PROPFIND"].filter((method) => !methods.includes(method));
    for (const method of wrong) {
      const body = method === "GET" ? {} : { body: "{}", headers: JSON_TYPE };
      const { headers } = await expectRefused(app, { name: method, method, path, code: "method_not_allowed", ...body });
      const allowed = headers.get("Allow")!.split(", ").toSorted();
      expect(allowed, path).toEqual([...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].toSorted());
    }
  }
});

describe("a path that nobody serves is answered with 404, whatever the method", () => {
  const paths = [
    "/api",
    "/api/",
    "/api/agents/",
    "/api//agents",
    "//api/agents",
    "/API/agents",
    "/api/agents/id-1/prompts",
    "/api/agents/id/1",
    "/api/runtime",
    "/api/runtime/agents/id-2/",
    "/api/runtime/logs/id-1",
    "/api/runtime/logs/agent",
    "/api/runtime/logs/agent/",
    "/api/system/logs/1",
    "/ws/nope",
    "/mcp/",
    "/events/recent",
    "/favicon.ico",
    "/.env",
    "/%2e%2e/etc/passwd",
    "/api/agents%2Fid-1",
    "/docs/scalar.js.map",
    "/%",
    "/%E0%A4%A",
    "/%00",
    `/${"x".repeat(8000)}`,
  ];
  for (const path of paths) {
    test(path.slice(0, 60), async () => {
      await using app = await testApp();
      for (const method of METHODS) {
        const body = method === "GET" ? {} : { body: "{", headers: JSON_TYPE };
        await expectRefused(app, { name: "unknown path", method, path, code: "not_found", ...body });
      }
    });
  }
});

const OF_ONE_ROW = [
  "/api/agents",
  "/api/runtime/agents",
  "/api/runtime/sessions",
  "/api/runtime/prompts",
  "/api/runtime/workflows",
  "/api/runtime/logs/agent",
] as const;

describe("an id that no row can have", () => {
  for (const path of OF_ONE_ROW) {
    test(`${path}/… : very long, or text that cannot be stored`, async () => {
      await using app = await testApp();
      for (const id of ["x".repeat(256), "%00", "a%00b", "%F0%9F%99%82".repeat(256)]) {
        await expectRefused(app, { name: "id", method: "GET", path: `${path}/${id}`, code: "not_found" });
      }
    });

    test(`${path}/… : percent-encoding that is none`, async () => {
      await using app = await testApp();
      for (const id of ["%", "%zz", "%E0%A4%A", "%ED%A0%80", "%FF", "a%2"]) {
        await expectRefused(app, { name: "id", method: "GET", path: `${path}/${id}`, code: "not_found" });
      }
    });
  }

  test("commands refuse it as well", async () => {
    await using app = await testApp();
    const body = { body: "{}", headers: JSON_TYPE };
    for (const [method, path] of [
      ["PUT", "/api/agents"],
      ["PATCH", "/api/runtime/agents"],
      ["PATCH", "/api/runtime/prompts"],
      ["PATCH", "/api/runtime/workflows"],
    ] as const) {
      await expectRefused(app, { name: "NUL", method, path: `${path}/%00`, code: "not_found", ...body });
      await expectRefused(app, { name: "no encoding", method, path: `${path}/%zz`, code: "not_found", ...body });
    }
    for (const path of ["/api/agents", "/api/runtime/agents", "/api/runtime/prompts"]) {
      await expectRefused(app, { name: "NUL", method: "DELETE", path: `${path}/%00`, code: "not_found" });
      await expectRefused(app, { name: "no encoding", method: "DELETE", path: `${path}/%zz`, code: "not_found" });
    }
  });
});

test("a problem's instance is the path as it was sent", async () => {
  await using app = await testApp();
  for (const path of ["/api/agents/%00", "/api/agents/a%20b", "/api/agents/%C3%BC", "/nowhere/a%2Fb"]) {
    expect((await app.raw(`${path}?x=1`)).body.instance).toBe(path);
  }
});

describe("a plain GET on a socket's path", () => {
  for (const path of ["/ws", "/ws/agent-status", "/ws/events", "/ws/events?after=abc"]) {
    test(`${path} is answered with 426 and what to upgrade to`, async () => {
      await using app = await testApp();
      const refused = { name: "plain GET", method: "GET", path, code: "upgrade_required" } as const;
      const { headers } = await expectRefused(app, refused);
      expect(headers.get("Upgrade")).toBe("websocket");
      await expectRefused(app, { ...refused, headers: { Upgrade: "h2c" } });
    });
  }
});

test("a socket is not opened for a page of another origin", async () => {
  await using app = await testApp();
  for (const path of ["/ws", "/ws/agent-status", "/ws/events"]) {
    for (const origin of [
      "http://evil.example",
      "http://localhost:5174",
      "https://localhost:5173",
      "null",
      "file://",
    ]) {
      const headers = { Upgrade: "websocket", Connection: "Upgrade", Origin: origin };
      await expectRefused(app, { name: origin, method: "GET", path, headers, code: "forbidden" });
    }
  }
});

test("a Host that names none is refused with a problem document, on a real connection", async () => {
  await using server = await testServer();
  const ask = async (path: string) => {
    const { hostname, port } = new URL(server.url);
    let answer = "";
    const ended = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: { data: (_socket, chunk) => void (answer += chunk.toString()), close: () => ended.resolve() },
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a</script><b>\r\nConnection: close\r\n\r\n`);
    await ended.promise;
    return answer;
  };
  for (const path of ["/api/agents", "/docs", "/api/agents/nope", "/ws/events"]) {
    const refused = await ask(path);
    expect(refused).toStartWith("HTTP/1.1 400");
    expect(refused).toContain("application/problem+json");
    expect(refused).toContain('"code":"bad_request"');
  }
});
