import { describe, expect, test } from "bun:test";
import type { HttpDeps } from "#src/http/env.ts";
import { createSourceCheck } from "#src/http/source.ts";
import { Problem } from "#src/domain/problem.ts";
import { get, type Scenario, runScenarios } from "#test/support/scenario.ts";
import { exchange } from "#test/support/exchange.ts";
import { testApp } from "#test/support/test-app.ts";
import { testServer } from "#test/support/test-server.ts";

type Rules = Parameters<typeof createSourceCheck>[0];
const RULES: Rules = {
  host: "192.168.1.5",
  allowedHosts: ["build.example", "one.example:8000", "[fe80::1]"],
  corsOrigins: ["http://ui.example:5173"],
};

/** The status of a refusal, null when there is none. */
function refusal(rules: Rules, headers: Record<string, string>): string | null {
  try {
    createSourceCheck(rules)(asked(headers));
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

const asked = (headers: Record<string, string>, url = "http://localhost/") =>
  ({ url, headers: new Headers(headers) }) as Request;

describe("Host and Origin: the Host of a request", () => {
  const taken = [
    "localhost",
    "localhost:8000",
    "LocalHost:1",
    "127.0.0.1",
    "127.0.0.1:65535",
    "127.1.2.3",
    "[::1]:8000",
    "[::1]",
    "192.168.1.5:8000",
    "build.example",
    "Build.Example:443",
    "one.example:8000",
    "[fe80::1]:8000",
  ];
  test.each(taken)("may be %s", (host) => {
    expect(refusal(RULES, { Host: host })).toBeNull();
  });

  const foreign = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.evil.example",
    "evil-localhost",
    "0.0.0.0:8000",
    "192.168.1.6",
    "one.example",
    "one.example:8001",
    "sub.build.example",
    "build.example.",
    "127.1",
    "2130706433",
    "[::2]",
    "[::ffff:8.8.8.8]",
  ];
  test.each(foreign)("must not be %s", (host) => {
    expect(refusal(RULES, { Host: host })).toBe("forbidden");
  });

  test.each(["", "a b", "a, b", "http://localhost", "user@localhost", "localhost:x", "[::1", "localhost/x"])(
    "%j is none",
    (host) => {
      expect(refusal(RULES, { Host: host })).toBe("bad_request");
    },
  );

  test("that was taken once is taken again, and one that was not is not", () => {
    const check = createSourceCheck(RULES);
    for (let times = 0; times < 3; times += 1) {
      expect(() => check(asked({ Host: "localhost:8000" }))).not.toThrow();
      expect(() => check(asked({ Host: "evil.example" }))).toThrow("ALLOWED_HOSTS");
    }
  });
});

describe("Host and Origin: the Origin of a request", () => {
  const Host = "localhost:8000";
  test.each(["http://localhost:8000", "https://localhost:8000", "http://ui.example:5173"])("may be %s", (origin) => {
    expect(refusal(RULES, { Host, Origin: origin })).toBeNull();
  });

  const foreign = [
    "http://evil.example",
    "http://localhost",
    "http://localhost:3000",
    "http://127.0.0.1:8000",
    "https://ui.example:5173",
    "http://ui.example:5174",
    "http://ui.example:5173.evil.example",
    "null",
    "",
    "file://",
    "chrome-extension://abc",
    "http://localhost:8000/",
    "HTTP://UI.EXAMPLE:5173",
  ];
  test.each(foreign)("must not be %s", (origin) => {
    expect(refusal(RULES, { Host, Origin: origin })).toBe("forbidden");
  });

  test("is the own one only under the very host that was asked for", () => {
    expect(refusal(RULES, { Host: "build.example:443", Origin: "https://build.example:443" })).toBeNull();
    expect(refusal(RULES, { Host: "build.example", Origin: "https://build.example" })).toBeNull();
    expect(refusal(RULES, { Host: "build.example", Origin: "http://localhost" })).toBe("forbidden");
    expect(refusal(RULES, { Origin: "http://localhost" })).toBe("forbidden");
  });
});

describe("what browsers say of a request without an Origin", () => {
  const of = (site: string, mode: string, dest: string) =>
    refusal(RULES, {
      Host: "localhost:8000",
      "Sec-Fetch-Site": site,
      "Sec-Fetch-Mode": mode,
      "Sec-Fetch-Dest": dest,
    });

  test.each(["cross-site", "same-site"])("what a %s page loads is refused", (site) => {
    for (const [mode, dest] of [
      ["no-cors", "empty"],
      ["no-cors", "image"],
      ["no-cors", "script"],
      ["navigate", "iframe"],
      ["navigate", "embed"],
    ] as const) {
      expect(of(site, mode, dest)).toBe("forbidden");
    }
  });

  test("a link that somebody follows is answered, and so is the own page", () => {
    for (const site of ["cross-site", "same-site", "none"]) expect(of(site, "navigate", "document")).toBeNull();
    for (const dest of ["empty", "script", "image"]) expect(of("same-origin", "no-cors", dest)).toBeNull();
  });
});

test("a request without a Host, of which the address cannot be told, is refused", () => {
  expect(() => createSourceCheck(RULES)(asked({}, "/health"))).toThrow("no Host");
});

const FORBIDDEN: Omit<Scenario, "name" | "request"> = { status: 403, problem: "forbidden", changes: [] };
const JSON_POST = { method: "POST", path: "/api/system/logs", body: { component: "c", message: "m" } };
const EVIL = { Origin: "http://evil.example" };

runScenarios("before anything runs", [
  { ...FORBIDDEN, name: "a command of a foreign page is refused", request: { ...JSON_POST, headers: EVIL } },
  {
    ...FORBIDDEN,
    name: "a command under a foreign name is refused",
    request: { ...JSON_POST, headers: { Host: "evil.example" } },
  },
  { ...FORBIDDEN, name: "so is a query", request: get("/api/agents", EVIL) },
  { ...FORBIDDEN, name: "so is what everybody may see", request: get("/health", { Host: "evil.example" }) },
  { ...FORBIDDEN, name: "so is what is not there", request: get("/api/nope", EVIL) },
  {
    name: "a page may not send a form, though it is allowed",
    request: {
      ...JSON_POST,
      headers: { Origin: "http://localhost:5173", "Content-Type": "application/x-www-form-urlencoded" },
    },
    status: 415,
    problem: "unsupported_media_type",
  },
]);

test("no answer allows every origin", async () => {
  await using app = await testApp();
  for (const headers of [EVIL, { Origin: "http://localhost:5173" }, {}]) {
    for (const method of ["GET", "OPTIONS"]) {
      const sent = { ...headers, "Access-Control-Request-Method": "POST" } as Record<string, string>;
      const answer = await app.raw("/api/agents", { method, headers: sent });
      expect(answer.headers.get("Access-Control-Allow-Origin")).not.toBe("*");
      expect(answer.headers.get("Access-Control-Allow-Credentials")).toBeNull();
    }
  }
});

test("a server of another name answers under it and under its own", async () => {
  const rules: Partial<HttpDeps> = { allowedHosts: ["build.example:8000"] };
  await using app = await testApp(rules);
  for (const [host, status] of [
    ["build.example:8000", 200],
    ["build.example:8001", 403],
    ["localhost:1234", 200],
  ] as const) {
    expect((await app.raw("/api/agents", { headers: { Host: host } })).status).toBe(status);
  }
});

test("sockets and streams of foreign pages are refused, on a real port", async () => {
  await using server = await testServer();
  const upgrade = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13" };
  const key = { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
  for (const path of ["/ws/events", "/ws/agent-status"]) {
    for (const headers of [EVIL, { Host: "evil.example" }]) {
      const { status } = await server.call("GET", path, undefined, { ...upgrade, ...key, ...headers } as never);
      expect(status).toBe(403);
    }
  }
  const answer = await exchange(server.url, ["GET /health HTTP/1.0\r\n\r\n"]);
  expect(answer).toContain("HTTP/1.1 400");
  const stream = await server.call("GET", "/api/events", undefined, { Accept: "text/event-stream", ...EVIL });
  expect(stream.status).toBe(403);
});
