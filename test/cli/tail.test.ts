import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { cliOf, runCli } from "#test/support/cli.ts";
import { testFolder } from "#test/support/folder.ts";
import { openForeignWriter } from "#test/support/foreign-writer.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import type { Json } from "#test/support/json.ts";
import { startProgram } from "#test/support/program.ts";
import { type RestartingServer, restartingServer } from "#test/support/restarting-server.ts";
import { makeAgent, makeDefinition, makeLogs, makePrompt, makeSystemLog } from "#test/support/rows.ts";
import { type RunningCli, startCli } from "#test/support/running-cli.ts";
import { runSql } from "#test/support/scenario.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const PATIENCE_MS = 60_000;

/** All changes there are, as the API tells them. */
async function changes(server: TestServer): Promise<Json[]> {
  return (await server.call("GET", "/api/events?after=0&limit=1000")).body.events;
}

function jsonLines(stdout: string): Json[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Runs `tail` until it has printed this, and returns its lines. */
async function tailed(server: TestServer, last: string | RegExp, ...args: string[]): Promise<string[]> {
  await using running = startCli(["tail", ...args], server.url);
  await running.prints(last);
  const { code, stdout } = await running.stop();
  expect(code).toBe(130);
  return stdout.trimEnd().split("\n");
}

const timeless = (line: string) => line.replace(/^\d\d:\d\d:\d\d /, "");

describe("tail", () => {
  test("tells changes as they come, from now on", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    await using running = startCli(["tail"], server.url);
    await running.notes(`following ${server.url} behind change 1\n`);
    const { id: agent } = await makeAgent(server, id, { name: "one", status: "executing" });
    await running.prints("one executing s1\n");
    await makeLogs(server, { agent_id: agent, log_type: "error", log_level: "error", message: "Tests\nfail" });
    await running.prints("fail");
    await makePrompt(server, agent, { cost_usd: 0.5, tokens_input: 1200, model_used: "m" });
    await makeSystemLog(server);
    await server.call("POST", "/api/runtime/workflows", {
      adw_name: "adw-1",
      workflow_type: "sdlc",
      current_step: "plan",
      total_steps: 4,
      completed_steps: 1,
    });
    await server.call("PATCH", `/api/runtime/agents/${agent}`, { status: "failed", error_message: "gave up" });
    await server.call("PUT", `/api/agents/${id}`, { name: "renamed", is_active: false });
    await running.prints("not active\n");
    const { code, stdout, stderr } = await running.stop();
    expect(code).toBe(130);
    const ended = (await server.call("GET", "/api/events")).body.head_seq;
    expect(stderr).toBe(`following ${server.url} behind change 1\nended behind change ${ended}\n`);
    expect(stdout).toMatch(/^(\d\d:\d\d:\d\d [^\n]+\n)+$/);
    expect(stdout.trimEnd().split("\n").map(timeless)).toEqual([
      "agent.created     one executing s1",
      "agent_log.created one ERROR error  Tests\\nfail",
      "prompt.created    one pending command  m  1,200 in, ? out  $0.50",
      "agent.updated     one executing s1  $0.50",
      "system_log.created scheduler INFO Started",
      "workflow.created  adw-1 pending sdlc  plan  1 of 4 steps",
      "agent.updated     one failed s1  $0.50  gave up",
      "agent_log.created one INFO state_change  executing -> failed",
      "orchestrator_agent.updated renamed planner  not active",
    ]);
  });

  test("--json prints the change as the feed tells it, a line each, and nothing else", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server, { description: "a\u2028b" });
    await makeAgent(server, id);
    await using running = startCli(["tail", "--after", "0", "--json"], server.url);
    await running.prints('"seq":2');
    await makeSystemLog(server);
    await running.prints('"seq":3');
    const { stdout, stderr } = await running.stop();
    expect(jsonLines(stdout)).toEqual(await changes(server));
    expect(stderr).toBe("");
  });

  test("knows who a change is of: by name, by definition, by the end of its id when it is gone", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server);
    const { id: named } = await makeAgent(server, id, { name: "one" });
    const { id: nameless } = await makeAgent(server, id);
    const { id: gone } = await makeAgent(server, id, { name: "gone", status: "completed" });
    const message = "hello";
    for (const agent of [named, nameless, gone]) {
      await makeLogs(server, { agent_id: agent, log_type: "milestone", message });
    }
    await server.call("DELETE", `/api/runtime/agents/${gone}`);
    // The prompts and logs alone: their agents are not among the changes.
    const lines = await tailed(server, /removed/, "--after", "0", "--types", "agent_log");
    expect(lines.map(timeless)).toEqual([
      "agent_log.created one INFO milestone  hello",
      "agent_log.created planner INFO milestone  hello",
      `agent_log.created …${gone.slice(-8)} (removed since)`,
    ]);
  });

  test("what was logged is never cut, a long name is", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server, { name: "日本語".repeat(20) });
    const { id: agent } = await makeAgent(server, id);
    await makeLogs(server, { agent_id: agent, log_type: "milestone", message: "m".repeat(1000) });
    for (const columns of [100, 120, 200]) {
      await using running = startCli(["tail", "--after", "0"], server.url, { columns });
      const line = (await running.prints("m".repeat(1000))).split("\n").find((each) => each.includes("mmm"))!;
      expect(Bun.stringWidth(line.slice(0, line.indexOf("INFO")))).toBeLessThanOrEqual(52);
    }
  });

  test("hostile text is shown and never obeyed", async () => {
    await using server = await testServer();
    const { id } = await makeDefinition(server, { name: HOSTILE });
    const { id: agent } = await makeAgent(server, id, { name: HOSTILE, session_id: HOSTILE });
    await makePrompt(server, agent, { prompt_name: HOSTILE, model_used: HOSTILE, error_message: HOSTILE });
    await makeLogs(server, { agent_id: agent, log_type: "milestone", message: HOSTILE });
    await makeSystemLog(server, { component: HOSTILE, message: HOSTILE });
    await server.call("POST", "/api/runtime/workflows", {
      adw_name: HOSTILE,
      workflow_type: HOSTILE.toLowerCase(),
      current_step: HOSTILE,
    });
    const quoted = HOSTILE.replaceAll("'", "''");
    runSql(
      server.path,
      `pragma ignore_check_constraints = on;
       insert into agents (id, orchestrator_agent_id, session_id, status) values ('${quoted}', '${id}', 's', '${quoted}');
       insert into agent_logs (agent_id, log_level, log_type, message) values ('${agent}', '${quoted}', '${quoted}', 'm');
       insert into prompts (id, agent_id, prompt_type, prompt_text, status) values ('p', '${agent}', '${quoted}', 't', '${quoted}');`,
    );
    await makeSystemLog(server, { message: "the last" });
    const all = await changes(server);
    for (const columns of [undefined, 80]) {
      const options = columns === undefined ? {} : { columns };
      await using running = startCli(["tail", "--after", "0"], server.url, options);
      const stdout = await running.prints("the last");
      expect(rawIn(stdout + running.stderr)).toEqual([]);
      expect(stdout.trimEnd().split("\n")).toHaveLength(all.length);
      await using json = startCli(["tail", "--after", "0", "--json"], server.url, options);
      await json.prints("the last");
      expect(rawIn(json.stdout)).toEqual([]);
      expect(jsonLines(json.stdout)).toEqual(all);
    }
  });
});

