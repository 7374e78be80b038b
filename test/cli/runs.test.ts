import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { cliOf } from "#test/support/cli.ts";
import { testFolder } from "#test/support/folder.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import type { Json } from "#test/support/json.ts";
import { makeAgent, makeDefinition, makeLogs, makePrompt } from "#test/support/rows.ts";
import { runSql } from "#test/support/scenario.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";

async function agents(server: TestServer): Promise<Json[]> {
  return (await server.call("GET", "/api/runtime/agents")).body;
}

async function agentOf(server: TestServer, id: string): Promise<Json> {
  return (await server.call("GET", `/api/runtime/agents/${id}`)).body;
}

describe("runs start", () => {
  test("registers an agent of a definition, by name or id, and prints its id alone", async () => {
    await using server = await testServer();
    const { id: definition } = await makeDefinition(server);
    const run = cliOf(server.url);
    const { code, stdout, stderr } = await run("runs", "start", "planner", "--session", "issue-42");
    const [first] = await agents(server);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${first.id}\n`, stderr: "" });
    expect(first).toMatchObject({
      orchestrator_agent_id: definition,
      session_id: "issue-42",
      status: "initializing",
      name: null,
      parent_agent_id: null,
      external_id: null,
    });
    const json = await run("runs", "start", definition, "--session", "issue-42", "--json");
    expect(JSON.parse(json.stdout)).toEqual((await agents(server))[0]);
  });

  test("takes every field, JSON from the line or a file", async () => {
    await using server = await testServer();
    using folder = testFolder();
    writeFileSync(folder.file("c.json"), '{"a": [1, 2]}');
    await makeDefinition(server);
    const run = cliOf(server.url);
    const parent = (await run("runs", "start", "planner", "--session", "s")).stdout.trim();
    const FLAGS = `--session s --name one --status executing --parent ${parent} --external-id ext-1`.split(" ");
    const DOCUMENTS = ["--context", '{"a":1}', "--config", `@${folder.file("c.json")}`, "--metadata", "[null]"];
    const { stdout } = await run("runs", "start", "planner", ...FLAGS, ...DOCUMENTS, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      name: "one",
      status: "executing",
      parent_agent_id: parent,
      external_id: "ext-1",
      context: { a: 1 },
      config: { a: [1, 2] },
      metadata: [null],
    });
    // The same again is the same agent.
    expect((await run("runs", "start", "planner", ...FLAGS)).stdout).toBe(`${JSON.parse(stdout).id}\n`);
    expect(await agents(server)).toHaveLength(2);
  });

  test.each(["--context", "--config", "--metadata"])("refuses broken JSON for %s", async (flag) => {
    await using server = await testServer();
    await makeDefinition(server);
    const exit = await cliOf(server.url)("runs", "start", "planner", "--session", "s", flag, '{"a":');
    expect(exit).toMatchObject({ code: 2, stdout: "" });
    expect(exit.stderr).toMatch(new RegExp(`^${flag} holds "[^\\n]+; it may be JSON or @FILE: [^\\n]+\\n$`));
    expect(await agents(server)).toEqual([]);
  });

  test.each([
    {
      what: "an unknown definition",
      args: ["nobody"],
      says: /^there is no definition with the id or name "nobody"\n$/,
    },
    { what: "an unknown parent", args: ["planner", "--parent", "nobody"], says: /^[^\n]*"nobody"[^\n]*\n$/ },
  ])("of $what ends with 3", async ({ args, says }) => {
    await using server = await testServer();
    await makeDefinition(server);
    const { code, stdout, stderr } = await cliOf(server.url)("runs", "start", ...args, "--session", "s");
    expect(stderr).toMatch(says);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  });
});

