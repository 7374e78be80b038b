import { describe, expect, test } from "bun:test";
import { cliOf } from "#test/support/cli.ts";
import { refusingServer } from "#test/support/fake-server.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import { makeAgent, makeDefinition, makePrompt } from "#test/support/rows.ts";
import { runSql } from "#test/support/scenario.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";

/** Session `s1` of agents that cost 0.5 and 2 dollars, and `s2` of one that cost 1. */
async function withCosts(): Promise<TestServer> {
  const server = await testServer();
  const { id } = await makeDefinition(server);
  const first = await makeAgent(server, id, { name: "one" });
  await makePrompt(server, first.id, { model_used: "opus", tokens_input: 1200, tokens_output: 80, cost_usd: 0.5 });
  for (const [name, session, cost_usd] of [
    ["two", "s1", 2],
    ["three", "s2", 1],
  ] as const) {
    const agent = await makeAgent(server, id, { name, session_id: session });
    await server.call("PATCH", `/api/runtime/agents/${agent.id}`, { cost_usd });
  }
  return server;
}

const lines = (stdout: string) => stdout.trimEnd().split("\n");

describe("costs", () => {
  test("are those of days, as the API tells them", async () => {
    await using server = await withCosts();
    const { code, stdout, stderr } = await cliOf(server.url)("costs");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines(stdout).map((line) => line.replace(/^[\d-]{10}/, "TODAY     "))).toEqual([
      "DAY         AGENTS  PROMPTS  TOKENS IN  TOKENS OUT   COST",
      "TODAY            3        1      1,200          80  $3.50",
    ]);
  });

  test("by session are the costliest first, with the names of their first agents", async () => {
    await using server = await withCosts();
    const { code, stdout, stderr } = await cliOf(server.url)("costs", "--by", "session");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines(stdout)).toEqual([
      "SESSION  NAME   AGENTS  PROMPTS  TOKENS IN  TOKENS OUT   COST",
      "s1       one         2        1      1,200          80  $2.50",
      "s2       three       1        0          0           0  $1.00",
    ]);
  });

  test("by agent have their names, and so many rows as are asked for", async () => {
    await using server = await withCosts();
    const { stdout } = await cliOf(server.url)("costs", "--by", "agent", "-n", "2");
    expect(lines(stdout).map((line) => line.replace(/^\S{36}/, "ID"))).toEqual([
      `${"AGENT".padEnd(36)}  NAME   PROMPTS  TOKENS IN  TOKENS OUT   COST`,
      "ID  two          0          0           0  $2.00",
      "ID  three        0          0           0  $1.00",
    ]);
  });

  test("by definition, model and day", async () => {
    await using server = await withCosts();
    const run = cliOf(server.url);
    expect(lines((await run("costs", "--by", "definition")).stdout)[1]).toMatch(/^\S{36} {2}planner +3 +1 .* \$3\.50$/);
    expect(lines((await run("costs", "--by", "model")).stdout).map((line) => line.split(" ")[0])).toEqual([
      "MODEL",
      "(none)",
      "opus",
    ]);
    expect(lines((await run("costs", "--by", "day")).stdout)[1]).toMatch(/^\d{4}-\d\d-\d\d +3 +1 .* \$3\.50$/);
  });

  test("that nobody knows are no zeroes", async () => {
    await using server = await withCosts();
    const [known] = (await server.call("GET", "/api/runtime/agents?session_id=s2")).body;
    const { id } = await makeAgent(server, known.orchestrator_agent_id, { session_id: "s3", name: "four" });
    for (const agent of [known.id, id]) await makePrompt(server, agent, { model_used: "secret", tokens_input: 9 });
    // As the ledger finds them.
    runSql(server.path, "update prompts set cost_source = 'unknown' where model_used = 'secret'");
    const costsBy = async (by: string) =>
      lines((await cliOf(server.url)("costs", "--by", by)).stdout).map((line) => line.split(/ {2,}/).at(-1));
    expect(await costsBy("session")).toEqual(["COST", "$2.50", "≥ $1.00", "?"]);
    expect(await costsBy("agent")).toEqual(["COST", "$2.00", "≥ $1.00", "$0.50", "?"]);
    expect(await costsBy("model")).toEqual(["COST", "$3.00", "$0.50", "?"]);
    expect(await costsBy("definition")).toEqual(["COST", "≥ $3.50"]);
    expect(await costsBy("day")).toEqual(["COST", "≥ $3.50"]);
  });

  test("--json is what the API answers", async () => {
    await using server = await withCosts();
    const { stdout } = await cliOf(server.url)("costs", "--json", "--by", "model", "--since", "2026-01-01");
    expect(JSON.parse(stdout)).toEqual((await server.call("GET", "/api/costs?by=model&since=2026-01-01")).body);
  });

  test("of a time without any are none", async () => {
    await using server = await withCosts();
    const { code, stdout, stderr } = await cliOf(server.url)("costs", "--until", "2020-01-01");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "nothing then\n" });
  });

  test("hostile names stay words", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await makeAgent(server, id, { name: HOSTILE, session_id: HOSTILE });
    for (const by of ["agent", "session"]) {
      const { stdout } = await cliOf(server.url)("costs", "--by", by);
      expect(stdout).toContain("red");
      expect(rawIn(stdout)).toEqual([]);
    }
  });

  test.each([
    { option: "--by", value: "type" },
    { option: "--limit", value: "0" },
    { option: "--since", value: "soon" },
  ])("$option $value is refused", async ({ option, value }) => {
    const { code, stderr } = await cliOf("http://127.0.0.1:1")("costs", option, value);
    expect(code).toBe(2);
    expect(stderr).toContain(option);
  });

  test("tell what a server refuses", async () => {
    await using old = refusingServer(404, "There is no such path.");
    expect(await cliOf(old.url)("costs")).toEqual({ code: 3, stdout: "", stderr: "There is no such path.\n" });
  });
});
