import { describe, expect, test } from "bun:test";
import { agent, agentLog, definition, prompt, workflow } from "#test/support/given.ts";
import { get, prepare, send } from "#test/support/scenario.ts";
import { testServer } from "#test/support/test-server.ts";
import { testApp } from "#test/support/test-app.ts";

const ORIGIN = "http://localhost:5173";
const READS = [
  "/",
  "/health",
  "/api/agents",
  "/api/agents/id-1",
  "/api/runtime/agents",
  "/api/runtime/agents/id-2",
  "/api/runtime/sessions",
  "/api/runtime/sessions/s1",
  "/api/runtime/prompts",
  "/api/runtime/prompts/id-3",
  "/api/runtime/logs",
  "/api/runtime/logs/agent/id-2",
  "/api/system/logs",
  "/api/runtime/workflows",
  "/api/runtime/workflows/id-4",
  "/api/events",
];
const ROWS = [definition(), agent(), prompt(), workflow(), agentLog()];

describe("X-Request-Id", () => {
  for (const sane of ["abc-DEF_1=", "01997c1e-8f2a-7c3b-9d4e-5f6a7b8c9d0e", "x".repeat(128)]) {
    test(`a sane one sent in is kept: ${sane.slice(0, 40)}`, async () => {
      await using app = await testApp();
      const { headers, body } = await send(app, get("/api/agents/nope", { "X-Request-Id": sane }));
      expect(headers.get("X-Request-Id")).toBe(sane);
      expect(body.request_id).toBe(sane);
    });
  }

  for (const odd of ["with space", 'quote"', "<script>", "x".repeat(129), ""]) {
    test(`anything else is replaced: ${JSON.stringify(odd.slice(0, 40))}`, async () => {
      await using app = await testApp();
      const { headers } = await send(app, get("/api/agents", { "X-Request-Id": odd }));
      expect(headers.get("X-Request-Id")).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/);
    });
  }

  test("each answer has its own", async () => {
    await using app = await testApp();
    const ids = [];
    for (const path of [...READS, "/api/nope", "/ws/events", "/docs", "/openapi.json"]) {
      ids.push((await app.raw(path)).headers.get("X-Request-Id"));
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(null);
  });
});

describe("CORS", () => {
  test("an allowed origin may read every answer, errors too, and the headers that it needs", async () => {
    await using app = await testApp();
    for (const path of ["/api/agents", "/api/agents/nope", "/api/nope"]) {
      const { headers } = await send(app, get(path, { Origin: ORIGIN }));
      expect(headers.get("Access-Control-Allow-Origin")).toBe(ORIGIN);
      expect(headers.get("Vary")).toContain("Origin");
      const exposed = headers.get("Access-Control-Expose-Headers")!.split(/,\s*/).toSorted();
      const names = ["Idempotency-Replayed", "Link", "Location", "Retry-After", "X-Change-Seq", "X-Request-Id"];
      expect(exposed).toEqual(names);
    }
  });

  test("another origin may read nothing", async () => {
    await using app = await testApp();
    for (const origin of ["http://localhost:5174", "https://localhost:5173", "http://evil.example", "null"]) {
      const { headers } = await send(app, get("/api/agents", { Origin: origin }));
      expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
      expect(headers.get("Access-Control-Expose-Headers")).toBeNull();
      expect(headers.get("Vary")).toBe("Origin");
    }
  });

  test("a preflight tells the methods and headers of commands", async () => {
    await using app = await testApp();
    const { status, headers } = await app.raw("/api/runtime/agents/x", {
      method: "OPTIONS",
      headers: {
        Origin: ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "content-type,x-request-id",
      },
    });
    expect(status).toBe(204);
    expect(headers.get("Access-Control-Allow-Origin")).toBe(ORIGIN);
    const methods = headers.get("Access-Control-Allow-Methods")!.split(",");
    expect(methods).toEqual(expect.arrayContaining(["GET", "POST", "PUT", "PATCH", "DELETE"]));
    expect(headers.get("Access-Control-Allow-Headers")).toContain("content-type");
    expect(headers.get("Access-Control-Max-Age")).toBe("600");
  });

  test("a preflight of another origin allows it nothing", async () => {
    await using app = await testApp();
    const { headers } = await app.raw("/api/agents", {
      method: "OPTIONS",
      headers: { Origin: "http://evil.example", "Access-Control-Request-Method": "POST" },
    });
    expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
  });
});

describe("HEAD is answered as GET is, without the body", () => {
  for (const path of [...READS, "/api/agents/nope", "/api/nope", "/openapi.json", "/docs", "/docs/scalar.js"]) {
    test(path, async () => {
      await using app = await testApp();
      await prepare(app, ROWS);
      const full = await app.raw(path);
      const { status, headers, body } = await app.call("HEAD", path);
      expect(status).toBe(full.status);
      expect(body).toBe("");
      for (const name of ["Content-Type", "X-Change-Seq", "ETag", "Content-Security-Policy"]) {
        expect(headers.get(name)).toBe(full.headers.get(name));
      }
    });
  }

  test("its length is that of the body, on a real connection", async () => {
    await using server = await testServer();
    const [full, head] = [
      await fetch(`${server.url}/health?1`),
      await fetch(`${server.url}/health?2`, { method: "HEAD" }),
    ];
    expect(head.headers.get("Content-Length")).toBe(String((await full.arrayBuffer()).byteLength));
  });
});

test("every read of rows carries the seq of the feed", async () => {
  await using app = await testApp();
  await prepare(app, ROWS);
  for (const path of READS.filter((read) => read.startsWith("/api/"))) {
    expect((await send(app, get(path))).headers.get("X-Change-Seq")).toBe("5");
  }
});

test("the seq of a read is where watching goes on without a hole", async () => {
  await using app = await testApp();
  await prepare(app, ROWS);
  const seq = (await send(app, get("/api/runtime/agents"))).headers.get("X-Change-Seq");
  await prepare(app, [agent()]);
  const { body } = await send(app, get(`/api/events?after=${seq}`));
  expect(body.events).toMatchObject([{ type: "agent.created", seq: 6 }]);
});

test("no answer may be framed, sniffed or run as a page", async () => {
  await using app = await testApp();
  for (const path of [...READS, "/api/nope"]) {
    const { headers } = await app.raw(path);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Content-Security-Policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("X-Frame-Options")).toBe("DENY");
    expect(headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
    expect(headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
  }
});

test("no answer of the API is kept by who passes it on; the docs' own files are asked for anew, or kept a day", async () => {
  await using app = await testApp();
  for (const path of [...READS, "/api/nope", "/metrics"]) {
    expect((await app.raw(path)).headers.get("Cache-Control"), path).toBe("no-store");
  }
  for (const path of ["/docs", "/openapi.json"]) {
    expect((await app.raw(path)).headers.get("Cache-Control"), path).toBe("no-cache");
  }
  expect((await app.raw("/docs/scalar.js")).headers.get("Cache-Control")).toBe("max-age=86400");
});
