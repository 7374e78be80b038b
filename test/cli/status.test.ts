import { describe, expect, test } from "bun:test";
import { cliOf } from "#test/support/cli.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import type { Json } from "#test/support/json.ts";
import { restartingServer } from "#test/support/restarting-server.ts";
import { makeAgent, makeDefinition } from "#test/support/rows.ts";
import { startCli } from "#test/support/running-cli.ts";
import { runSql } from "#test/support/scenario.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const PATIENCE_MS = 30_000;

async function patch(server: TestServer, id: string, fields: object): Promise<Json> {
  return (await server.call("PATCH", `/api/runtime/agents/${id}`, fields)).body;
}

/** Agents as another program stores them: with times that a test chooses. */
function insertAgents(
  server: TestServer,
  definition: string,
  agents: readonly { id: string; status: string; startedAgo: number; endedAgo?: number }[],
): void {
  const time = (ago: number) => new Date(Date.now() - ago).toISOString();
  const values = agents.map(({ id, status, startedAgo, endedAgo }) => {
    const ended = endedAgo === undefined ? "null" : `'${time(endedAgo)}'`;
    return `('${id}', '${definition}', 's1', '${status}', '${time(startedAgo)}', ${ended})`;
  });
  runSql(
    server.path,
    `insert into agents (id, orchestrator_agent_id, session_id, status, started_at, completed_at) values ${values}`,
  );
}

/** The first word of each line of a table, and its summary. */
function statuses(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/)[0]!);
}

const MINUTE = 60_000;

