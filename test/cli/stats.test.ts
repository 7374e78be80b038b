import { describe, expect, test } from "bun:test";
import { cliOf } from "#test/support/cli.ts";
import { refusingServer } from "#test/support/fake-server.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import { makeAgent, makeDefinition, makePrompt } from "#test/support/rows.ts";
import { runSql } from "#test/support/scenario.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";

/** What was removed from the 1st to the 5th of February, as the store keeps it: totals of days that a test chooses. */
const HISTORY = `
  insert into orchestrator_purged_model_days (day, model, agents, prompts, tokens_input, tokens_output, nano) values
    (20485, 'opus', 1, 10, 1234567, 100, 1250000000), (20489, 'opus', 2, 5, 1000, 10, 500000000),
    (20489, '', 0, 0, 0, 0, 25000000), (20460, 'old', 1, 1, 1, 1, 1000000000), (20459, 'older', 1, 1, 1, 1, 1000000000);
  insert into orchestrator_purged_definition_days (definition_id, day, agents, completed, prompts, nano) values
    ('d1', 20485, 1, 1, 10, 1250000000), ('d1', 20489, 1, 1, 5, 525000000), ('gone', 20489, 1, 1, 0, 0);
  insert into orchestrator_agents (id, name, agent_type) values ('d1', 'feature-planner', 'planner')`;
const NOW = Date.parse("2026-02-05T10:30:00.000Z");
const now = () => NOW;

async function withHistory(sql = HISTORY): Promise<TestServer> {
  const server = await testServer();
  runSql(server.path, sql);
  return server;
}

const lines = (stdout: string) => stdout.trimEnd().split("\n");

