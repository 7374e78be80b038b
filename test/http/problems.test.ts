import { describe, expect, test } from "bun:test";
import type { DatabaseManager } from "#src/database/manager.ts";
import { StoreAtLimit, StoreBusy, StoreFull, StoreOverloaded } from "#src/database/manager.ts";
import { type ProblemCode, PROBLEMS } from "#src/domain/problem.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { definition, systemLog } from "#test/support/given.ts";
import { expectRefused, JSON_TYPE, type Refused } from "#test/support/refusal.ts";
import { get, prepare, send } from "#test/support/scenario.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";

/** A store of which every write of a system log, every list of them and the probe fail like this. */
function failingStore(error: unknown): DatabaseManager {
  const fail = async () => {
    throw error;
  };
  return { systemLogs: { append: fail, list: fail }, health: fail } as unknown as DatabaseManager;
}

const errorsOf = (app: TestApp) => app.log.lines.filter(({ level }) => level === "error");

const LOG = JSON.stringify({ component: "c", message: "m" });
const write = { method: "POST", path: "/api/system/logs", body: LOG, headers: JSON_TYPE } as const;

/** The shortest way to every problem that needs no broken store and no token. */
const WAYS: Partial<Record<ProblemCode, Omit<Refused, "name" | "code">>> = {
  bad_request: { method: "GET", path: "/api/agents", headers: { Host: "a b" } },
  malformed_json: { ...write, body: "{" },
  forbidden: { method: "GET", path: "/ws/events", headers: { Upgrade: "websocket", Origin: "http://evil.example" } },
  not_found: { method: "GET", path: "/api/agents/nope" },
  method_not_allowed: { method: "PUT", path: "/api/agents" },
  conflict: { method: "POST", path: "/api/agents", headers: JSON_TYPE, body: JSON.stringify(definition().body) },
  cursor_gone: { method: "GET", path: "/api/events?after=99" },
  payload_too_large: { ...write, body: `"${"x".repeat(1024 * 1024)}"` },
  unsupported_media_type: { ...write, headers: { "Content-Type": "text/plain" } },
  validation: { ...write, body: "{}" },
  uri_too_long: { method: "GET", path: `/api/agents?q=${"x".repeat(9_000)}` },
  upgrade_required: { method: "GET", path: "/ws/events" },
};

