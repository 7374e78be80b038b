import { describe, expect, test } from "bun:test";
import { SCOPES } from "#src/domain/vocabulary.ts";
import { get, post, remove, send } from "#test/support/scenario.ts";
import { testApp, type TestApp } from "#test/support/test-app.ts";
import { START } from "#test/support/clock.ts";
import { until } from "#test/support/until.ts";

const API_TOKEN = "token-of-the-environment";
const DAY = 86_400_000;

const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });
const as = (secret: string, sent: { method: string; path: string; body?: unknown }) => ({
  ...sent,
  headers: bearer(secret),
});

async function make(app: TestApp, body: object, secret = API_TOKEN) {
  const answer = await send(app, as(secret, post("/api/tokens", body)));
  expect(answer.status).toBe(201);
  return answer.body;
}

describe("POST /api/tokens", () => {
  test("shows the secret this once, and stores its SHA-256", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const made = await make(app, { name: "laptop", scope: "ingest" });
    expect(made).toEqual({
      id: "id-1",
      name: "laptop",
      scope: "ingest",
      prefix: made.secret.slice(0, 12),
      created_at: new Date(START).toISOString(),
      last_used_at: null,
      expires_at: null,
      secret: expect.stringMatching(/^orc_[\w-]{43}$/),
    });
    const { secret, ...token } = made;
    expect((await send(app, as(API_TOKEN, get("/api/tokens")))).body).toEqual([token]);
    const [credential] = await app.db.tokens.credentials();
    expect(credential!.hash).toBe(new Bun.CryptoHasher("sha256").update(secret).digest("hex"));
    for (const file of [app.path, `${app.path}-wal`]) {
      const bytes = Buffer.from(await Bun.file(file).bytes());
      expect(bytes.includes("laptop") || file === app.path).toBe(true);
      expect(bytes.includes(secret.slice(12))).toBe(false);
    }
  });

  test("two are never the same", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const secrets = new Set<string>();
    for (let count = 0; count < 20; count += 1) secrets.add((await make(app, { name: "x", scope: "read" })).secret);
    expect(secrets.size).toBe(20);
  });

  test("keeps when it expires, as a time or a date", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const cases = [
      ["2099-01-01", "2099-01-01T00:00:00.000Z"],
      ["2099-01-01T12:00:00+02:00", "2099-01-01T10:00:00.000Z"],
      [null, null],
    ];
    for (const [given, kept] of cases) {
      expect((await make(app, { name: "x", scope: "read", expires_at: given })).expires_at).toBe(kept);
    }
  });

  const wrong = [
    [{ scope: "read" }, "/name"],
    [{ name: "", scope: "read" }, "/name"],
    [{ name: "x".repeat(256), scope: "read" }, "/name"],
    [{ name: "x" }, "/scope"],
    [{ name: "x", scope: "root" }, "/scope"],
    [{ name: "x", scope: "read", expires_at: "tomorrow" }, "/expires_at"],
    [{ name: "x", scope: "read", expires_at: "2020-01-01T00:00:00Z" }, "/expires_at"],
    [{ name: "x", scope: "read", secret: "orc_mine" }, "/secret"],
  ] as const;
  test.each(wrong)("refuses %j", async (body, pointer) => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const answer = await send(app, as(API_TOKEN, post("/api/tokens", body)));
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
    expect(await app.db.tokens.credentials()).toEqual([]);
  });
});

describe("GET /api/tokens", () => {
  test("is newest first, and paged", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    for (const name of ["a", "b", "c"]) {
      await make(app, { name, scope: "read" });
      app.clock.advance(1000);
    }
    const first = await send(app, as(API_TOKEN, get("/api/tokens?limit=2")));
    expect(first.body.map(({ name }: { name: string }) => name)).toEqual(["c", "b"]);
    const [, next] = /<(.+)>; rel="next"/.exec(first.headers.get("Link")!)!;
    const second = await send(app, as(API_TOKEN, get(next!)));
    expect(second.body.map(({ name }: { name: string }) => name)).toEqual(["a"]);
    expect(second.headers.get("Link")).toBeNull();
  });
});

describe("a token that ends while a body is on its way", () => {
  /** A body of which the rest is sent when the test says so. */
  function slowBody(text: string) {
    const rest = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode(text.slice(0, 3)));
        asked.resolve();
        await rest.promise;
        controller.enqueue(new TextEncoder().encode(text.slice(3)));
        controller.close();
      },
    });
    return { body, begun: asked.promise, finish: rest.resolve };
  }

  const late = JSON.stringify({ name: "late", scope: "admin" });
  const begin = (app: TestApp, body: ReadableStream, headers: Record<string, string>) =>
    app.raw("/api/tokens", { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body });

  test("revoked: the command is refused, and nothing is stored", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const { id, secret } = await make(app, { name: "x", scope: "admin" });
    const { body, begun, finish } = slowBody(late);
    const answer = begin(app, body, bearer(secret));
    await begun;
    await send(app, as(API_TOKEN, remove(`/api/tokens/${id}`)));
    finish();
    expect((await answer).body).toMatchObject({ status: 401, detail: "The token ended while this was sent." });
    expect(await app.db.tokens.credentials()).toEqual([]);
  });

  test("and nobody's, when the first token is made meanwhile", async () => {
    await using app = await testApp();
    const { body, begun, finish } = slowBody(late);
    const answer = begin(app, body, {});
    await begun;
    await send(app, post("/api/tokens", { name: "first", scope: "admin" }));
    finish();
    expect((await answer).status).toBe(401);
    expect((await app.db.tokens.credentials()).map(({ name }) => name)).toEqual(["first"]);
  });
});

