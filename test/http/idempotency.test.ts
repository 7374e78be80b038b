import { describe, expect, test } from "bun:test";
import type { Json } from "#test/support/json.ts";
import { COMMAND_ROWS } from "#test/support/commands.ts";
import { query } from "#test/support/database.ts";
import { agent, definition, systemLog } from "#test/support/given.ts";
import { documentText } from "#test/support/openapi.ts";
import { prepare, send, type Sent } from "#test/support/scenario.ts";
import { type Answer, testApp, type TestApp } from "#test/support/test-app.ts";

const DAY = 24 * 60 * 60 * 1000;
const document = JSON.parse(documentText());

type Post = { readonly path: string; readonly operation: Json };

/** Every POST of the API, as the document has it: a new one is here without being named. */
const POSTS: readonly Post[] = Object.entries<Json>(document.paths)
  .filter(([path, { post }]) => path.startsWith("/api/") && post !== undefined)
  .map(([path, { post }]) => ({ path, operation: post }));

const ROWS: Record<string, string> = { orchestrator_agent_id: "id-1", agent_id: "id-2", parent_agent_id: "id-2" };

/** The example with ids of rows that are there. */
function withRows(example: Json): Json {
  if (Array.isArray(example)) return example.map(withRows);
  return Object.fromEntries(Object.entries(example).map(([field, value]) => [field, ROWS[field] ?? value]));
}

/** Bodies that the document shows; undefined where there is none to send. */
function bodiesOf({ operation }: Post): Json[] {
  const schema = operation.requestBody?.content["application/json"].schema;
  if (schema === undefined) return [undefined];
  const named = ({ $ref }: Json) => document.components.schemas[$ref.split("/").at(-1)];
  const branches: Json[] = (schema.$ref === undefined ? schema : named(schema)).anyOf ?? [schema];
  return branches.flatMap((branch) => (branch.$ref === undefined ? branch : named(branch)).examples.map(withRows));
}

const CASES = POSTS.flatMap((post) =>
  bodiesOf(post).map((body) => ({
    name: `${post.operation.operationId} ${JSON.stringify(body)?.[0] ?? ""}`,
    post,
    body,
  })),
);

const keyed = (sent: Sent, key = "k", headers: Record<string, string> = {}): Sent => ({
  ...sent,
  headers: { "Idempotency-Key": key, ...headers },
});

const replayed = ({ headers }: Answer) => headers.get("Idempotency-Replayed");
const parts = ({ status, headers, body }: Answer) => ({ status, body, location: headers.get("Location") });

async function prepared(): Promise<TestApp> {
  const app = await testApp();
  await prepare(app, COMMAND_ROWS);
  return app;
}

/** Writes and transactions so far. */
function written({ db }: TestApp) {
  const { batchWrites } = db.figures();
  return { writes: batchWrites.sum, commits: batchWrites.counts.reduce((sum, count) => sum + count, 0) };
}

test("every POST of the API documents the header, and no other route does", () => {
  expect(POSTS.length).toBeGreaterThanOrEqual(8);
  for (const [path, byMethod] of Object.entries<Json>(document.paths)) {
    for (const [method, { parameters = [], responses }] of Object.entries<Json>(byMethod)) {
      const names = parameters.filter((one: Json) => one.in === "header").map(({ name }: Json) => name);
      const takesKey = method === "post" && path.startsWith("/api/");
      expect(names.includes("Idempotency-Key"), `${method} ${path}`).toBe(takesKey);
      if (takesKey) expect(responses["409"], path).toBeDefined();
    }
  }
});