describe("every problem of the catalogue can be met", () => {
  for (const [code, way] of Object.entries(WAYS)) {
    test(code, async () => {
      await using app = await testApp();
      await prepare(app, [definition()]);
      const { body } = await expectRefused(app, { name: code, code: code as ProblemCode, ...way });
      expect(Object.keys(body).slice(0, 7)).toEqual([
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "code",
        "request_id",
      ]);
    });
  }

  test("disk_full: nothing was stored, and the detail says so", async () => {
    await using app = await testApp({ db: failingStore(new StoreFull("full")) });
    const { body } = await expectRefused(app, { ...write, name: "disk full", code: "disk_full" });
    expect(body.detail).toBe("The disk is full. Nothing was stored.");
    expect(errorsOf(app)).toEqual([]);
  });

  test("disk_full: where the disk does not say what it has stored, nor does the detail", async () => {
    await using app = await testApp({ db: failingStore(new StoreFull("full", { isUnknown: true })) });
    const { body } = await expectRefused(app, { ...write, name: "disk full", code: "disk_full" });
    expect(body.detail).toStartWith("The disk is full. Whether it was stored is not known");
    expect(body.detail).not.toContain("Nothing was stored");
  });

  test("disk_full: at the limit of the database the detail says so", async () => {
    await using app = await testApp({ db: failingStore(new StoreAtLimit("nothing is left that may be removed")) });
    const { body } = await expectRefused(app, { ...write, name: "at the limit", code: "disk_full" });
    expect(body.detail).toContain("MAX_DATABASE_MB");
    expect(body.detail).toEndWith(" and nothing is left that may be removed. Nothing was stored.");
  });

  test("too_many_requests: says when to come back", async () => {
    await using app = await testApp({ db: failingStore(new StoreOverloaded("too many")) });
    const { headers } = await expectRefused(app, { ...write, name: "overloaded", code: "too_many_requests" });
    expect(headers.get("Retry-After")).toBe("1");
  });

  test("unavailable: says when to come back", async () => {
    await using app = await testApp({ db: failingStore(new StoreBusy("busy")) });
    for (const request of [write, { method: "GET", path: "/api/system/logs" }]) {
      const { headers } = await expectRefused(app, { ...request, name: "busy", code: "unavailable" });
      expect(headers.get("Retry-After")).toBe("1");
    }
  });

  test("internal: a fixed text, the cause only in the log under the request's id", async () => {
    const cause = new Error("SQLITE_CORRUPT: /home/someone/secret.db");
    await using app = await testApp({ db: failingStore(cause) });
    for (const request of [write, { method: "GET", path: "/api/system/logs" }]) {
      app.log.lines.length = 0;
      const { body } = await expectRefused(app, { ...request, name: "failing", code: "internal" });
      expect(body.detail).toBe("The server failed on this request. Its log has the cause under this `request_id`.");
      expect(JSON.stringify(body)).not.toContain("secret");
      expect(errorsOf(app)).toMatchObject([
        { level: "error", message: "request failed", fields: { request_id: body.request_id, error: cause } },
      ]);
    }
  });

  test("unauthorized: says how to ask", async () => {
    await using app = await testApp({ apiToken: "a-token-of-the-test" });
    const { headers } = await expectRefused(app, { ...write, name: "no token", code: "unauthorized" });
    expect(headers.get("WWW-Authenticate")).toBe('Bearer realm="orchestrator"');
  });

  test("none is left out", () => {
    const met = [...Object.keys(WAYS), "disk_full", "too_many_requests", "unavailable", "internal", "unauthorized"];
    expect(met.toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
  });
});

describe("a problem's type can be looked up", () => {
  for (const [code, { status, title, advice }] of Object.entries(PROBLEMS)) {
    test(code, async () => {
      await using app = await testApp();
      const answer = await send(app, get(`/problems/${code}`));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ code, status, title, advice });
    });
  }

  test("an unknown one", async () => {
    await using app = await testApp();
    for (const code of ["nope", "constructor", "__proto__"]) {
      await expectRefused(app, { name: code, method: "GET", path: `/problems/${code}`, code: "not_found" });
    }
  });
});

describe("GET /health", () => {
  test("is healthy while the database answers", async () => {
    await using app = await testApp();
    app.clock.advance(5_000);
    const { status, body } = await send(app, get("/health"));
    expect(status).toBe(200);
    expect(body).toEqual({
      status: "healthy",
      database: "connected",
      version: "0.0.0-test",
      uptime_s: 5,
      checks: expect.any(Object),
    });
  });

  test("is unhealthy when a probe query fails, and the log says why", async () => {
    const cause = new Error("disk gone");
    await using app = await testApp({ db: failingStore(cause) });
    const { status, body } = await send(app, get("/health"));
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: "unhealthy", database: "disconnected" });
    expect(JSON.stringify(body)).not.toContain("disk gone");
    expect(errorsOf(app)).toMatchObject([{ level: "error", fields: { error: cause } }]);
  });
});

test("a write waits for another program's lock, then answers 503; reads go on meanwhile, and later writes succeed", async () => {
  await using server = await testServer();
  await using other = await openForeignWriter(server.path);
  await other.run("begin immediate");
  const { path, body } = systemLog();
  const refused = server.call("POST", path, body);
  expect((await server.call("GET", path)).body).toEqual([]);
  const { status, headers, body: problem } = await refused;
  expect({ status, code: problem.code }).toEqual({ status: 503, code: "unavailable" });
  expect(headers.get("Retry-After")).toBe("1");
  const waiting = server.call("POST", path, body);
  await other.run("rollback");
  expect((await waiting).status).toBe(201);
  expect((await server.call("GET", path)).body).toHaveLength(1);
}, 20_000);