describe("a token", () => {
  test("may do what its scope says, and what the lesser ones may", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const needed = {
      read: get("/api/agents"),
      ingest: post("/api/system/logs", { component: "c", message: "m" }),
      control: post("/api/storage/purge", undefined),
      admin: get("/api/tokens"),
    };
    for (const [rank, held] of SCOPES.entries()) {
      const { secret } = await make(app, { name: held, scope: held });
      for (const [index, scope] of SCOPES.entries()) {
        const { status, headers, body } = await send(app, as(secret, needed[scope]));
        if (index <= rank) expect(status, `${held} may ${scope}`).toBeLessThan(300);
        else {
          expect({ held, scope, status }).toMatchObject({ status: 403 });
          expect(body).toMatchObject({ code: "forbidden", detail: expect.stringContaining(`this needs ${scope}`) });
          expect(headers.get("WWW-Authenticate")).toEndWith(`error="insufficient_scope", scope="${scope}"`);
        }
      }
    }
  });

  const rubbish: Record<string, string | undefined> = {
    none: undefined,
    "an unknown one": "Bearer orc_unknown",
    "another kind": "Basic dXNlcjpwdw==",
    "the word alone": "Bearer",
    "two words": "Bearer a b",
    "a letter beyond ASCII": "Bearer t\u00f6ken",
  };
  for (const [name, header] of Object.entries(rubbish)) {
    test(`is asked for, and ${name} is refused with 401`, async () => {
      await using app = await testApp({ apiToken: API_TOKEN });
      const headers: Record<string, string> = header === undefined ? {} : { Authorization: header };
      const { status, headers: answered, body } = await send(app, { ...get("/api/agents"), headers });
      expect({ status, code: body.code }).toEqual({ status: 401, code: "unauthorized" });
      expect(answered.get("WWW-Authenticate")).toStartWith('Bearer realm="orchestrator"');
    });
  }

  test("with the right beginning and a wrong rest is refused", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const { secret } = await make(app, { name: "x", scope: "admin" });
    const forged = secret.slice(0, -1) + (secret.endsWith("A") ? "B" : "A");
    expect((await send(app, as(forged, get("/api/agents")))).status).toBe(401);
    expect((await send(app, as(secret, get("/api/agents")))).status).toBe(200);
  });

  test("is refused from the moment on at which it expires, and still counts as one", async () => {
    await using app = await testApp();
    const { body } = await send(
      app,
      post("/api/tokens", { name: "x", scope: "admin", expires_at: new Date(START + DAY).toISOString() }),
    );
    app.clock.advance(DAY - 1);
    expect((await send(app, as(body.secret, get("/api/agents")))).status).toBe(200);
    app.clock.advance(1);
    const answer = await send(app, as(body.secret, get("/api/agents")));
    expect(answer.body).toMatchObject({ status: 401, detail: "The token has expired: make a new one." });
    expect(answer.headers.get("WWW-Authenticate")).toContain('error="invalid_token"');
    expect((await send(app, get("/api/agents"))).status).toBe(401);
  });

  test("is refused as soon as it is revoked; without any the server is open again", async () => {
    await using app = await testApp();
    const made = (await send(app, post("/api/tokens", { name: "x", scope: "admin" }))).body;
    expect((await send(app, get("/api/agents"))).status).toBe(401);
    expect((await send(app, as(made.secret, remove(`/api/tokens/${made.id}`)))).status).toBe(204);
    expect((await send(app, get("/api/agents"))).status).toBe(200);
    expect((await send(app, remove(`/api/tokens/${made.id}`))).status).toBe(404);
  });

  test("says when it was last used, to the minute", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const { secret } = await make(app, { name: "x", scope: "read" });
    const usedAt = async () => (await send(app, as(API_TOKEN, get("/api/tokens")))).body[0].last_used_at;
    const noted = (at: string) => until("its use to be noted", async () => (await usedAt()) === at);
    const use = async () => {
      await send(app, as(secret, get("/api/agents")));
    };
    await use();
    const first = new Date(app.clock()).toISOString();
    await noted(first);
    app.clock.advance(59_000);
    await use();
    app.clock.advance(1_000);
    expect(await usedAt()).toBe(first);
    await use();
    await noted(new Date(app.clock()).toISOString());
  });

  test("as a subprotocol is one for sockets only", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    const headers = { "Sec-WebSocket-Protocol": `orchestrator, bearer.${API_TOKEN}` };
    expect((await send(app, get("/api/agents", headers))).status).toBe(401);
  });

  test("in the address is no token", async () => {
    await using app = await testApp({ apiToken: API_TOKEN });
    for (const name of ["token", "access_token", "api_token"]) {
      expect((await send(app, get(`/api/agents?${name}=${API_TOKEN}`))).status).toBe(401);
    }
  });
});

test("a browser is sent to the dashboard, and may load it and read the docs, without one", async () => {
  await using app = await testApp({ apiToken: API_TOKEN });
  expect((await send(app, get("/"))).status).toBe(401);
  const sent = await app.raw("/", { headers: { Accept: "text/html" } });
  expect({ status: sent.status, to: sent.headers.get("Location") }).toEqual({ status: 302, to: "/dashboard" });
  for (const path of ["/dashboard", "/dashboard/logs", "/docs", "/openapi.json", "/health"])
    expect((await app.raw(path)).status).toBe(200);
});

test("API_TOKEN is an admin token that no list shows", async () => {
  await using app = await testApp({ apiToken: API_TOKEN });
  expect((await send(app, as(API_TOKEN, get("/api/tokens")))).body).toEqual([]);
  expect((await send(app, as(`${API_TOKEN}x`, get("/api/tokens")))).status).toBe(401);
});

test("without any token a server on loopback takes whatever is sent as one", async () => {
  await using app = await testApp();
  expect((await send(app, as("orc_anything", get("/api/agents")))).status).toBe(200);
});