describe("status", () => {
  test("without agents prints nothing but a hint on stderr", async () => {
    await using server = await testServer();
    const run = cliOf(server.url);
    expect(await run("status")).toEqual({ code: 0, stdout: "", stderr: "no agents are running\n" });
    expect(await run("status", "--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
  });

  test("puts who needs somebody first, then who works, then who ended; the last to move first", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const ALL = ["completed", "cancelled", "failed", "idle", "pending", "initializing", "reviewing", "planning"];
    for (const status of [...ALL, "executing", "waiting", "waiting"]) await makeAgent(server, id, { status });
    const { code, stdout, stderr } = await cliOf(server.url)("status");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(statuses(stdout)).toEqual([
      ..."STATUS waiting waiting executing planning reviewing initializing pending idle".split(" "),
      ..."failed cancelled completed".split(" "),
      "",
      "2 waiting, 1 executing, 1 planning, 1 reviewing, 1 initializing, 1 pending, 1 idle, 1 failed, 1 cancelled, 1 completed; $0.00 in all",
    ]);
  });

  test("says who, where, how long, how long quiet, at what cost, and what went wrong", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const one = await makeAgent(server, id, { name: "one", session_id: "issue-42", status: "waiting" });
    await patch(server, one.id, { cost_usd: 1.25 });
    const two = await makeAgent(server, id, { status: "executing" });
    await patch(server, two.id, { status: "failed", error_message: "Tests\nfail", cost_usd: 0.5 });
    const { started_at: started } = one;
    const { stdout } = await cliOf(server.url, { now: () => Date.parse(started) + 30 * MINUTE + 999 })("status");
    const width = 36;
    expect(
      stdout
        .replaceAll(/29m \d\ds/g, "30m")
        .replaceAll(/ +30m/g, " 30m")
        .split("\n"),
    ).toEqual([
      expect.stringMatching(new RegExp(`^STATUS   AGENT    SESSION  +AGE +CHANGED   COST  ID {${width}}ERROR$`)),
      `waiting  one      issue-42 30m 30m  $1.25  ${one.id}`,
      `failed   planner  s1       30m        -  $0.50  ${two.id}  Tests\\nfail`.replace(/ +30m/, " 30m"),
      "",
      "1 waiting, 1 failed; $1.75 in all",
      "",
    ]);
  });

  test("says how long nothing came of who is alive, and who is lost", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await makeAgent(server, id, { name: "one", status: "executing" });
    await makeAgent(server, id, { name: "two", status: "idle" });
    // As the server's job finds them.
    runSql(server.path, "update agents set last_activity_ms = updated_ms - 300000");
    runSql(server.path, "update agents set silence = 1 + (name = 'two')");
    const now = () => Date.now() + 10 * MINUTE;
    const { stdout } = await cliOf(server.url, { now })("status");
    expect(stdout.split("\n").slice(1, 3)).toEqual([
      expect.stringMatching(/^executing  one    s1 +10m +quiet 15m +- /),
      expect.stringMatching(/^idle       two    s1 +10m +lost 15m +- /),
    ]);
  });

  test("tells no cost where none is known, and of who waits when it began to", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await makeAgent(server, id, { name: "one", status: "waiting" });
    const now = () => Date.now() + 10 * MINUTE;
    const { stdout } = await cliOf(server.url, { now })("status");
    expect(stdout.split("\n")[1]).toMatch(/^waiting  one    s1 +10m +10m +- /);
  });

  test("--json prints the rows of the API, in the order of the table", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const done = await makeAgent(server, id, { status: "completed", context: { a: 1 } });
    const busy = await makeAgent(server, id, { status: "executing", metadata: [1] });
    const { stdout, stderr } = await cliOf(server.url)("status", "--json");
    expect(JSON.parse(stdout)).toEqual([busy, done]);
    expect(stderr).toBe("");
  });

  test("--session narrows it", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    for (const session of ["a", "b", "c"]) await makeAgent(server, id, { session_id: session });
    const found = async (...args: string[]) =>
      JSON.parse((await cliOf(server.url)("status", "--json", ...args)).stdout).map((row: Json) => row.session_id);
    expect(await found("--session", "b")).toEqual(["b"]);
    expect((await found("--session", "a,c")).toSorted()).toEqual(["a", "c"]);
    expect((await found("--session", "a", "--session", "b")).toSorted()).toEqual(["a", "b"]);
    expect(await found("--session", "none")).toEqual([]);
  });

  test("of those that ended shows the last hour's, with --all the last 100", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    insertAgents(server, id, [
      { id: "alive", status: "executing", startedAgo: 30 * 24 * 60 * MINUTE },
      { id: "recent", status: "failed", startedAgo: 30 * 24 * 60 * MINUTE, endedAgo: 59 * MINUTE },
      { id: "old", status: "completed", startedAgo: 30 * 24 * 60 * MINUTE, endedAgo: 61 * MINUTE },
      // Many that started later and ended earlier must not hide the one that failed of late.
      ...Array.from({ length: 150 }, (_, index) => ({
        id: `past-${index}`,
        status: "completed",
        startedAgo: 20 * 24 * 60 * MINUTE,
        endedAgo: (100 + index) * MINUTE,
      })),
    ]);
    const ids = async (...args: string[]) =>
      JSON.parse((await cliOf(server.url)("status", "--json", ...args)).stdout).map((row: Json) => row.id);
    expect(await ids()).toEqual(["alive", "recent"]);
    const all = await ids("--all");
    expect(all).toHaveLength(101);
    expect(new Set(all)).toEqual(
      new Set(["alive", "recent", "old", ...Array.from({ length: 98 }, (_, index) => `past-${index}`)]),
    );
  });

  test("a status that nobody knows comes last", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await makeAgent(server, id, { status: "completed" });
    await using running = startCli(["status", "--watch"], server.url);
    await running.prints("1 completed");
    runSql(
      server.path,
      `pragma ignore_check_constraints = on;
       insert into agents (id, orchestrator_agent_id, session_id, status) values ('odd', '${id}', 's', 'flying')`,
    );
    await running.prints("1 completed, 1 flying; $0.00 in all");
  });

  test.each([20, 40, 60, 80, 109, 110, 200])("on a terminal of %d columns is cut to it", async (columns) => {
    await using server = await testServer();
    const { id } = await makeDefinition(server, { name: "日本語".repeat(20) });
    const { id: agent } = await makeAgent(server, id, { session_id: "s".repeat(100), status: "executing" });
    await makeAgent(server, id, { name: "n".repeat(255), status: "waiting" });
    await patch(server, agent, { status: "failed", error_message: "e".repeat(500) });
    const { stdout } = await cliOf(server.url, { columns })("status");
    const lines = stdout.split("\n");
    // Narrower than the least that every column keeps, lines are as wide as that.
    const least = columns >= 110 ? 110 : 68;
    expect(lines.filter((line) => Bun.stringWidth(line) > Math.max(least, columns))).toEqual([]);
    expect(stdout.includes(agent)).toBe(columns >= 110);
    expect(statuses(stdout).slice(0, 3)).toEqual(["STATUS", "waiting", "failed"]);
  });

  test("in colour is the same text", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await makeAgent(server, id, { status: "waiting" });
    const now = () => 0;
    const plain = await cliOf(server.url, { now })("status");
    const painted = await cliOf(server.url, { now, hasColor: true })("status");
    expect(painted.stdout).toContain("\u001B[1m\u001B[33mwaiting");
    expect(Bun.stripANSI(painted.stdout)).toBe(plain.stdout);
  });

  test("hostile text is shown and never obeyed, watched too", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server, { name: HOSTILE });
    const { id: agent } = await makeAgent(server, id, { session_id: HOSTILE, status: "executing" });
    await patch(server, agent, { error_message: HOSTILE });
    for (const columns of [undefined, 60, 200]) {
      const options = columns === undefined ? {} : { columns };
      const { stdout } = await cliOf(server.url, options)("status");
      expect(rawIn(stdout)).toEqual([]);
      expect(stdout.trimEnd().split("\n")).toHaveLength(4);
      expect(rawIn((await cliOf(server.url, options)("status", "--json")).stdout)).toEqual([]);
    }
    for (const args of [[], ["--json"]]) {
      await using running = startCli(["status", "--watch", ...args], server.url);
      await running.prints("executing");
      await patch(server, agent, { error_message: `${HOSTILE} again ${args.length}` });
      const stdout = await running.prints(`again ${args.length}`);
      expect(rawIn(stdout)).toEqual([]);
    }
  });
});