describe("stats", () => {
  test("of what was just written is a line of today and the total", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const agent = await makeAgent(server, id);
    await makePrompt(server, agent.id, { model_used: "opus", tokens_input: 1200, tokens_output: 80, cost_usd: 0.0125 });
    const { code, stdout, stderr } = await cliOf(server.url)("stats");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines(stdout)).toEqual([
      "DAY         AGENTS  PROMPTS  TOKENS IN  TOKENS OUT     COST",
      `${agent.started_at.slice(0, 10)}       1        1      1,200          80  $0.0125`,
      "total            1        1      1,200          80  $0.0125",
    ]);
  });

  test("shows the last 30 days, of which today is one, newest first", async () => {
    await using server = await withHistory();
    const { stdout } = await cliOf(server.url, { now })("stats");
    expect(lines(stdout)).toEqual([
      "DAY         AGENTS  PROMPTS  TOKENS IN  TOKENS OUT    COST",
      "2026-02-05       2        5      1,000          10  $0.525",
      "2026-02-01       1       10  1,234,567         100   $1.25",
      "2026-01-07       0        1          1           1   $1.00",
      "total            3       16  1,235,568         111   $2.78",
    ]);
  });

  test("by model: the costliest first; agents of several models are not added up", async () => {
    await using server = await withHistory();
    const run = cliOf(server.url, { now });
    expect(lines((await run("stats", "--by", "model")).stdout)).toEqual([
      "MODEL   AGENTS  PROMPTS  TOKENS IN  TOKENS OUT    COST",
      "opus         3       15  1,235,567         110   $1.75",
      "old          1        1          1           1   $1.00",
      "(none)       0        0          0           0  $0.025",
      "total        -       16  1,235,568         111   $2.78",
    ]);
    expect(lines((await run("stats", "--by", "model", "--daily", "--since", "2026-02-01")).stdout)).toEqual([
      "DAY         MODEL   AGENTS  PROMPTS  TOKENS IN  TOKENS OUT    COST",
      "2026-02-05  opus         2        5      1,000          10   $0.50",
      "2026-02-05  (none)       0        0          0           0  $0.025",
      "2026-02-01  opus         1       10  1,234,567         100   $1.25",
      "total                    -       15  1,235,567         110   $1.78",
    ]);
  });

  test("by definition: by its name, and by its id when it is gone", async () => {
    await using server = await withHistory();
    const run = cliOf(server.url, { now });
    const expected = [
      "DEFINITION       AGENTS  PROMPTS  TOKENS IN  TOKENS OUT   COST",
      "feature-planner       2       15          0           0  $1.78",
      "gone                  1        0          0           0  $0.00",
      "total                 3       15          0           0  $1.78",
    ];
    expect(lines((await run("stats", "--by", "agent")).stdout)).toEqual(expected);
    expect(lines((await run("stats", "--by", "orchestrator_agent")).stdout)).toEqual(expected);
  });

  test("by type: of a definition that is gone it is none", async () => {
    await using server = await withHistory();
    const run = cliOf(server.url, { now });
    const { stdout } = await run("stats", "--by", "type");
    expect(lines(stdout).map((line) => line.split(/ {2,}/)[0]!)).toEqual(["TYPE", "planner", "(none)", "total"]);
    expect((await run("stats", "--by", "agent_type")).stdout).toBe(stdout);
  });

  test("--daily by day is by day", async () => {
    await using server = await withHistory();
    const run = cliOf(server.url, { now });
    expect(await run("stats", "--daily")).toEqual(await run("stats"));
  });

  test("leaves out what has no time that can be read: of that the API alone tells, without a window", async () => {
    await using server = await withHistory(
      "insert into orchestrator_purged_model_days (day, model, prompts) values (-104249992, 'm', 1)",
    );
    const run = cliOf(server.url, { now });
    expect((await run("stats")).stdout).toBe("");
    expect((await run("stats", "--since", "0000-01-01")).stdout).toBe("");
  });

  test.each([
    { args: ["--since", "2026-02-05"], days: ["2026-02-05"] },
    { args: ["--since", "5d"], days: ["2026-02-05", "2026-02-01"] },
    { args: ["--since", "2026-01-06"], days: ["2026-02-05", "2026-02-01", "2026-01-07", "2026-01-06"] },
    { args: ["--since", "2026-01-06", "--until", "2026-02-01"], days: ["2026-01-07", "2026-01-06"] },
    // Without a beginning it is the 30 days before the end.
    { args: ["--until", "2026-02-05"], days: ["2026-02-01", "2026-01-07", "2026-01-06"] },
    { args: ["--until", "1d"], days: ["2026-02-01", "2026-01-07", "2026-01-06"] },
    { args: ["--until", "2026-02-05T00:00:01Z"], days: ["2026-02-05", "2026-02-01", "2026-01-07"] },
  ])("$args", async ({ args, days }) => {
    await using server = await withHistory();
    const { stdout } = await cliOf(server.url, { now })("stats", ...args);
    expect(lines(stdout).map((line) => line.split(" ")[0]!)).toEqual(["DAY", ...days, "total"]);
  });

  test("where there is nothing prints nothing but a hint on stderr", async () => {
    await using server = await testServer();
    const run = cliOf(server.url, { now });
    expect(await run("stats")).toEqual({ code: 0, stdout: "", stderr: "nothing since 2026-01-07\n" });
    expect(await run("stats", "--since", "2026-01-01")).toEqual({ code: 0, stdout: "", stderr: "nothing then\n" });
    expect(await run("stats", "--by", "model", "--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
  });

  test("--json prints the document of the API, all of it", async () => {
    await using server = await withHistory();
    const run = cliOf(server.url, { now });
    const { body } = await server.call("GET", "/api/stats?by=model,day&since=2026-01-07");
    const { stdout, stderr } = await run("stats", "--by", "model", "--daily", "--limit", "1", "--json");
    expect(JSON.parse(stdout)).toEqual(body);
    expect(body).toHaveLength(4);
    expect(stderr).toBe("");
  });

  test("--limit shows the first rows, says so, and adds up all", async () => {
    await using server = await withHistory();
    const { stdout, stderr } = await cliOf(server.url, { now })("stats", "--limit", "1");
    expect(lines(stdout).map((line) => line.split(" ")[0]!)).toEqual(["DAY", "2026-02-05", "total"]);
    expect(stdout).toContain("$2.78");
    expect(stderr).toBe("only 1 of 3 rows are shown; --limit shows more\n");
  });

  test("of more than the server tells says so", async () => {
    await using server = await withHistory(
      `insert into orchestrator_purged_model_days (day, model, prompts)
       with recursive models (n) as (select 1 union all select n + 1 from models limit 10001) select 20489, 'm' || n, 1 from models`,
    );
    const { stdout, stderr } = await cliOf(server.url, { now })("stats", "--by", "model");
    expect(lines(stdout)).toHaveLength(102);
    expect(lines(stderr)).toEqual([
      "only 100 of 10,000 rows are shown; --limit shows more",
      "the server tells no more than 10,000 rows, and the total is theirs; ask for less time",
    ]);
  });

  test.each([20, 70, 100, 120, 200, undefined])("on %p columns cuts names, and no number", async (columns) => {
    const name = "日本語".repeat(60);
    await using server = await withHistory(HISTORY.replaceAll("'opus'", `'${name}'`));
    const options = columns === undefined ? { now } : { now, columns };
    for (const daily of [[], ["--daily"]]) {
      const { stdout } = await cliOf(server.url, options)("stats", "--by", "model", ...daily);
      // Narrower than the least that every column keeps, lines are as wide as that.
      const widest = Math.max(75, Math.min(columns ?? 120, 120));
      expect(lines(stdout).filter((line) => Bun.stringWidth(line) > widest)).toEqual([]);
      expect(stdout).toMatch(/ 1,23\d,567 /);
      expect(stdout).toMatch(/^\d{0,4}.*日本/m);
    }
  });

  test("in colour is the same text", async () => {
    await using server = await withHistory();
    const plain = await cliOf(server.url, { now })("stats", "--by", "model");
    const painted = await cliOf(server.url, { now, hasColor: true })("stats", "--by", "model");
    expect(painted.stdout).not.toBe(plain.stdout);
    expect(Bun.stripANSI(painted.stdout)).toBe(plain.stdout);
  });

  test("hostile text is shown and never obeyed", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server, { name: HOSTILE });
    const agent = await makeAgent(server, id);
    await makePrompt(server, agent.id, { model_used: HOSTILE });
    for (const by of ["model", "agent"]) {
      for (const args of [[], ["--daily"], ["--json"]]) {
        const { stdout } = await cliOf(server.url)("stats", "--by", by, ...args);
        expect(stdout).toContain(by === "model" || args[0] !== "--json" ? "red" : id);
        expect(rawIn(stdout)).toEqual([]);
        if (args[0] !== "--json") expect(lines(stdout)).toHaveLength(3);
      }
    }
  });

  test.each([
    {
      args: ["--by", "week"],
      says: '--by holds "week"; it may be day, model, type, agent, agent_type, orchestrator_agent',
    },
    { args: ["--by", "model,day"], says: '--by holds "model,day"; it may be day, model,' },
    { args: ["--since", "yesterday"], says: '--since holds "yesterday"; it may be RFC 3339, a date' },
    { args: ["--until", ""], says: '--until holds ""; it may be RFC 3339, a date' },
    { args: ["--limit", "0"], says: '--limit holds "0"; it may be a whole number from 1 on' },
    { args: ["now"], says: "too many arguments for 'stats'" },
  ])("$args is wrong usage", async ({ args, says }) => {
    const { code, stdout, stderr } = await cliOf("http://127.0.0.1:1")("stats", ...args);
    expect(stderr).toStartWith(says);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("of a server that is not there, or refuses, says so", async () => {
    const gone = await cliOf("http://127.0.0.1:1")("stats");
    expect(gone).toEqual({
      code: 5,
      stdout: "",
      stderr: "no Orchestrator at http://127.0.0.1:1: nothing listens there\n",
    });
    await using old = refusingServer(404, "There is no such path.");
    expect(await cliOf(old.url)("stats")).toEqual({ code: 3, stdout: "", stderr: "There is no such path.\n" });
  });

  test("says in its help which days are shown", async () => {
    expect((await cliOf("http://127.0.0.1:1")("stats", "--help")).stdout).toContain("default the last 30 days");
  });
});
