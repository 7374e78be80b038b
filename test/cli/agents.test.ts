import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { cliOf, runCli } from "#test/support/cli.ts";
import { testFolder } from "#test/support/folder.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import type { Json } from "#test/support/json.ts";
import { runSql } from "#test/support/scenario.ts";
import { makeDefinition } from "#test/support/rows.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";

const PLANNER = {
  name: "planner",
  agent_type: "planner",
  description: "Plans features",
  capabilities: "planning,analysis",
  default_model: "claude-sonnet-3.5",
  config: { max_cost_usd: 5 },
  metadata: { team: ["a", "b"] },
};

/** The same as flags. */
const FIELDS = [
  ..."--type planner --capabilities planning,analysis --model claude-sonnet-3.5 --description".split(" "),
  "Plans features",
  "--config",
  JSON.stringify(PLANNER.config),
  "--metadata",
  JSON.stringify(PLANNER.metadata),
];

async function definitions(server: TestServer): Promise<Json[]> {
  return (await server.call("GET", "/api/agents")).body;
}

describe("agents create", () => {
  test("makes a definition of all that was given, and prints its id alone", async () => {
    await using server = await testServer();
    const { code, stdout, stderr } = await cliOf(server.url)("agents", "create", "planner", ...FIELDS);
    const [made] = await definitions(server);
    expect(made).toMatchObject({ ...PLANNER, is_active: true });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${made.id}\n`, stderr: "" });
  });

  test("--json prints the row as the API answers it", async () => {
    await using server = await testServer();
    const { stdout } = await cliOf(server.url)("agents", "create", "p", "--type", "skill", "--inactive", "--json");
    expect([JSON.parse(stdout)]).toEqual(await definitions(server));
    expect(JSON.parse(stdout)).toMatchObject({ name: "p", is_active: false, description: null, metadata: null });
  });

  test("takes JSON from a file", async () => {
    await using server = await testServer();
    using folder = testFolder();
    writeFileSync(folder.file("m.json"), '{"from": "a file"}');
    await cliOf(server.url)("agents", "create", "p", "--type", "skill", "--metadata", `@${folder.file("m.json")}`);
    expect((await definitions(server))[0].metadata).toEqual({ from: "a file" });
  });

  test.each(["{broken", "", "@/nowhere/m.json", "@", "undefined"])("refuses %j as JSON", async (text) => {
    await using server = await testServer();
    const words = ["agents", "create", "p", "--type", "skill", "--metadata", text];
    const { code, stdout, stderr } = await cliOf(server.url)(...words);
    expect(stderr).toStartWith(`--metadata holds ${JSON.stringify(text)}; it may be JSON or @FILE`);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(await definitions(server)).toEqual([]);
  });

  test.each([
    { args: [], says: "the NAME argument is missing" },
    { args: ["p"], says: "--type is missing" },
  ])("asks nobody in a pipe: $says", async ({ args, says }) => {
    await using server = await testServer();
    const exit = await cliOf(server.url)("agents", "create", ...args);
    expect(exit).toMatchObject({ code: 2, stdout: "" });
    expect(exit.stderr).toMatch(new RegExp(`^${says}[^\\n]*\\n$`));
    expect(await definitions(server)).toEqual([]);
  });

  test("a taken name is a conflict", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    expect(await cliOf(server.url)("agents", "create", "planner", "--type", "skill")).toEqual({
      code: 4,
      stdout: "",
      stderr: `The name "planner" is taken by orchestrator agent "${id}".\n`,
    });
  });

  test("all that the server finds wrong stands on one line", async () => {
    await using server = await testServer();
    const { code, stderr } = await cliOf(server.url)("agents", "create", "", "--type", "No Slug");
    expect(stderr).toMatch(/^The body is not valid: \/name: [^\n]+; \/agent_type: [^\n]+\n$/);
    expect(code).toBe(2);
  });
});

describe("agents list", () => {
  test("without definitions prints nothing but a hint on stderr", async () => {
    await using server = await testServer();
    const run = cliOf(server.url);
    expect(await run("agents", "list")).toEqual({
      code: 0,
      stdout: "",
      stderr: "no definitions: create one with `orchestrator agents create NAME --type planner`\n",
    });
    expect(await run("agents", "list", "--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
  });

  test("prints a table, the newest first; --json what the API answers", async () => {
    await using server = await testServer();
    const { id: first } = await makeDefinition(server, PLANNER);
    const { id: second } = await makeDefinition(server, { name: "b", agent_type: "builder", is_active: false });
    const run = cliOf(server.url);
    const { stdout, stderr } = await run("agents", "list");
    const width = 36;
    expect({ stdout, stderr }).toEqual({
      stdout: [
        `NAME     TYPE     MODEL              ACTIVE  ${"ID".padEnd(width)}  DESCRIPTION`,
        `b        builder  -                  no      ${second}`,
        `planner  planner  claude-sonnet-3.5  yes     ${first}  Plans features`,
        "",
      ].join("\n"),
      stderr: "",
    });
    expect(JSON.parse((await run("agents", "list", "--json")).stdout)).toEqual(await definitions(server));
  });

  test("filters as the API does", async () => {
    await using server = await testServer();
    await makeDefinition(server, PLANNER);
    await makeDefinition(server, { name: "b", agent_type: "builder", is_active: false });
    const names = async (...args: string[]) =>
      JSON.parse((await cliOf(server.url)("agents", "list", "--json", ...args)).stdout).map(({ name }: Json) => name);
    expect(await names("--type", "planner")).toEqual(["planner"]);
    expect(await names("--active")).toEqual(["planner"]);
    expect(await names("--no-active")).toEqual(["b"]);
    expect(await names("--search", "features")).toEqual(["planner"]);
    expect(await names("--limit", "1")).toEqual(["b"]);
    expect(await cliOf(server.url)("agents", "list", "--search", "nothing such")).toEqual({
      code: 0,
      stdout: "",
      stderr: "no such definitions\n",
    });
  });

  test("reads over pages of the API, and says when there is more", async () => {
    await using server = await testServer();
    runSql(
      server.path,
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < 2500)
       insert into orchestrator_agents (id, name, agent_type, created_at, updated_at)
       select 'd' || i, 'name-' || i, 'skill', datetime(1700000000 + i, 'unixepoch'), datetime('now') from n`,
    );
    const run = cliOf(server.url);
    const rows: Json[] = JSON.parse((await run("agents", "list", "--limit", "2345", "--json")).stdout);
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 2345 }, (_, index) => `d${2500 - index}`));
    const cut = await run("agents", "list", "--limit", "1001");
    expect(cut.stdout.trimEnd().split("\n")).toHaveLength(1002);
    expect(cut.stderr).toBe("only the newest 1,001 are shown; --limit shows more\n");
    expect((await run("agents", "list", "--limit", "2500")).stderr).toBe("");
    expect((await run("agents", "list")).stderr).toStartWith("only the newest 100 are shown");
    expect((await run("agents", "list", "--json")).stderr).toBe("");
  });
});

