import { describe, expect, test } from "bun:test";
import { cliOf, runCli } from "#test/support/cli.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import type { Json } from "#test/support/json.ts";
import { runProgram } from "#test/support/program.ts";
import { testFolder } from "#test/support/folder.ts";
import { startCli } from "#test/support/running-cli.ts";
import { makeAgent, makeDefinition, makeLogs, makeSystemLog } from "#test/support/rows.ts";
import { runSql } from "#test/support/scenario.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";

/** Two agents, one with a name; three logs each. */
async function withLogs(server: TestServer): Promise<{ named: Json; nameless: Json }> {
  const { id } = await makeDefinition(server);
  const named = await makeAgent(server, id, { name: "one" });
  const nameless = await makeAgent(server, id, { session_id: "s2" });
  for (const { id: agent } of [named, nameless]) {
    await makeLogs(server, [
      { agent_id: agent, log_type: "milestone", message: "read the issue" },
      { agent_id: agent, log_type: "tool_call", message: "ran it", log_level: "debug" },
      { agent_id: agent, log_type: "error", message: "tests fail", log_level: "error", details: { exit: 1 } },
    ]);
  }
  return { named, nameless };
}

/** Lines without their time of day. */
function timeless(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/, ""));
}

describe("logs", () => {
  test("without logs prints nothing but a hint on stderr", async () => {
    await using server = await testServer();
    const run = cliOf(server.url);
    for (const args of [[], ["--system"], ["--agent", "nobody"]]) {
      expect(await run("logs", ...args)).toEqual({ code: 0, stdout: "", stderr: "no logs\n" });
      expect(await run("logs", ...args, "--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
    }
  });

  test("says when, how grave, whose, of what kind and what; the newest at the end", async () => {
    await using server = await testServer();
    await withLogs(server);
    const { code, stdout, stderr } = await cliOf(server.url)("logs");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(timeless(stdout)).toEqual([
      "INFO      one  milestone  read the issue",
      "DEBUG     one  tool_call  ran it",
      "ERROR     one  error  tests fail",
      "INFO      planner  milestone  read the issue",
      "DEBUG     planner  tool_call  ran it",
      "ERROR     planner  error  tests fail",
    ]);
  });

  test("--json prints what the API answers, the newest first", async () => {
    await using server = await testServer();
    await withLogs(server);
    const { stdout } = await cliOf(server.url)("logs", "--json");
    expect(JSON.parse(stdout)).toEqual((await server.call("GET", "/api/runtime/logs")).body);
  });

  test("filters as the API does", async () => {
    await using server = await testServer();
    const { named, nameless } = await withLogs(server);
    const found = async (...args: string[]) => {
      const { code, stdout, stderr } = await cliOf(server.url)("logs", "--json", ...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return JSON.parse(stdout).map(({ agent_id: agent, log_level: level }: Json) => {
        return `${agent === named.id ? "one" : "two"} ${level}`;
      });
    };
    expect(await found("--agent", named.id)).toEqual(["one ERROR", "one DEBUG", "one INFO"]);
    expect(await found("--session", "s2")).toEqual(["two ERROR", "two DEBUG", "two INFO"]);
    expect(await found("--agent", `${named.id},${nameless.id}`, "--limit", "4")).toHaveLength(4);
    expect(await found("--level", "error")).toEqual(["two ERROR", "one ERROR"]);
    expect(await found("--level", "Info,DEBUG", "--session", "s1")).toEqual(["one DEBUG", "one INFO"]);
    expect(await found("--level", "warn", "--level", "critical")).toEqual([]);
    expect(await found("--type", "milestone,error", "--session", "s1")).toEqual(["one ERROR", "one INFO"]);
    expect(await found("--search", "issue")).toEqual(["two INFO", "one INFO"]);
    expect(await found("--since", "1h", "--limit", "1")).toEqual(["two ERROR"]);
    expect(await found("--until", "1h")).toEqual([]);
  });

  test("--system and --component print logs of the system", async () => {
    await using server = await testServer();
    await withLogs(server);
    await makeSystemLog(server);
    await makeSystemLog(server, { component: "backup", message: "failed", log_level: "critical" });
    const run = cliOf(server.url);
    expect(timeless((await run("logs", "--system")).stdout)).toEqual([
      "INFO      scheduler  Started",
      "CRITICAL  backup  failed",
    ]);
    expect(timeless((await run("logs", "--component", "backup")).stdout)).toEqual(["CRITICAL  backup  failed"]);
    const { stdout } = await run("logs", "--system", "--level", "critical", "--json");
    const { body } = await server.call("GET", "/api/system/logs?level=critical");
    expect(JSON.parse(stdout)).toEqual(body);
  });

  test.each(["--agent", "--session", "--type"])("--system has no %s", async (flag) => {
    const value = flag === "--type" ? "error" : "x";
    expect(await runCli(["logs", "--system", flag, value, "--url", "http://127.0.0.1:1"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "logs of the system have no --agent, --session or --type\n",
    });
  });

  test("a message is one line, however long and whatever the terminal's width", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id);
    const message = `begin ${"日本 ".repeat(300)} end`;
    await makeLogs(server, { agent_id: id, log_type: "milestone", message: `${message}\nsecond` });
    for (const options of [{}, { columns: 40 }]) {
      const { stdout } = await cliOf(server.url, options)("logs");
      expect(timeless(stdout)).toEqual([`INFO      planner  milestone  ${message}\\nsecond`]);
    }
  });

  test("on a terminal in colour is the same text", async () => {
    await using server = await testServer();
    await withLogs(server);
    const plain = await cliOf(server.url)("logs");
    const painted = await cliOf(server.url, { hasColor: true, columns: 80 })("logs");
    expect(painted.stdout).toContain("\u001B[31mERROR");
    expect(Bun.stripANSI(painted.stdout)).toBe(plain.stdout);
  });

  test("reads over pages of the API, and says when there is more", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id);
    runSql(
      server.path,
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
       insert into agent_logs (agent_id, log_type, message, created_at)
       select '${id}', 'milestone', 'm' || i, datetime(1700000000 + i, 'unixepoch') from n`,
    );
    const run = cliOf(server.url);
    const { stdout, stderr } = await run("logs", "--limit", "2999");
    expect(timeless(stdout)).toEqual(
      Array.from({ length: 2999 }, (_, index) => `INFO      planner  milestone  m${index + 2}`),
    );
    expect(stderr).toBe("only the newest 2,999 are shown; --limit shows more\n");
    expect((await run("logs", "--limit", "3000")).stderr).toBe("");
    expect((await run("logs")).stderr).toStartWith("only the newest 100 are shown");
    expect((await run("logs", "--limit", "3", "--json")).stderr).toBe("");
  });

  test("of an agent whose id cannot stand in an address are shown all the same, and followed", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    for (const agent of ["", ".", "..", "a/b?c#d"]) {
      runSql(
        server.path,
        `insert into agents (id, orchestrator_agent_id, session_id) values ('${agent}', '${id}', 's');
         insert into agent_logs (agent_id, log_type, message) values ('${agent}', 'milestone', 'of ${agent}')`,
      );
    }
    const found = ["… INFO", "….", "….. ", "planner "];
    const lines = timeless((await cliOf(server.url)("logs")).stdout);
    expect(lines).toEqual([
      "INFO      …  milestone  of ",
      "INFO      ….  milestone  of .",
      "INFO      …..  milestone  of ..",
      "INFO      planner  milestone  of a/b?c#d",
    ]);
    await using running = startCli(["tail", "--after", "0", "--types", "agent_log"], server.url);
    const stdout = await running.prints("of a/b?c#d\n");
    for (const [index, line] of stdout.trimEnd().split("\n").entries()) expect(line).toContain(` ${found[index]}`);
  });

  test("shows times of the machine's zone", async () => {
    await using server = await testServer();
    using folder = testFolder();
    runSql(
      server.path,
      "insert into system_logs (component, message, created_at) values ('c', 'm', '2026-03-08T06:59:59.900Z')",
    );
    const at = async (TZ: string) => {
      const { stdout } = await runProgram(folder.path, { TZ, ORCHESTRATOR_URL: server.url }, ["logs", "--system"]);
      return stdout;
    };
    const rest = "  INFO      c  m\n";
    expect(await at("UTC")).toBe(`2026-03-08 06:59:59${rest}`);
    expect(await at("America/New_York")).toBe(`2026-03-08 01:59:59${rest}`);
    expect(await at("Asia/Kathmandu")).toBe(`2026-03-08 12:44:59${rest}`);
    expect(await at("Pacific/Kiritimati")).toBe(`2026-03-08 20:59:59${rest}`);
  });

  test("hostile text is shown and never obeyed", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id, { name: HOSTILE });
    await makeLogs(server, { agent_id: id, log_type: "error", message: HOSTILE, details: { [HOSTILE]: HOSTILE } });
    await makeSystemLog(server, { component: HOSTILE, message: HOSTILE });
    const quoted = HOSTILE.replaceAll("'", "''");
    runSql(
      server.path,
      `pragma ignore_check_constraints = on;
       insert into agent_logs (agent_id, log_level, log_type, message) values ('${id}', '${quoted}', '${quoted}', 'm');
       insert into system_logs (log_level, component, message) values ('${quoted}', 'c', 'm');`,
    );
    for (const columns of [undefined, 60]) {
      const run = cliOf(server.url, columns === undefined ? {} : { columns, hasColor: false });
      for (const args of [[], ["--system"], ["--component", HOSTILE.replaceAll(",", "")]]) {
        const { stdout, stderr } = await run("logs", ...args);
        expect([rawIn(stdout), rawIn(stderr)]).toEqual([[], []]);
        const json = await run("logs", ...args, "--json");
        expect([rawIn(json.stdout), json.code]).toEqual([[], 0]);
      }
    }
    expect(timeless((await cliOf(server.url)("logs")).stdout)).toHaveLength(2);
    const { stdout } = await cliOf(server.url)("logs", "--json");
    expect(JSON.parse(stdout)).toEqual((await server.call("GET", "/api/runtime/logs")).body);
    expect(JSON.parse(stdout).map(({ message }: Json) => message)).toContain(HOSTILE);
  });
});