describe("runs list", () => {
  test("without agents prints nothing but a hint on stderr", async () => {
    await using server = await testServer();
    const run = cliOf(server.url);
    const stderr = "no runtime agents: start one with `orchestrator runs start DEFINITION --session ID`\n";
    expect(await run("runs", "list")).toEqual({ code: 0, stdout: "", stderr });
    expect(await run("runs", "list", "--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
    const filtered = await run("runs", "list", "--session", "none");
    expect(filtered).toEqual({ code: 0, stdout: "", stderr: "no such runtime agents\n" });
  });

  test("prints a table, the newest first; --json what the API answers", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const first = await makeAgent(server, id, { status: "waiting", name: "one" });
    await server.call("PATCH", `/api/runtime/agents/${first.id}`, { cost_usd: 1.5 });
    const second = await makeAgent(server, id, { session_id: "issue-42", status: "executing" });
    const now = () => Date.parse(first.started_at) + 3_723_000;
    const run = cliOf(server.url, { now });
    const { stdout, stderr } = await run("runs", "list");
    expect(stderr).toBe("");
    const age = Date.parse(second.started_at) - Date.parse(first.started_at) < 3000 ? "1h 2m" : "1h 1m";
    expect(stdout.split("\n")).toEqual([
      `STATUS     DEFINITION  SESSION     AGE   COST  ${"ID".padEnd(36)}  NAME`,
      `executing  planner     issue-42  ${age}  $0.00  ${second.id}`,
      `waiting    planner     s1        1h 2m  $1.50  ${first.id}  one`,
      "",
    ]);
    expect(JSON.parse((await run("runs", "list", "--json")).stdout)).toEqual(await agents(server));
  });

  test("filters as the API does", async () => {
    await using server = await testServer();
    const { id: planner } = await makeDefinition(server);
    const { id: builder } = await makeDefinition(server, { name: "builder" });
    const { id: parent } = await makeAgent(server, planner, { name: "a", status: "idle" });
    await makeAgent(server, builder, { name: "b", session_id: "s2", status: "executing", parent_agent_id: parent });
    await makeAgent(server, builder, { name: "c", session_id: "s3", status: "completed" });
    const names = async (...args: string[]) => {
      const { stdout } = await cliOf(server.url)("runs", "list", "--json", ...args);
      return JSON.parse(stdout).map(({ name }: Json) => name);
    };
    expect(await names("--session", "s1,s2")).toEqual(["b", "a"]);
    expect(await names("--session", "s1", "--session", "s3")).toEqual(["c", "a"]);
    expect(await names("--status", "idle,completed")).toEqual(["c", "a"]);
    expect(await names("--status", "idle", "--status", " completed")).toEqual(["c", "a"]);
    expect(await names("--definition", "builder")).toEqual(["c", "b"]);
    expect(await names("--definition", planner)).toEqual(["a"]);
    expect(await names("--parent", parent)).toEqual(["b"]);
    expect(await names("--limit", "2")).toEqual(["c", "b"]);
    expect(await names("--since", "1d")).toEqual(["c", "b", "a"]);
    expect(await names("--until", "1d")).toEqual([]);
    expect(await names("--since", "2020-01-01", "--until", "2020-01-02")).toEqual([]);
    expect((await cliOf(server.url)("runs", "list", "--definition", "nobody")).code).toBe(3);
  });

  test("a time that is none is refused", async () => {
    await using server = await testServer();
    const { code, stdout, stderr } = await cliOf(server.url)("runs", "list", "--since", "yesterday");
    expect(stderr).toMatch(/^--since holds "yesterday"; it may be RFC 3339, a date [^\n]+ age [^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("reads over pages of the API, and says when there is more", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    runSql(
      server.path,
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < 2100)
       insert into agents (id, orchestrator_agent_id, session_id, status, started_at)
       select 'a' || i, '${id}', 's', 'completed', datetime(1700000000 + i, 'unixepoch') from n`,
    );
    const run = cliOf(server.url);
    const rows: Json[] = JSON.parse((await run("runs", "list", "--limit", "2050", "--json")).stdout);
    expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 2050 }, (_, index) => `a${2100 - index}`));
    const cut = await run("runs", "list", "--limit", "2050");
    expect(cut.stdout.split("\n")).toHaveLength(2052);
    expect(cut.stderr).toBe("only the newest 2,050 are shown; --limit shows more\n");
    expect((await run("runs", "list", "--limit", "2100")).stderr).toBe("");
  });

  test("on a terminal is cut to its width, but for ids", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server, { name: "n".repeat(100) });
    const agent = await makeAgent(server, id, { session_id: "s".repeat(100), name: "x".repeat(200) });
    for (const columns of [100, 120, 200]) {
      const { stdout } = await cliOf(server.url, { columns })("runs", "list");
      expect(stdout).toContain(agent.id);
      expect(stdout.split("\n").filter((line) => Bun.stringWidth(line) > columns)).toEqual([]);
    }
    const piped = await cliOf(server.url)("runs", "list");
    expect(piped.stdout).toContain("x".repeat(200));
  });
});

describe("runs show", () => {
  test("prints every field, and the newest prompts and logs, oldest first", async () => {
    await using server = await testServer();
    const { id: definition } = await makeDefinition(server);
    const { id } = await makeAgent(server, definition, { context: { issue: 42 }, name: "one" });
    for (let index = 1; index <= 12; index += 1) {
      await makePrompt(server, id, { prompt_text: `prompt ${index}\nmore`, cost_usd: 0.25, model_used: "m" });
      await makeLogs(server, { agent_id: id, log_type: "milestone", message: `log ${index}`, log_level: "warning" });
    }
    const run = cliOf(server.url);
    const { code, stdout, stderr } = await run("runs", "show", id);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const agent = await agentOf(server, id);
    for (const name of Object.keys(agent)) expect(stdout).toMatch(new RegExp(`^${name}( |$)`, "m"));
    expect(stdout).toMatch(/^cost_usd +3$/m);
    expect(stdout).toMatch(/^parent_agent_id +-$/m);
    expect(stdout).toContain('context\n  {\n    "issue": 42\n  }\n');
    const [, prompts = "", logs = ""] = stdout.split(/^Newest (?:prompts|logs)$/m);
    const TIME = String.raw`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  `;
    expect(prompts.trim().split("\n")).toEqual(
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((index) =>
        expect.stringMatching(new RegExp(`${TIME}pending    command  m  \\$0\\.25  prompt ${index}\\\\nmore$`)),
      ),
    );
    expect(logs.trim().split("\n")).toEqual(
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((index) =>
        expect.stringMatching(new RegExp(`${TIME}WARNING   milestone  log ${index}$`)),
      ),
    );
    expect(JSON.parse((await run("runs", "show", id, "--json")).stdout)).toEqual(agent);
  });

  test("without prompts and logs has no such parts", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id);
    const { stdout } = await cliOf(server.url)("runs", "show", id);
    expect(stdout).not.toContain("Newest");
    expect(stdout).toEndWith("error_message          -\nquiet_since            -\nlost                   false\n");
  });

  test("of an unknown id ends with 3", async () => {
    await using server = await testServer();
    expect(await cliOf(server.url)("runs", "show", "nobody")).toEqual({
      code: 3,
      stdout: "",
      stderr: 'There is no runtime agent with id "nobody".\n',
    });
  });
});

describe("runs set", () => {
  test("changes a status, and prints the agent and what it is now", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id);
    const run = cliOf(server.url);
    expect(await run("runs", "set", id, "executing")).toEqual({ code: 0, stdout: `${id} executing\n`, stderr: "" });
    const json = await run("runs", "set", id, "waiting", "--json");
    expect(JSON.parse(json.stdout)).toEqual(await agentOf(server, id));
    expect((await agentOf(server, id)).status).toBe("waiting");
  });

  test("takes every field", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id);
    const FLAGS = ["--name", "n", "--cost", "0.25", "--error", "Tests fail"];
    const DOCUMENTS = ["--context", '{"a":1}', "--config", "null", "--metadata", '"text"'];
    const exit = await cliOf(server.url)("runs", "set", id, "failed", ...FLAGS, ...DOCUMENTS);
    expect(exit).toEqual({ code: 0, stdout: `${id} failed\n`, stderr: "" });
    expect(await agentOf(server, id)).toMatchObject({
      status: "failed",
      name: "n",
      cost_usd: 0.25,
      error_message: "Tests fail",
      context: { a: 1 },
      config: null,
      metadata: "text",
    });
  });

  test("changes fields without a status", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id, { status: "idle" });
    const exit = await cliOf(server.url)("runs", "set", id, "--cost", "0");
    expect(exit).toEqual({ code: 0, stdout: `${id} idle\n`, stderr: "" });
  });

  test("without anything says what to give, and asks no server", async () => {
    const exit = await cliOf("http://127.0.0.1:1")("runs", "set", "x");
    expect(exit).toMatchObject({ code: 2, stderr: "nothing to change: give a status or a field, such as --name\n" });
  });

  test("an illegal change is a conflict that names both", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id, { status: "completed" });
    const { code, stdout, stderr } = await cliOf(server.url)("runs", "set", id, "idle");
    expect(stderr).toBe('The runtime agent is "completed" and cannot become "idle": "completed" is final.\n');
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  });
});

describe("runs cancel", () => {
  test("ends an agent, with a reason or without", async () => {
    await using server = await testServer();
    const { id: definition } = await makeDefinition(server);
    const { id: first } = await makeAgent(server, definition);
    const { id: second } = await makeAgent(server, definition);
    const run = cliOf(server.url);
    expect(await run("runs", "cancel", first)).toEqual({ code: 0, stdout: `${first} cancelled\n`, stderr: "" });
    const { stdout } = await run("runs", "cancel", second, "--reason", "Wrong branch", "--json");
    expect(JSON.parse(stdout)).toEqual(await agentOf(server, second));
    expect(await agentOf(server, first)).toMatchObject({ status: "cancelled", error_message: null });
    expect(await agentOf(server, second)).toMatchObject({ status: "cancelled", error_message: "Wrong branch" });
  });

  test("of one that ended otherwise is a conflict, of one that is not there 3", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id, { status: "failed" });
    const run = cliOf(server.url);
    expect((await run("runs", "cancel", id)).code).toBe(4);
    expect((await run("runs", "cancel", "nobody")).code).toBe(3);
  });
});

test("hostile text is shown and never obeyed", async () => {
  await using server = await testServer();
  const { id: definition } = await makeDefinition(server, { name: HOSTILE });
  const { id } = await makeAgent(server, definition, {
    session_id: HOSTILE,
    name: HOSTILE,
    external_id: HOSTILE,
    context: { [HOSTILE]: HOSTILE },
    config: HOSTILE,
  });
  await makePrompt(server, id, { prompt_text: HOSTILE, prompt_name: HOSTILE, model_used: HOSTILE });
  await makeLogs(server, { agent_id: id, log_type: "error", message: HOSTILE, details: HOSTILE });
  // Another program stores whatever it likes, ids and values that nobody knows too.
  const quoted = HOSTILE.replaceAll("'", "''");
  runSql(
    server.path,
    `pragma ignore_check_constraints = on;
     insert into agents (id, orchestrator_agent_id, session_id, status) values ('${quoted}', '${definition}', 's', '${quoted}');
     insert into agent_logs (agent_id, log_level, log_type, message) values ('${id}', '${quoted}', '${quoted}', 'm');
     insert into prompts (id, agent_id, prompt_type, prompt_text, status) values ('p', '${id}', '${quoted}', 't', '${quoted}');`,
  );
  for (const columns of [undefined, 200, 50]) {
    const run = cliOf(server.url, columns === undefined ? {} : { columns });
    for (const args of [
      ["list"],
      ["show", id],
      ["show", HOSTILE],
      ["set", id, "--error", HOSTILE],
      ["cancel", HOSTILE],
    ]) {
      const { stdout, stderr } = await run("runs", ...args);
      expect([rawIn(stdout), rawIn(stderr)]).toEqual([[], []]);
      const json = await run("runs", ...args, "--json");
      expect([rawIn(json.stdout), rawIn(json.stderr)]).toEqual([[], []]);
      if (json.code === 0) JSON.parse(json.stdout);
    }
  }
  expect((await cliOf(server.url)("runs", "list")).stdout.trimEnd().split("\n")).toHaveLength(3);
  const shown = JSON.parse((await cliOf(server.url)("runs", "show", id, "--json")).stdout);
  expect(shown).toEqual(await agentOf(server, id));
  expect(shown.error_message).toBe(HOSTILE);
});

test("runs show --full tells all that was asked, answered and logged; without, what went wrong is told at least", async () => {
  await using server = await testServer();
  const { id } = await makeDefinition(server);
  const { id: agent } = await makeAgent(server, id);
  await makePrompt(server, agent, {
    prompt_text: "Plan\nissue 42",
    response_text: "First,\nread it.",
    status: "failed",
    error_message: "the model is down",
  });
  await makeLogs(server, {
    agent_id: agent,
    log_type: "milestone",
    message: "Plan written",
    details: { file: "a.md" },
  });
  const run = cliOf(server.url);
  const full = (await run("runs", "show", agent, "--full")).stdout;
  for (const text of ["  Plan\n  issue 42", "  First,\n  read it.", "the model is down", '  "file": "a.md"']) {
    expect(full).toContain(text);
  }
  const short = (await run("runs", "show", agent)).stdout;
  expect(short).toContain("the model is down");
  expect(short).not.toContain("read it.");
});
