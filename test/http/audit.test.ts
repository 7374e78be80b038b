import { describe, expect, test } from "bun:test";
import { createAudit } from "#src/http/audit.ts";
import type { NewSystemLog } from "#src/domain/system-log.ts";
import { memoryLog } from "#test/support/log.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const API_TOKEN = "token-of-the-environment";
const ADMIN = { Authorization: `Bearer ${API_TOKEN}` };
const definition = { name: "planner", agent_type: "planner" };

const audited = async (server: TestServer, headers = {}) =>
  (await server.call("GET", "/api/system/logs?component=auth", undefined, headers)).body;

/** What the audit has kept, oldest first, once there are so many. */
async function kept(server: TestServer, count: number, headers = {}) {
  const rows = await until("the logs of the audit", async () => {
    const found = await audited(server, headers);
    return found.length >= count ? found : null;
  });
  expect(rows).toHaveLength(count);
  return rows.toReversed();
}

describe("the audit", () => {
  test("keeps what was refused: a foreign page, a foreign name, no token, a lesser scope", async () => {
    await using server = await testServer(undefined, { apiToken: API_TOKEN });
    const made = await server.call("POST", "/api/tokens", { name: "reader", scope: "read" }, ADMIN);
    const reader = { Authorization: `Bearer ${made.body.secret}` };
    await server.call("GET", "/api/agents?secret=in-the-query", undefined, { Origin: "http://evil.example" });
    await server.call("GET", "/api/agents", undefined, { Host: "evil.example" });
    await server.call("GET", "/api/agents");
    await server.call("POST", "/api/agents", definition, { ...reader, "X-Request-Id": "mine" });
    const [, ...rows] = await kept(server, 5, ADMIN);
    expect(rows).toMatchObject([
      { log_level: "WARNING", message: expect.stringContaining("GET /api/agents: Pages of this origin") },
      { log_level: "WARNING", message: expect.stringContaining('the host "evil.example"') },
      { log_level: "WARNING", message: expect.stringContaining("asks for a token") },
      {
        log_level: "WARNING",
        component: "auth",
        message: 'Refused: POST /api/agents: The token "reader" has the scope read; this needs control.',
        details: {
          event: "refused",
          method: "POST",
          path: "/api/agents",
          request_id: "mine",
          client: "127.0.0.1",
          token: { id: made.body.id, name: "reader" },
        },
      },
    ]);
    expect(JSON.stringify(rows)).not.toContain("in-the-query");
  });

  test("keeps who changed definitions, deleted and purged, and every token made or revoked", async () => {
    await using server = await testServer(undefined, { apiToken: API_TOKEN });
    const made = await server.call("POST", "/api/agents", definition, ADMIN);
    await server.call("DELETE", `/api/agents/${made.body.id}`, undefined, ADMIN);
    await server.call("POST", "/api/storage/purge", undefined, ADMIN);
    const token = await server.call("POST", "/api/tokens", { name: "x", scope: "read" }, ADMIN);
    await server.call("DELETE", `/api/tokens/${token.body.id}`, undefined, ADMIN);
    const rows = await kept(server, 5, ADMIN);
    expect(rows.map(({ message }: { message: string }) => message)).toEqual([
      "POST /api/agents by API_TOKEN",
      `DELETE /api/agents/${made.body.id} by API_TOKEN`,
      "POST /api/storage/purge by API_TOKEN",
      "POST /api/tokens by API_TOKEN",
      `DELETE /api/tokens/${token.body.id} by API_TOKEN`,
    ]);
    expect(rows[0]).toMatchObject({ log_level: "INFO", details: { event: "privileged", status: 201 } });
    // Who asked, and what became of it.
    const { id } = token.body;
    expect(rows[3].details).toMatchObject({ token: { name: "API_TOKEN" }, subject: { id, name: "x", scope: "read" } });
    expect(rows[4].details).toMatchObject({ token: { name: "API_TOKEN" }, subject: { id } });
    expect(Object.keys(rows[0].details)).not.toContain("subject");
    expect(JSON.stringify(rows)).not.toContain(token.body.secret);
  });

  test("keeps nothing of reads, of what programs report, nor of an open server but its first token", async () => {
    await using server = await testServer();
    const made = await server.call("POST", "/api/agents", definition);
    await server.call("DELETE", `/api/agents/${made.body.id}`);
    await server.call("POST", "/api/system/logs", { component: "c", message: "m" });
    await server.call("GET", "/api/tokens");
    const token = await server.call("POST", "/api/tokens", { name: "x", scope: "admin" });
    const rows = await kept(server, 1, { Authorization: `Bearer ${token.body.secret}` });
    expect(rows).toMatchObject([{ message: "POST /api/tokens by a local program", details: { token: null } }]);
  });
});

describe("it is the server's own", () => {
  test("where there are tokens no program writes under its name", async () => {
    await using server = await testServer(undefined, { apiToken: API_TOKEN });
    const forged = { component: "auth", message: "POST /api/tokens by somebody else" };
    const answer = await server.call("POST", "/api/system/logs", forged, ADMIN);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: "/component" }] } });
    expect(await audited(server, ADMIN)).toEqual([]);
  });

  test("what stands in a path is kept as it was meant, visible, and without what looks like a secret", async () => {
    await using server = await testServer(undefined, { apiToken: API_TOKEN });
    const key = `ghp_${"a1B2".repeat(9)}`;
    await server.call("HEAD", `/api/agents/%20${key}`);
    await server.call("GET", "/api/agents/%1b%5b31mred%0a%e2%80%aerow");
    await server.call("GET", "/api/agents/%zz");
    const rows = await kept(server, 3, ADMIN);
    expect(JSON.stringify(rows)).not.toContain(key);
    expect(rows[0]).toMatchObject({ details: { method: "HEAD", client: "127.0.0.1" } });
    expect(rows.map(({ details }: { details: { path: string } }) => details.path)).toEqual([
      "/api/agents/ [redacted:github_token]",
      "/api/agents/\u{FFFD}[31mred\u{FFFD}\u{FFFD}row",
      "/api/agents/%zz",
    ]);
  });
});

describe("what is kept of it", () => {
  const asked = { method: "GET", path: "/x", request_id: "r", client: null, token: null };

  function audit(append: (row: NewSystemLog) => Promise<never>) {
    const log = memoryLog();
    return { log, ...createAudit({ append } as never, () => 0, log) };
  }

  test("does not grow with what is asked, and a flood of one hides nothing of another", () => {
    const rows: NewSystemLog[] = [];
    const { refused, privileged } = audit(async (row) => void rows.push(row) as never);
    for (let count = 0; count < 10_000; count += 1) refused(asked, "why");
    expect(rows).toHaveLength(20);
    refused({ ...asked, token: { id: "t", name: "reader" } }, "another");
    expect(rows).toHaveLength(21);
    expect(rows.at(-1)!.details).toMatchObject({ token: { id: "t" }, not_logged_before: 9_980 });
    for (let client = 0; client < 10_000; client += 1) refused({ ...asked, client: `10.0.0.${client}` }, "many");
    expect(rows.length).toBeGreaterThanOrEqual(100);
    const before = rows.length;
    for (let count = 0; count < 10_000; count += 1) privileged(asked, 200);
    expect(rows.length - before).toBeGreaterThanOrEqual(100);
  });

  test("that cannot be stored is in the server's own log", async () => {
    const { log, refused } = audit(async () => {
      throw new Error("disk full");
    });
    refused(asked, "why");
    await until("the log", () => log.lines.length > 0);
    expect(log.lines).toMatchObject([{ level: "warn", fields: { message: "Refused: GET /x: why" } }]);
  });
});