describe("every POST of the API, sent twice with one key,", () => {
  for (const { name, post, body } of CASES.filter(
    ({ post: { operation } }) => operation.operationId !== "createToken",
  )) {
    test(`is done once and answered the same: ${name}`, async () => {
      await using plain = await prepared();
      const request = { method: "POST", path: post.path, body };
      const usual = await send(plain, request);

      await using app = await prepared();
      const before = written(app);
      const first = await send(app, keyed(request));
      expect(parts(first), "as without a key").toEqual(parts(usual));
      expect(replayed(first)).toBeNull();
      const after = written(app);
      expect(after, "the effect and the key are one write").toEqual({
        writes: before.writes + 1,
        commits: before.commits + 1,
      });
      const feed = await app.changes();
      app.clock.advance(DAY - 1);
      for (let times = 0; times < 2; times += 1) {
        const again = await send(app, keyed(request));
        expect(parts(again)).toEqual(parts(first));
        expect(replayed(again)).toBe("true");
      }
      expect(written(app)).toEqual(after);
      expect(await app.changes()).toEqual(feed);
    });

    test(`and then for something else, is a conflict: ${name}`, async () => {
      await using app = await prepared();
      const request = { method: "POST", path: post.path, body };
      await send(app, keyed(request));
      const feed = await app.changes();
      const parameter = (post.operation.parameters ?? []).find((one: Json) => one.in === "query");
      const other =
        parameter === undefined
          ? systemLog({ message: "another" })
          : { ...request, path: `${post.path}?${parameter.name}=true` };
      const answer = await send(app, keyed(other));
      expect(answer).toMatchObject({ status: 409, body: { code: "conflict" } });
      expect(answer.body.detail).toContain("Idempotency-Key");
      expect(await app.changes()).toEqual(feed);
    });
  }

  test("POST /api/tokens: the secret is stored nowhere, so that a repeat is a conflict that names the token", async () => {
    await using app = await testApp({ apiToken: "token-of-the-environment" });
    const admin = { Authorization: "Bearer token-of-the-environment" };
    const request = keyed({ method: "POST", path: "/api/tokens", body: { name: "laptop", scope: "read" } }, "k", admin);
    const before = written(app);
    const first = await send(app, request);
    expect(first).toMatchObject({ status: 201, body: { name: "laptop" } });
    expect(first.body.secret).toStartWith("orc_");
    expect(written(app).writes).toBe(before.writes + 1);
    const again = await send(app, request);
    expect(again).toMatchObject({ status: 409, body: { code: "conflict", id: first.body.id } });
    expect(again.body.detail).toContain(`"${first.body.id}"`);
    expect(query(app.path, "select id from orchestrator_tokens")).toEqual([{ id: first.body.id }]);
    const kept = JSON.stringify(query(app.path, "select * from orchestrator_idempotency"));
    expect(kept).not.toContain(first.body.secret);
  });
});

describe("the same key", () => {
  test("with another body is a conflict, also when only its spaces are others", async () => {
    await using app = await testApp();
    const body = { component: "c", message: "m" };
    await send(app, keyed({ method: "POST", path: "/api/system/logs", body }));
    const texts = [JSON.stringify({ ...body, message: "n" }), JSON.stringify(body, null, 1)];
    for (const text of texts) {
      const answer = await app.raw("/api/system/logs", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": "k" },
        body: text,
      });
      expect(answer).toMatchObject({ status: 409, body: { code: "conflict" } });
    }
    expect(await app.changes()).toHaveLength(1);
  });

  test("is another one for another token", async () => {
    await using app = await testApp({ apiToken: "token-of-the-environment" });
    const as = (secret: string) => ({ Authorization: `Bearer ${secret}` });
    const secrets = ["token-of-the-environment"];
    for (const name of ["one", "other"]) {
      const made = await app.call("POST", "/api/tokens", { name, scope: "ingest" }, as(secrets[0]!));
      secrets.push(made.body.secret);
    }
    const answers = [];
    for (const secret of secrets) {
      answers.push(await send(app, keyed(systemLog(), "k", as(secret))));
      const other = await send(app, keyed(systemLog({ message: "another" }), "k", as(secret)));
      expect(other.status, "of the same token").toBe(409);
    }
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(3);
  });

  test("is free again after 24 hours", async () => {
    await using app = await testApp();
    const first = await send(app, keyed(systemLog()));
    app.clock.advance(DAY);
    const later = await send(app, keyed(systemLog({ message: "another" })));
    expect([first.status, later.status, replayed(later)]).toEqual([201, 201, null]);
  });

  test("does nothing where the method is no POST", async () => {
    await using app = await testApp();
    await prepare(app, [definition(), agent()]);
    const path = "/api/runtime/agents/id-2";
    for (const status of ["executing", "waiting"]) {
      const answer = await send(app, keyed({ method: "PATCH", path, body: { status } }));
      expect(answer).toMatchObject({ status: 200, body: { status } });
      expect(replayed(answer)).toBeNull();
    }
  });

  test("twenty times at once is done once, and all are answered the same", async () => {
    await using app = await testApp();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(app, keyed(definition()))));
    expect(new Set(answers.map((answer) => JSON.stringify(parts(answer)))).size).toBe(1);
    expect(answers[0]!.status).toBe(201);
    expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1);
    expect(await app.changes()).toHaveLength(1);
  });

  test("of an agent that is known already is answered as the first was, whatever came of the agent", async () => {
    await using app = await testApp();
    await prepare(app, [definition(), agent({ external_id: "x" })]);
    const known = await send(app, keyed(agent({ external_id: "x" })));
    expect(known).toMatchObject({ status: 200, body: { id: "id-2", status: "initializing" } });
    await send(app, { method: "PATCH", path: "/api/runtime/agents/id-2", body: { status: "executing" } });
    const again = await send(app, keyed(agent({ external_id: "x" })));
    expect(parts(again)).toEqual(parts(known));
    await send(app, { method: "DELETE", path: "/api/runtime/agents/id-2" });
    expect(parts(await send(app, keyed(agent({ external_id: "x" }))))).toEqual(parts(known));
  });
});

