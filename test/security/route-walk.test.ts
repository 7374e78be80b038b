import { describe, expect, test } from "bun:test";
import type { NeededScope, Scope } from "#src/domain/token.ts";
import { SCOPES } from "#src/domain/vocabulary.ts";
import { documentText } from "#test/support/openapi.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";

const API_TOKEN = "token-of-the-environment";
const EVIL = { Origin: "http://evil.example" };
const REBOUND = { Host: "evil.example:8000" };
const UPGRADE = {
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

type Operation = { readonly security?: readonly Record<string, readonly string[]>[]; readonly description: string };
type Route = { readonly method: string; readonly path: string; readonly scope: NeededScope | undefined };

const document = JSON.parse(documentText()) as { readonly paths: Record<string, Record<string, Operation>> };

/** The scope that the document names for an operation; undefined when it names none. */
function scopeOf({ security }: Operation): NeededScope | undefined {
  if (security?.length === 0) return "public";
  const [scope, ...more] = security?.[0]?.["bearer"] ?? [];
  return more.length === 0 ? (scope as Scope | undefined) : undefined;
}

const ROUTES: readonly Route[] = Object.entries(document.paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path: path.replaceAll(/\{\w+\}/g, "x"),
    scope: scopeOf(operation),
  })),
);

const isSocket = ({ path }: Route) => path.startsWith("/ws");

/** Sends it over the wire as a client would; a socket is asked for with its upgrade. */
async function ask(server: TestServer, route: Route, headers: Record<string, string>): Promise<number> {
  const isCommand = route.method !== "GET";
  const response = await fetch(server.url + route.path, {
    method: route.method,
    redirect: "manual",
    headers: {
      ...(isSocket(route) ? UPGRADE : {}),
      ...(isCommand ? { "Content-Type": "application/json" } : {}),
      ...headers,
    },
    // Not valid anywhere: what is let through stores nothing.
    ...(isCommand ? { body: "[]" } : {}),
  });
  await response.body?.cancel();
  return response.status;
}

const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });

/** A server with a token of each scope. */
async function guardedServer() {
  const server = await testServer(undefined, { apiToken: API_TOKEN });
  const secrets = {} as Record<Scope, string>;
  for (const scope of SCOPES) {
    const made = await server.call("POST", "/api/tokens", { name: scope, scope }, bearer(API_TOKEN));
    secrets[scope] = made.body.secret;
  }
  return { server, secrets };
}

test("every route declares its scope, and its description names it", () => {
  expect(ROUTES.length).toBeGreaterThan(35);
  for (const [path, byMethod] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(byMethod)) {
      const scope = scopeOf(operation);
      expect(["public", ...SCOPES], `${method} ${path}`).toContain(scope as string);
      expect(operation.description, `${method} ${path}`).toContain(
        scope === "public" ? "Needs no token" : `\`${scope}\``,
      );
    }
  }
});

test("only health, the dashboard and the docs are public; deletes take control, tokens take admin, no read takes more than read but theirs", () => {
  const open = ROUTES.filter(({ scope }) => scope === "public").map(({ path }) => path);
  expect(open.toSorted()).toEqual([
    "/dashboard",
    "/dashboard/assets/x",
    "/dashboard/x",
    "/docs",
    "/docs/scalar.js",
    "/health",
    "/openapi.json",
  ]);
  for (const { method, path, scope } of ROUTES) {
    const what = `${method} ${path}`;
    if (path.startsWith("/api/tokens")) expect(scope, what).toBe("admin");
    // Its tools that store something are there for who may `ingest` only.
    else if (path === "/mcp") expect(scope, what).toBe("read");
    else if (method === "GET") expect(["public", "read"], what).toContain(scope as string);
    else if (method === "DELETE" || path.startsWith("/api/agents")) expect(scope, what).toBe("control");
    else expect(["ingest", "control"], what).toContain(scope as string);
  }
});

describe("every route", async () => {
  const { server, secrets } = await guardedServer();
  const open = await testServer();

  for (const route of ROUTES) {
    const scope = route.scope ?? "admin";
    const rank = scope === "public" ? -1 : SCOPES.indexOf(scope);
    test(`${route.method} ${route.path} (${scope})`, async () => {
      const admin = bearer(API_TOKEN);
      expect(await ask(server, route, { ...admin, ...EVIL }), "a foreign page, with a good token").toBe(403);
      expect(await ask(server, route, { ...admin, ...REBOUND }), "a rebound name, with a good token").toBe(403);
      expect(await ask(open, route, EVIL), "a foreign page, without tokens").toBe(403);
      expect(await ask(open, route, REBOUND), "a rebound name, without tokens").toBe(403);
      expect([401, 403], "an open server").not.toContain(await ask(open, route, {}));
      for (const headers of [{}, bearer("orc_wrong"), { Authorization: "Basic eDp5" }]) {
        const status = await ask(server, route, headers);
        if (scope === "public") expect([401, 403], "no token").not.toContain(status);
        else expect(status, "no token, or a wrong one").toBe(401);
      }
      for (const [held, name] of SCOPES.entries()) {
        const status = await ask(server, route, bearer(secrets[name]));
        if (held < rank) expect(status, `the lesser scope ${name}`).toBe(403);
        else expect([401, 403], `the scope ${name}`).not.toContain(status);
      }
    });
  }

  test("stored nothing of all that", async () => {
    for (const of of [server, open]) {
      const { body } = await of.call("GET", "/api/events?after=0&limit=1000", undefined, bearer(API_TOKEN));
      const kinds = body.events.map(({ type }: { type: string }) => type);
      // But for what the audit keeps.
      expect(new Set(kinds.filter((type: string) => type !== "system_log.created"))).toEqual(new Set());
    }
    const { body } = await server.call("GET", "/api/system/logs?limit=1000", undefined, bearer(API_TOKEN));
    expect(new Set(body.map(({ component }: { component: string }) => component))).toEqual(new Set(["auth"]));
    await Promise.all([server, open].map((one) => one[Symbol.asyncDispose]()));
  });
});

describe("an upgrade, as a client that speaks WebSocket makes it", () => {
  const paths = ROUTES.filter(isSocket).map(({ path }) => path);

  /** Whether it was opened. */
  function opens(url: string, protocols: string[], headers: Record<string, string>): Promise<boolean> {
    const socket = new WebSocket(url, { protocols, headers });
    return new Promise((resolve) => {
      socket.onopen = () => {
        socket.close();
        resolve(true);
      };
      socket.onclose = () => resolve(false);
    });
  }

  test.each(paths)("%s", async (path) => {
    const { server, secrets } = await guardedServer();
    await using _ = server;
    const url = server.url.replace(/^http/, "ws") + path;
    const offer = (secret: string) => ["orchestrator", `bearer.${secret}`];
    expect(await opens(url, [], {})).toBe(false);
    expect(await opens(url, offer("orc_wrong"), {})).toBe(false);
    expect(await opens(`${url}?token=${secrets.read}`, [], {})).toBe(false);
    expect(await opens(url, offer(secrets.read), EVIL)).toBe(false);
    expect(await opens(url, offer(secrets.read), REBOUND)).toBe(false);
    expect(await opens(url, offer(secrets.read), {})).toBe(true);
    expect(await opens(url, offer(secrets.admin), { Origin: server.url })).toBe(true);
  });
});
