import { describe, expect, test } from "bun:test";
import { cliOf, runCli } from "#test/support/cli.ts";
import { refusingServer } from "#test/support/fake-server.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import { runSql } from "#test/support/scenario.ts";
import { testServer } from "#test/support/test-server.ts";

/** Every command that asks a server. */
const COMMANDS = [
  "status",
  "status --watch",
  "tail",
  "tail --json",
  "logs",
  "logs --system",
  "agents list",
  "agents show x",
  "agents create x --type skill",
  "agents update x --name y",
  "agents delete x",
  "runs list",
  "runs show x",
  "runs start x --session s",
  "runs set x idle",
  "runs cancel x",
  "openapi",
];

const STATUSES = [
  { status: 400, code: 2 },
  { status: 401, code: 1 },
  { status: 403, code: 1 },
  { status: 404, code: 3 },
  { status: 409, code: 4 },
  { status: 410, code: 3 },
  { status: 413, code: 1 },
  { status: 422, code: 2 },
  { status: 429, code: 1 },
  { status: 500, code: 1 },
  { status: 503, code: 1 },
  { status: 507, code: 1 },
];

describe("what the server refuses is one line on stderr:", () => {
  test.each(STATUSES)("$status ends with $code", async ({ status, code }) => {
    await using server = refusingServer(status, "It was refused.");
    for (const command of COMMANDS) {
      const exit = await cliOf(server.url)(...command.split(" "));
      expect(exit.stderr, command).toMatch(/^[^\n]+\n$/);
      expect({ command, code: exit.code, stdout: exit.stdout }).toEqual({ command, code, stdout: "" });
      // Whoever is looked for by name says what was looked for.
      if (status !== 404) expect(exit.stderr).toStartWith("It was refused.");
    }
  });

  test("401 says which variable holds the token", async () => {
    await using server = refusingServer(401, "The token is not valid.");
    const { stderr } = await cliOf(server.url)("status");
    expect(stderr).toBe("The token is not valid. (set ORCHESTRATOR_TOKEN to a valid token)\n");
  });

  test("every fault of a request is told", async () => {
    const errors = [
      { pointer: "/a", detail: "one" },
      { pointer: "/b", detail: "two" },
    ];
    await using server = refusingServer(422, "The body is not valid: /a: one", { errors });
    const { code, stderr } = await cliOf(server.url)("runs", "set", "x", "idle");
    expect({ code, stderr }).toEqual({ code: 2, stderr: "The body is not valid: /a: one; /b: two\n" });
  });

  test("and never obeyed", async () => {
    await using server = refusingServer(500, HOSTILE);
    const { code, stderr } = await cliOf(server.url)("runs", "list");
    expect(rawIn(stderr)).toEqual([]);
    expect(stderr).toMatch(/^\\x1b\[31mred[^\n]+\n$/);
    expect(code).toBe(1);
  });
});

test("the token is sent by every command", async () => {
  const seen = new Set<string | null>();
  await using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      seen.add(request.headers.get("Authorization"));
      const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "r" };
      return new Response('{"detail": "no", "code": "forbidden"}', { status: 403, headers });
    },
  });
  const run = cliOf(server.url.origin, { env: { ORCHESTRATOR_TOKEN: "secret" } });
  for (const command of [...COMMANDS, "doctor"]) {
    const { code, stderr, stdout } = await run(...command.split(" "));
    expect({ command, code }).toEqual({ command, code: 1 });
    expect(stdout + stderr).not.toContain("secret");
  }
  expect([...seen]).toEqual(["Bearer secret"]);
});

describe("a server that fails on a request", () => {
  test("ends the command with 1 and one line", async () => {
    await using server = await testServer();
    runSql(server.path, "alter table orchestrator_agents rename to gone");
    const { code, stdout, stderr } = await cliOf(server.url)("agents", "list");
    expect(stderr).toMatch(/^The server failed on this request\.[^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });
});

describe("what is no Orchestrator ends with 5:", () => {
  const OTHERS: readonly { readonly what: string; readonly answer: () => Response }[] = [
    { what: "a page", answer: () => new Response("<html>", { headers: { "Content-Type": "text/html" } }) },
    { what: "other JSON", answer: () => Response.json([]) },
    { what: "an error of a proxy", answer: () => new Response("Bad gateway", { status: 502 }) },
  ];

  test.each(OTHERS)("$what", async ({ answer }) => {
    await using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
    for (const command of COMMANDS) {
      const exit = await cliOf(server.url.origin)(...command.split(" "));
      expect(exit.stderr, command).toStartWith(`no Orchestrator at ${server.url.origin}: `);
      expect(exit.stderr, command).toMatch(/^[^\n]+\n$/);
      expect({ command, code: exit.code, stdout: exit.stdout }).toEqual({ command, code: 5, stdout: "" });
    }
  });

  test("nobody", async () => {
    for (const command of COMMANDS) {
      const exit = await runCli([...command.split(" "), "--url", "http://127.0.0.1:1"]);
      expect({ command, ...exit }).toEqual({
        command,
        code: 5,
        stdout: "",
        stderr: "no Orchestrator at http://127.0.0.1:1: nothing listens there\n",
      });
    }
  });

  test("a host that does not exist", async () => {
    const { code, stderr } = await runCli(["status", "--url", "http://orchestrator.invalid"]);
    expect(stderr).toMatch(/^no Orchestrator at http:\/\/orchestrator\.invalid: [^\n]+\n$/);
    expect(code).toBe(5);
  });
});