describe("where tail starts", () => {
  async function withChanges(server: TestServer): Promise<void> {
    for (let index = 1; index <= 5; index += 1) await makeSystemLog(server, { message: `m${index}` });
  }

  test.each([
    { args: ["--after", "0"], seqs: [1, 2, 3, 4, 5, 6] },
    { args: ["--after", "3"], seqs: [4, 5, 6] },
    { args: ["--after", "5"], seqs: [6] },
    { args: ["--last", "2"], seqs: [4, 5, 6] },
    { args: ["--last", "0"], seqs: [6] },
    { args: ["--last", "1000"], seqs: [1, 2, 3, 4, 5, 6] },
    { args: [], seqs: [6] },
  ])("$args", async ({ args, seqs }) => {
    await using server = await testServer();
    await withChanges(server);
    await using running = startCli(["tail", ...args], server.url);
    await running.notes("following");
    await makeSystemLog(server, { message: "m6" });
    await running.prints("m6");
    const { stdout } = await running.stop();
    expect([...stdout.matchAll(/ m(\d)$/gm)].map(([, number]) => Number(number))).toEqual([...seqs]);
  });

  test("behind a change that there is not yet is wrong usage", async () => {
    await using server = await testServer();
    await withChanges(server);
    expect(await cliOf(server.url)("tail", "--after", "99")).toEqual({
      code: 2,
      stdout: "",
      stderr: '--after holds "99"; the newest change is 5\n',
    });
  });

  test("behind a change that was pruned is not found, and behind the last before it is", async () => {
    await using server = await testServer();
    await withChanges(server);
    runSql(server.path, "delete from changes where seq <= 3");
    expect(await cliOf(server.url)("tail", "--after", "2", "--json")).toEqual({
      code: 3,
      stdout: "",
      stderr: "what follows change 2 is gone: the oldest that is kept is 4\n",
    });
    await using running = startCli(["tail", "--after", "3", "--json"], server.url);
    await running.prints('"seq":4');
    await using last = startCli(["tail", "--last", "1000", "--json"], server.url);
    await last.prints('"seq":5');
    expect(jsonLines(last.stdout).map(({ seq }) => seq)).toEqual([4, 5]);
  });
});