describe("agents show", () => {
  test("finds by id and by name, and prints every field; --json what the API answers", async () => {
    await using server = await testServer();
    const definition = await makeDefinition(server, PLANNER);
    const run = cliOf(server.url);
    const { code, stdout, stderr } = await run("agents", "show", "planner");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      [
        `id             ${definition.id}`,
        "name           planner",
        "description    Plans features",
        "agent_type     planner",
        "capabilities   planning,analysis",
        "default_model  claude-sonnet-3.5",
        "is_active      true",
        "config",
        '  {\n    "max_cost_usd": 5\n  }',
        "metadata",
        '  {\n    "team": [\n      "a",\n      "b"\n    ]\n  }',
        `created_at     ${definition.created_at}`,
        `updated_at     ${definition.updated_at}`,
        "",
      ].join("\n"),
    );
    expect(await run("agents", "show", definition.id)).toEqual({ code, stdout, stderr });
    expect(JSON.parse((await run("agents", "show", "planner", "--json")).stdout)).toEqual(definition);
  });

  test("finds exactly that name among those that hold it", async () => {
    await using server = await testServer();
    const names = ["plan", "planner", "the plan", "100%_x", "1000_x", ".", "..", "a/b", "?#&", "a,b", "PLAN", "日本語"];
    for (const name of names) await makeDefinition(server, { name });
    for (const name of names) {
      const { stdout } = await cliOf(server.url)("agents", "show", name, "--json");
      expect(JSON.parse(stdout).name).toBe(name);
    }
  });

  test("an id wins over a name", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server, { name: "first" });
    await makeDefinition(server, { name: id });
    expect(JSON.parse((await cliOf(server.url)("agents", "show", id, "--json")).stdout).name).toBe("first");
  });

  test.each(["nobody", "x".repeat(300), "a/../b", "."])("%.20s, which is not there, ends with 3", async (name) => {
    await using server = await testServer();
    expect(await cliOf(server.url)("agents", "show", name)).toEqual({
      code: 3,
      stdout: "",
      stderr: `there is no definition with the id or name "${name}"\n`,
    });
  });
});