describe("an error", () => {
  test("is not kept: the same is tried again, and then kept", async () => {
    await using app = await testApp();
    await prepare(app, [definition()]);
    const request = keyed({
      method: "POST",
      path: "/api/runtime/prompts",
      body: { agent_id: "id-2", prompt_type: "command", prompt_text: "Go" },
    });
    expect((await send(app, request)).status).toBe(404);
    await prepare(app, [agent()]);
    const done = await send(app, request);
    expect([done.status, replayed(done)]).toEqual([201, null]);
    expect(replayed(await send(app, request))).toBe("true");
  });

  test("that a taken name is does not take the key", async () => {
    await using app = await testApp();
    await prepare(app, [definition()]);
    expect((await send(app, keyed(definition()))).status).toBe(409);
    expect((await send(app, keyed(definition({ name: "builder" })))).status).toBe(201);
  });

  test("after what was asked for was done is none: the answer is that of what was done", async () => {
    await using app = await testApp();
    const db: TestApp["db"] = {
      ...app.db,
      idempotency: {
        ...app.db.idempotency,
        keeping(...of) {
          const keeping = app.db.idempotency.keeping(...of);
          const append: typeof keeping.systemLogs.append = async (row) => {
            await keeping.systemLogs.append(row);
            throw new Error("the answer of the store was lost");
          };
          return { ...keeping, systemLogs: { ...keeping.systemLogs, append } };
        },
      },
    };
    await using failing = await testApp({ db });
    const answer = await send(failing, keyed(systemLog()));
    expect([answer.status, replayed(answer)]).toEqual([201, "true"]);
    expect(await app.changes()).toHaveLength(1);
  });
});

describe("a key is 1 to 255 visible ASCII characters:", () => {
  test.each(["!", "~".repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])("%s is one", async (key) => {
    await using app = await testApp();
    expect((await send(app, keyed(systemLog(), key))).status).toBe(201);
    expect(replayed(await send(app, keyed(systemLog(), key)))).toBe("true");
  });

  test.each(["", "x".repeat(256), "a b", "a, b", "é", "a\tb", "\u007f"])("%j is none", async (key) => {
    await using app = await testApp();
    const answer = await send(app, keyed(systemLog(), key));
    expect(answer).toMatchObject({
      status: 422,
      body: { code: "validation", errors: [{ pointer: "Idempotency-Key" }] },
    });
    expect(await app.changes()).toEqual([]);
  });
});

test("a page of an allowed origin may send the key, and see that an answer was given before", async () => {
  await using app = await testApp();
  const origin = { Origin: "http://localhost:5173" };
  const { headers } = await app.raw("/api/system/logs", {
    method: "OPTIONS",
    headers: {
      ...origin,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "content-type,idempotency-key",
    },
  });
  expect(headers.get("Access-Control-Allow-Headers")).toContain("idempotency-key");
  const answer = await send(app, keyed(systemLog(), "k", origin));
  expect(answer.headers.get("Access-Control-Expose-Headers")).toContain("Idempotency-Replayed");
});