describe("what tail leaves out", () => {
  async function withRows(server: TestServer): Promise<{ first: string; second: string }> {
    const { id } = await makeDefinition(server);
    const { id: first } = await makeAgent(server, id, { session_id: "s1" });
    const { id: second } = await makeAgent(server, id, { session_id: "s2" });
    for (const log_level of ["debug", "info", "warning", "error", "critical"]) {
      await makeLogs(server, { agent_id: first, log_type: "milestone", message: "m", log_level });
      await makeSystemLog(server, { log_level });
    }
    await makePrompt(server, second);
    return { first, second };
  }

  /** What passes, up to and with a last change that is made for it. */
  async function found(server: TestServer, last: "prompt" | "log", ...args: string[]): Promise<Json[]> {
    await using running = startCli(["tail", "--after", "0", "--json", ...args], server.url);
    if (last === "log") await makeSystemLog(server, { component: "end", log_level: "critical" });
    else await makePrompt(server, (await agentsOf(server, "s2"))[0].id, { prompt_name: "end" });
    await running.prints('"end"');
    return jsonLines((await running.stop()).stdout);
  }

  async function agentsOf(server: TestServer, session: string): Promise<Json[]> {
    return (await server.call("GET", `/api/runtime/agents?session_id=${session}`)).body;
  }

  test("--types", async () => {
    await using server = await testServer();
    await withRows(server);
    const types = (await found(server, "prompt", "--types", "agent,prompt", "--types", "orchestrator_agent")).map(
      (each) => each.type,
    );
    expect(types).toEqual([
      "orchestrator_agent.created",
      "agent.created",
      "agent.created",
      "prompt.created",
      "prompt.created",
    ]);
  });

  test("--session and --agent", async () => {
    await using server = await testServer();
    const { second } = await withRows(server);
    for (const args of [
      ["--session", "s2"],
      ["--agent", second],
      ["--session", "none,s2"],
    ]) {
      const types = (await found(server, "prompt", ...args)).map((each) => each.type);
      expect(types.filter((type) => type !== "prompt.created")).toEqual(["agent.created"]);
    }
  });

  test.each([
    { level: "error,critical", levels: ["ERROR", "CRITICAL"] },
    { level: "Warn,critical", levels: ["WARNING", "CRITICAL"] },
    { level: "critical", levels: ["CRITICAL"] },
  ])("--level $level, of logs alone", async ({ level, levels }) => {
    await using server = await testServer();
    await withRows(server);
    const rows = (await found(server, "log", "--level", level)).map(({ data }) => data);
    const held = (key: string) => rows.filter((row) => key in row).map(({ log_level }) => log_level);
    expect(held("log_type")).toEqual([...levels]);
    expect(held("component")).toEqual([...levels, "CRITICAL"]);
    expect(rows.filter((row) => "capabilities" in row)).toHaveLength(1);
  });

  test("an empty filter ends it with 2", async () => {
    await using server = await testServer();
    const { code, stdout, stderr } = await cliOf(server.url)("tail", "--json", "--session", "");
    expect(stderr).toBe('--session holds ""; it must not be empty\n');
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("tail across restarts of the server", () => {
  /** Writes through the API and as another program until it is told to stop; a server that is gone is no matter. */
  async function writeOn(restarting: RestartingServer, isDone: () => boolean): Promise<void> {
    await using other = await openForeignWriter(restarting.path);
    async function writeAsOther(): Promise<void> {
      for (let turn = 0; !isDone(); turn += 1) {
        await other.run("insert into system_logs (component, message) values ('other', ?)", [`other ${turn}`]);
      }
    }
    async function writeByApi(): Promise<void> {
      for (let turn = 0; !isDone(); turn += 1) {
        await makeSystemLog(restarting.server, { component: "api", message: `api ${turn}` }).catch(() => {});
      }
    }
    await Promise.all([writeAsOther(), writeByApi()]);
  }

  function seqs(running: RunningCli): number[] {
    return jsonLines(running.stdout).map(({ seq }) => seq);
  }

  test(
    "tells every change once and in order, and each break once on stderr",
    async () => {
      await using restarting = await restartingServer();
      await using running = startCli(["tail", "--after", "0", "--json"], restarting.url);
      await using human = startCli(["tail", "--last", "5"], restarting.url);
      let isDone = false;
      const writing = writeOn(restarting, () => isDone);
      for (let round = 1; round <= 4; round += 1) {
        const before = seqs(running).length;
        await until("changes", () => seqs(running).length > before + 50);
        await restarting.stop();
        for (const each of [running, human]) {
          await until("the break", () => each.stderr.split("not live").length === round + 1);
        }
        await restarting.start();
        for (const each of [running, human]) {
          await until("live again", () => each.stderr.split("live again").length === round + 1);
        }
      }
      isDone = true;
      await writing;
      const { id } = await makeSystemLog(restarting.server, { component: "end", message: "the end" });
      await running.prints('"the end"');
      await human.prints("the end");

      const db = new Database(restarting.path, { readonly: true });
      const stored = db.query<{ seq: number }, []>("select seq from changes order by seq").all();
      db.close();
      expect(seqs(running)).toEqual(stored.map(({ seq }) => seq));
      expect(jsonLines(running.stdout).at(-1).id).toBe(id);
      const messages = jsonLines(running.stdout).map(({ data }) => data.message);
      expect(messages.filter((message) => message.startsWith("other")).length).toBeGreaterThan(50);
      expect(messages.filter((message) => message.startsWith("api")).length).toBeGreaterThan(50);
      // The readable one started somewhere in between, and ends with the very same.
      const shown = human.stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.slice(line.indexOf("INFO ") + 5));
      expect(shown).toEqual(messages.slice(-shown.length));

      for (const each of [running, human]) {
        const { code, stderr } = await each.stop();
        expect(stderr).toMatch(
          /^(?:following [^\n]+\n)?(?:not live, trying again: [^\n]+\nlive again\n){4}(?:ended behind change \d+\n)?$/,
        );
        expect(code).toBe(130);
      }
    },
    PATIENCE_MS,
  );

  test(
    "a file that was replaced by another history says so, and goes on with that",
    async () => {
      await using restarting = await restartingServer();
      for (let index = 0; index < 5; index += 1) await makeSystemLog(restarting.server);
      await using running = startCli(["tail", "--after", "0", "--json"], restarting.url);
      await running.prints('"seq":5');
      await restarting.stop();
      rmSync(restarting.path);
      await restarting.start();
      for (let index = 0; index < 9; index += 1) await makeSystemLog(restarting.server, { message: `other ${index}` });
      await running.notes("the history was replaced by another one; going on from change ");
      await makeSystemLog(restarting.server, { message: "after" });
      await running.prints('"after"');
      const { stderr } = await running.stop();
      expect(stderr).toMatch(
        /^not live, trying again: [^\n]+\n(?:live again\n)?the history was replaced by another one; going on from change \d+\n(?:live again\n)?$/,
      );
    },
    PATIENCE_MS,
  );

  test(
    "a name that could not be asked for in a break is asked for later",
    async () => {
      await using server = await testServer();
      const { id } = await makeAgent(server, (await makeDefinition(server)).id, { name: "one" });
      let isRefusing = true;
      await using proxy = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        idleTimeout: 0,
        fetch(request) {
          const { pathname, search } = new URL(request.url);
          const isAgent = pathname.startsWith("/api/runtime/agents/");
          if (isAgent && isRefusing) return new Response("gone", { status: 502 });
          return fetch(server.url + pathname + search, { headers: request.headers });
        },
      });
      await using running = startCli(["tail", "--types", "agent_log", "--last", "0"], proxy.url.origin);
      await running.notes("following");
      await makeLogs(server, { agent_id: id, log_type: "milestone", message: "first" });
      await running.prints(`…${id.slice(-8)} INFO milestone  first\n`);
      isRefusing = false;
      await makeLogs(server, { agent_id: id, log_type: "milestone", message: "second" });
      await running.prints("one INFO milestone  second\n");
    },
    PATIENCE_MS,
  );

  test("a server that does not answer who an agent is does not keep it from ending", async () => {
    await using server = await testServer();
    const { id } = await makeAgent(server, (await makeDefinition(server)).id);
    await makeLogs(server, { agent_id: id, log_type: "milestone", message: "m" });
    let isAsked = false;
    await using proxy = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch(request) {
        const { pathname, search } = new URL(request.url);
        if (!pathname.startsWith("/api/runtime/agents/")) {
          return fetch(server.url + pathname + search, { headers: request.headers });
        }
        isAsked = true;
        return new Promise<Response>(() => {});
      },
    });
    await using running = startCli(["tail", "--types", "agent_log", "--last", "1"], proxy.url.origin);
    await until("the question", () => isAsked);
    expect(await running.stop()).toMatchObject({ code: 130 });
  });

  test("a server that is not there at the start is not waited for", async () => {
    const begin = performance.now();
    const exit = await runCli(["tail", "--url", "http://127.0.0.1:1"]);
    expect(exit).toEqual({
      code: 5,
      stdout: "",
      stderr: "no Orchestrator at http://127.0.0.1:1: nothing listens there\n",
    });
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

test("a reader that pauses holds up tail, not its memory", async () => {
  await using server = await testServer();
  for (let index = 0; index < 20; index += 1) await makeSystemLog(server);
  let isTaken = Promise.withResolvers<void>();
  await using running = startCli(["tail", "--after", "0", "--json"], server.url, { flush: () => isTaken.promise });
  for (let line = 1; line <= 20; line += 1) {
    await running.prints(`"seq":${line},`);
    // Whatever else there is to do is done; nothing more is printed before this was taken.
    await server.call("GET", "/health");
    expect(jsonLines(running.stdout)).toHaveLength(line);
    isTaken.resolve();
    isTaken = Promise.withResolvers<void>();
  }
  isTaken.resolve();
});

describe("tail as a process", () => {
  test(
    "piped into a reader that stops ends quietly",
    async () => {
      using folder = testFolder();
      await using program = startProgram(folder.path);
      const url = await program.url;
      const write = () =>
        fetch(`${url}/api/system/logs`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: '{"component": "c", "message": "m"}',
        });
      await write();
      const main = `${import.meta.dir}/../../src/main.ts`;
      const child = Bun.spawn(
        ["bash", "-c", `"$0" "$1" tail --json --after 0 | head -1; echo "\${PIPESTATUS[*]}"`, process.execPath, main],
        { env: { PATH: process.env["PATH"], ORCHESTRATOR_URL: url }, stdout: "pipe", stderr: "pipe", timeout: 20_000 },
      );
      let isEnded = false;
      void child.exited.then(() => (isEnded = true));
      // It sees that nobody reads when it has something to tell.
      await until("its end", async () => {
        if (!isEnded) await write();
        return isEnded;
      });
      const [line, status] = (await child.stdout.text()).split("\n");
      expect(JSON.parse(line!)).toMatchObject({ seq: 1, type: "system_log.created" });
      expect(status).toBe("0 0");
      expect(await child.stderr.text()).toBe("");
    },
    PATIENCE_MS,
  );

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "ends by %s with %d, with all it had to tell",
    async (signal, code) => {
      await using server = await testServer();
      await makeSystemLog(server);
      using folder = testFolder();
      await using tail = startProgram(folder.path, { ORCHESTRATOR_URL: server.url }, ["tail", "--after", "0"]);
      await until("a line", () => tail.printed().includes("scheduler INFO Started\n"));
      tail.kill(signal);
      const exit = await tail.exited;
      expect(exit.code).toBe(code);
      expect(exit.stderr).toBe(`following ${server.url} behind change 0\nended behind change 1\n`);
      expect(exit.stdout).toMatch(/^\d\d:\d\d:\d\d system_log\.created +scheduler INFO Started\n$/);
    },
    PATIENCE_MS,
  );
});

test("tail tells of budgets", async () => {
  await using server = await testServer();
  const { id } = await makeDefinition(server);
  const { id: agent } = await makeAgent(server, id, { name: "one", config: { max_cost_usd: 2 } });
  await using running = startCli(["tail", "--types", "budget"], server.url);
  await running.notes("following");
  await server.call("PATCH", `/api/runtime/agents/${agent}`, { cost_usd: 1.7 });
  await running.prints(/budget_warning +one 85 % \$1\.70 of \$2\.00 {2}agent \S+\n/);
  await server.call("PATCH", `/api/runtime/agents/${agent}`, { cost_usd: 3 });
  await running.prints(/budget_exceeded +one 150 % \$3\.00 of \$2\.00 {2}agent \S+\n/);
});