describe("agents update", () => {
  test("changes what was given, and nothing else", async () => {
    await using server = await testServer();
    const before = await makeDefinition(server, PLANNER);
    const run = cliOf(server.url);
    const { code, stdout } = await run("agents", "update", "planner", "--model", "other", "--no-active");
    const [after] = await definitions(server);
    expect(after).toEqual({ ...before, default_model: "other", is_active: false, updated_at: after.updated_at });
    expect(code).toBe(0);
    expect(stdout).toBe((await run("agents", "show", "planner")).stdout);
    const { stdout: json } = await run("agents", "update", before.id, "--active", "--name", "new", "--json");
    expect(JSON.parse(json)).toEqual({ ...after, name: "new", is_active: true, updated_at: expect.any(String) });
  });

  test("takes every field", async () => {
    await using server = await testServer();
    await makeDefinition(server);
    await cliOf(server.url)("agents", "update", "planner", ...FIELDS);
    expect((await definitions(server))[0]).toMatchObject(PLANNER);
  });

  test("JSON null is a value like any other", async () => {
    await using server = await testServer();
    await makeDefinition(server, PLANNER);
    await cliOf(server.url)("agents", "update", "planner", "--metadata", "null");
    expect((await definitions(server))[0].metadata).toBeNull();
  });

  test("without a field says what to give, and asks no server", async () => {
    const nowhere = cliOf("http://127.0.0.1:1");
    expect(await nowhere("agents", "update", "planner")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "nothing to change: give a field, such as --description\n",
    });
  });

  test("to a taken name is a conflict", async () => {
    await using server = await testServer();
    await makeDefinition(server);
    await makeDefinition(server, { name: "other" });
    expect((await cliOf(server.url)("agents", "update", "other", "--name", "planner")).code).toBe(4);
  });
});