describe("status --watch in a pipe", () => {
  test("prints a new table when something changed, and ends with 130 when it is told to", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const { id: agent } = await makeAgent(server, id, { status: "executing" });
    await using running = startCli(["status", "--watch"], server.url);
    await running.prints("1 executing; $0.00 in all\n");
    await patch(server, agent, { status: "waiting", cost_usd: 0.75 });
    await running.prints("1 waiting; $0.75 in all\n");
    await patch(server, agent, { status: "completed" });
    await running.prints("1 completed; $0.75 in all\n");
    await server.call("DELETE", `/api/runtime/agents/${agent}`);
    await running.prints("no agents are running\n");
    const { code, stdout, stderr } = await running.stop();
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    expect(rawIn(stdout)).toEqual([]);
    expect(stdout.split("\n\nSTATUS").length).toBeGreaterThanOrEqual(3);
    expect(stdout).toStartWith("STATUS");
  });

  test("an agent by the new name of its definition", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await makeAgent(server, id);
    await using running = startCli(["status", "--watch"], server.url);
    await running.prints("planner");
    await server.call("PUT", `/api/agents/${id}`, { name: "renamed" });
    await running.prints(/initializing  renamed  s1/);
  });

  test("--session leaves others out, and knows definitions that came later", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await makeAgent(server, id, { session_id: "mine", name: "one" });
    await using running = startCli(["status", "--watch", "--session", "mine"], server.url);
    await running.prints("one");
    await makeAgent(server, id, { session_id: "other", name: "stranger" });
    const { id: later } = await makeDefinition(server, { name: "newcomer" });
    await makeAgent(server, later, { session_id: "mine" });
    expect(await running.prints("newcomer")).not.toContain("stranger");
  });

  test("forgets who ended more than an hour ago, and an old one that is touched does not come back", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const { id: agent } = await makeAgent(server, id, { status: "executing", name: "one" });
    insertAgents(server, id, [{ id: "old", status: "failed", startedAgo: 200 * MINUTE, endedAgo: 100 * MINUTE }]);
    let ahead = 0;
    await using running = startCli(["status", "--watch"], server.url, { now: () => Date.now() + ahead });
    await running.prints("1 executing;");
    await patch(server, agent, { status: "completed" });
    await running.prints("1 completed;");
    ahead = 61 * MINUTE;
    await patch(server, "old", { cost_usd: 5 });
    await makeAgent(server, id, { status: "idle", name: "two" });
    const stdout = await running.prints("1 idle; $0.00 in all");
    expect(stdout.slice(stdout.lastIndexOf("STATUS"))).not.toContain("completed");
    expect(stdout).not.toContain("failed");
  });

  test("--json prints a line whenever something changed, with the same fields whether listed or changed", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const { id: agent } = await makeAgent(server, id, { status: "executing", context: { a: 1 } });
    await using running = startCli(["status", "--watch", "--json"], server.url, { columns: 80 });
    await running.prints('"status":"executing"');
    await patch(server, agent, { status: "completed" });
    await running.prints('"status":"completed"');
    const lines = (await running.stop()).stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    const [[first], [second]] = lines.map((line) => JSON.parse(line)) as [Json[], Json[]];
    expect(first.status).toBe("executing");
    const {
      context: _context,
      config: _config,
      metadata: _metadata,
      ...row
    } = (await server.call("GET", `/api/runtime/agents/${agent}`)).body;
    expect(second).toEqual(row);
    expect(Object.keys(first)).toEqual(Object.keys(second));
  });

  test("draws no more than ten times a second, however much happens, and the last state in the end", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const { id: agent } = await makeAgent(server, id);
    await using running = startCli(["status", "--watch", "--json"], server.url);
    await running.prints(agent);
    const begin = performance.now();
    for (let cost = 1; cost <= 200; cost += 1) await patch(server, agent, { cost_usd: cost });
    await running.prints('"cost_usd":200,');
    const draws = running.stdout.trimEnd().split("\n").length;
    expect(draws).toBeLessThanOrEqual(2 + Math.ceil((performance.now() - begin) / 100));
  });

  test(
    "goes on after a restart of the server, and says so once each time on stderr",
    async () => {
      await using restarting = await restartingServer();
      const { id } = await makeDefinition(restarting.server);
      const { id: agent } = await makeAgent(restarting.server, id, { status: "executing" });
      await using running = startCli(["status", "--watch"], restarting.url);
      await running.prints("1 executing;");
      for (const [round, status] of ["waiting", "planning"].entries()) {
        await restarting.stop();
        await until("the break", () => running.stderr.split("not live").length === round + 2);
        await restarting.start();
        await patch(restarting.server, agent, { status });
        await running.prints(`1 ${status};`);
      }
      await running.notes(/live again\n[^]*live again\n/);
      const { code, stderr } = await running.stop();
      expect(stderr).toMatch(/^(?:not live, trying again: [^\n]+\nlive again\n){2}$/);
      expect(code).toBe(130);
    },
    PATIENCE_MS,
  );

  test("that is refused while it runs ends with the refusal", async () => {
    await using server = await testServer();
    let isRefusing = false;
    await using proxy = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      async fetch(request) {
        const { pathname, search } = new URL(request.url);
        const headers = { "Content-Type": "application/problem+json", "X-Request-Id": "r" };
        const refusal = { status: 401, code: "unauthorized", detail: "The token is not valid any more." };
        if (isRefusing) return Response.json(refusal, { status: 401, headers });
        if (!request.headers.get("Accept")?.includes("event-stream")) return fetch(server.url + pathname + search);
        isRefusing = true;
        return new Response(null, { status: 503, headers: { ...headers, "Retry-After": "0" } });
      },
    });
    await using running = startCli(["status", "--watch"], proxy.url.origin);
    const { code, stdout, stderr } = await running.ended;
    expect(stderr).toEndWith("The token is not valid any more. (set ORCHESTRATOR_TOKEN to a valid token)\n");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "no agents are running\n" });
  });
});

test("all who ended within the hour are told, however many", async () => {
  await using server = await testServer();
  const { id } = await makeDefinition(server);
  for (let index = 0; index < 130; index += 1) await makeAgent(server, id, { status: "completed" });
  const { stdout } = await cliOf(server.url)("status");
  expect(stdout).toContain("130 completed; ");
  const all = JSON.parse((await cliOf(server.url)("status", "--all", "--json")).stdout) as unknown[];
  expect(all).toHaveLength(100);
});