describe("agents delete", () => {
  async function withAgent(server: TestServer, status = "completed"): Promise<Json> {
    const { id } = await makeDefinition(server);
    await server.call("POST", "/api/runtime/agents", { orchestrator_agent_id: id, session_id: "s", status });
    return id;
  }

  test.each([
    { args: [], stdout: "deleted planner\n" },
    { args: ["--json"], stdout: "" },
    { args: ["--yes"], stdout: "deleted planner\n" },
  ])("deletes by name $args", async ({ args, stdout }) => {
    await using server = await testServer();
    await makeDefinition(server);
    expect(await cliOf(server.url)("agents", "delete", "planner", ...args)).toEqual({ code: 0, stdout, stderr: "" });
    expect(await definitions(server)).toEqual([]);
  });

  test("with runtime agents is a conflict that names the flag", async () => {
    await using server = await testServer();
    await withAgent(server);
    const { code, stdout, stderr } = await cliOf(server.url)("agents", "delete", "planner");
    expect(stderr).toMatch(/^[^\n]*1 runtime agents[^\n]*--cascade[^\n]*\n$/);
    expect(stderr).not.toContain("?");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(await definitions(server)).toHaveLength(1);
  });

  test("--cascade takes them with it", async () => {
    await using server = await testServer();
    await withAgent(server);
    const exit = await cliOf(server.url)("agents", "delete", "planner", "--cascade", "--yes");
    expect(exit).toEqual({ code: 0, stdout: "deleted planner\n", stderr: "" });
    expect((await server.call("GET", "/api/runtime/agents")).body).toEqual([]);
  });

  test("--cascade asks nothing where nobody can be asked", async () => {
    await using server = await testServer();
    await withAgent(server);
    expect(await cliOf(server.url)("agents", "delete", "planner", "--cascade")).toMatchObject({ code: 0 });
    expect(await definitions(server)).toEqual([]);
  });

  test("--cascade is refused while one is alive", async () => {
    await using server = await testServer();
    await withAgent(server, "executing");
    const { code, stderr } = await cliOf(server.url)("agents", "delete", "planner", "--cascade", "--yes");
    expect(stderr).toMatch(/^[^\n]*alive[^\n]*\n$/);
    expect(code).toBe(4);
  });

  test("of what is not there ends with 3", async () => {
    await using server = await testServer();
    expect((await cliOf(server.url)("agents", "delete", "nobody")).code).toBe(3);
  });
});

test("hostile text is shown and never obeyed", async () => {
  await using server = await testServer();
  const definition = await makeDefinition(server, {
    name: HOSTILE,
    description: HOSTILE,
    capabilities: HOSTILE,
    default_model: HOSTILE,
    metadata: { [HOSTILE]: [HOSTILE] },
  });
  for (const columns of [undefined, 200, 40]) {
    const run = cliOf(server.url, columns === undefined ? {} : { columns });
    for (const args of [["list"], ["show", definition.id], ["show", HOSTILE], ["show", `${HOSTILE}?`]]) {
      const { stdout, stderr } = await run("agents", ...args);
      expect([rawIn(stdout), rawIn(stderr)]).toEqual([[], []]);
      const { stdout: json } = await run("agents", ...args, "--json");
      expect(rawIn(json)).toEqual([]);
      if (json !== "") expect([JSON.parse(json)].flat()).toEqual([definition]);
    }
  }
  const listed = await cliOf(server.url)("agents", "list");
  expect(listed.stdout.trimEnd().split("\n")).toHaveLength(2);
  expect(listed.stdout).toContain("\\x1b[31mred\\x1b[0m");
  const taken = await cliOf(server.url)("agents", "create", HOSTILE, "--type", "skill");
  expect([taken.code, rawIn(taken.stderr), taken.stderr.split("\n").length]).toEqual([4, [], 2]);
  const deleted = await cliOf(server.url)("agents", "delete", definition.id);
  expect([deleted.code, rawIn(deleted.stdout), deleted.stdout.split("\n").length]).toEqual([0, [], 2]);
});

test("a server that is not there ends each with 5", async () => {
  const ARGS = [
    ["list"],
    ["show", "x"],
    ["create", "x", "--type", "skill"],
    ["update", "x", "--name", "y"],
    ["delete", "x"],
  ];
  for (const args of ARGS) {
    expect(await runCli(["agents", ...args, "--url", "http://127.0.0.1:1"])).toEqual({
      code: 5,
      stdout: "",
      stderr: "no Orchestrator at http://127.0.0.1:1: nothing listens there\n",
    });
  }
});
