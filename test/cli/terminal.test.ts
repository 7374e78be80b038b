import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { Json } from "#test/support/json.ts";
import { testFolder } from "#test/support/folder.ts";
import { MAIN, runProgram } from "#test/support/program.ts";
import { restartingServer } from "#test/support/restarting-server.ts";
import { makeAgent, makeDefinition, makeSystemLog } from "#test/support/rows.ts";
import { runSql } from "#test/support/scenario.ts";
import { CTRL_C, ENTER, openTerminal } from "#test/support/terminal.ts";
import { type TestServer, testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const PATIENCE_MS = 30_000;

// oxlint-disable-next-line no-control-regex
const COLOUR = /\u001B\[\d+m/;
const LEFT = "\u001B[D";

async function patch(server: TestServer, id: string, fields: object): Promise<void> {
  expect((await server.call("PATCH", `/api/runtime/agents/${id}`, fields)).status).toBe(200);
}

async function definitions(server: TestServer): Promise<Json[]> {
  return (await server.call("GET", "/api/agents")).body;
}

/** The lines of a screen that hold something. */
const held = (lines: readonly string[]) => lines.filter((line) => line !== "");

describe("status --watch on a terminal", () => {
  test(
    "draws in place, hides the cursor while it runs, and ends with 130 by Ctrl+C",
    async () => {
      await using server = await testServer();
      const { id } = await makeDefinition(server);
      const { id: agent } = await makeAgent(server, id, { name: "one", status: "executing" });
      await using terminal = openTerminal(server.url, ["status", "--watch"]);
      await terminal.shows("a table", (lines) => lines.some((line) => line.startsWith("executing  one")));
      expect(terminal.screen.isCursorShown).toBe(false);
      expect(terminal.raw).toMatch(COLOUR);
      for (const status of ["planning", "reviewing", "waiting"]) {
        await patch(server, agent, { status });
        await terminal.shows(status, (lines) => lines.some((line) => line.startsWith(status)));
      }
      await makeAgent(server, id, { name: "two", status: "idle" });
      const lines = await terminal.shows("both", (all) => all.some((line) => line.startsWith("1 waiting, 1 idle")));
      expect(held(lines)).toEqual([
        expect.stringMatching(/^STATUS +AGENT/),
        expect.stringMatching(/^waiting +one/),
        expect.stringMatching(/^idle +two/),
        "1 waiting, 1 idle; $0.00 in all",
      ]);
      terminal.type(CTRL_C);
      expect(await terminal.exited).toBe(130);
      expect(terminal.screen.isCursorShown).toBe(true);
      expect(terminal.screen.unknown).toEqual([]);
      // What was drawn last stays, and the next prompt stands below.
      expect(held(terminal.screen.lines).slice(0, 4)).toEqual(held(lines));
    },
    PATIENCE_MS,
  );

  test(
    "lets ages grow while nothing happens",
    async () => {
      await using server = await testServer();
      await makeAgent(server, (await makeDefinition(server)).id, { name: "one" });
      await using terminal = openTerminal(server.url, ["status", "--watch"]);
      await terminal.shows("an age", (lines) => lines.some((line) => / [1-9]s /.test(line)));
      expect(held(terminal.screen.lines)).toHaveLength(3);
    },
    PATIENCE_MS,
  );

  test(
    "shows as many as fit, and says how many more there are",
    async () => {
      await using server = await testServer();
      const { id } = await makeDefinition(server);
      for (let index = 0; index < 30; index += 1) await makeAgent(server, id, { name: `n${index}`, status: "idle" });
      await makeAgent(server, id, { name: "urgent", status: "waiting" });
      await using terminal = openTerminal(server.url, ["status", "--watch"], { rows: 12 });
      const lines = await terminal.shows("the summary", (all) => all.some((line) => line.startsWith("1 waiting, 30")));
      expect(held(lines)).toHaveLength(10);
      expect(lines[1]).toMatch(/^waiting +urgent/);
      expect(held(lines).at(-2)).toBe("… and 24 more");
      await makeAgent(server, id, { status: "idle" });
      await terminal.shows("one more", (all) => all.includes("… and 25 more"));
      expect(terminal.screen.scrolled).toBe(0);
    },
    PATIENCE_MS,
  );

  test(
    "is cut to a narrow terminal, and survives that it is resized",
    async () => {
      await using server = await testServer();
      const { id } = await makeDefinition(server);
      const { id: agent } = await makeAgent(server, id, { name: "日本語".repeat(20), session_id: "s".repeat(60) });
      for (let index = 0; index < 5; index += 1) await makeAgent(server, id, { name: `n${index}` });
      await using terminal = openTerminal(server.url, ["status", "--watch"], { columns: 120, rows: 40 });
      await terminal.shows("a table", (all) => all.some((line) => line.startsWith("6 initializing")));
      for (const [columns, cost] of [
        [30, 1],
        [90, 2],
        [20, 3],
        [120, 4],
      ] as const) {
        terminal.resize(columns, 40);
        await patch(server, agent, { cost_usd: cost });
        // It is drawn anew at the latest when the ages are.
        const lines = await terminal.shows(`${columns} columns`, (all) => {
          const widths = all.map((line) => Bun.stringWidth(line));
          const summary = all.find((line) => line.startsWith("6 initializing"));
          return Math.max(...widths) <= columns && (summary?.includes(`$${cost}`) ?? columns < 30);
        });
        expect(held(lines)).toHaveLength(8);
        expect(lines[0]).toStartWith("STATUS");
      }
      terminal.type(CTRL_C);
      expect(await terminal.exited).toBe(130);
      expect(terminal.screen.isCursorShown).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "says below the table that the server is gone, until it is back",
    async () => {
      await using restarting = await restartingServer();
      await makeAgent(restarting.server, (await makeDefinition(restarting.server)).id, { name: "one" });
      await using terminal = openTerminal(restarting.url, ["status", "--watch"], { rows: 5 });
      await terminal.shows("a table", (lines) => lines.some((line) => line.startsWith("1 initializing")));
      await restarting.stop();
      await terminal.shows("the notice", (lines) => held(lines).at(-1)!.startsWith("not live, trying again: "));
      await restarting.start();
      const lines = await terminal.shows("no notice", (all) => all.every((line) => !line.includes("not live")));
      expect(held(lines).at(-1)).toStartWith("1 initializing");
      terminal.type(CTRL_C);
      expect(await terminal.exited).toBe(130);
    },
    PATIENCE_MS,
  );

  test(
    "ends at once by Ctrl+C while the server is gone, by SIGTERM with 143; the cursor comes back",
    async () => {
      await using restarting = await restartingServer();
      await using first = openTerminal(restarting.url, ["status", "--watch"]);
      await using second = openTerminal(restarting.url, ["status", "--watch"]);
      for (const terminal of [first, second]) await terminal.sees("no agents are running");
      await restarting.stop();
      for (const terminal of [first, second]) await terminal.sees("not live");
      first.type(CTRL_C);
      second.kill("SIGTERM");
      expect([await first.exited, await second.exited]).toEqual([130, 143]);
      expect([first.screen.isCursorShown, second.screen.isCursorShown]).toEqual([true, true]);
    },
    PATIENCE_MS,
  );

  test(
    "ends at once by Ctrl+C while the server does not answer a list",
    async () => {
      await using server = await testServer();
      let isStuck = false;
      let isListing = false;
      await using proxy = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        idleTimeout: 0,
        fetch(request) {
          const { pathname, search } = new URL(request.url);
          const isStream = request.headers.get("Accept")!.includes("event-stream");
          if (isStuck && pathname === "/api/runtime/agents") {
            isListing = true;
            return new Promise<Response>(() => {});
          }
          if (!isStream) return fetch(server.url + pathname + search);
          // The history is gone: it lists again.
          isStuck = true;
          const frames = [
            { type: "hello", seq: 9, oldest_seq: 1, feed: "other", version: "0" },
            { type: "stale", reason: "replaced", oldest_seq: 1, head_seq: 9 },
          ];
          const body = frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("");
          return new Response(body, { headers: { "Content-Type": "text/event-stream", "X-Request-Id": "r" } });
        },
      });
      await using terminal = openTerminal(proxy.url.origin, ["status", "--watch"]);
      await until("the list", () => isListing);
      terminal.type(CTRL_C);
      expect(await terminal.exited).toBe(130);
      expect(terminal.screen.isCursorShown).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "--json prints whole lines there too",
    async () => {
      await using server = await testServer();
      const { id } = await makeDefinition(server);
      const { id: agent } = await makeAgent(server, id, { name: "n".repeat(200) });
      await using terminal = openTerminal(server.url, ["status", "--watch", "--json"], { columns: 40 });
      await terminal.sees(agent);
      await patch(server, agent, { cost_usd: 5 });
      await terminal.sees('"cost_usd":5');
      terminal.type(CTRL_C);
      expect(await terminal.exited).toBe(130);
      const lines = terminal.raw.replaceAll("\r", "").split("\n").slice(0, 2);
      expect(lines.map((line) => JSON.parse(line)[0].cost_usd)).toEqual([0, 5]);
      expect(terminal.raw).not.toContain("\u001B");
    },
    PATIENCE_MS,
  );

  test(
    "that calls itself dumb gets a new table each time, and no sequences",
    async () => {
      await using server = await testServer();
      const { id: agent } = await makeAgent(server, (await makeDefinition(server)).id);
      await using terminal = openTerminal(server.url, ["status", "--watch"], { env: { TERM: "dumb" } });
      await terminal.sees("1 initializing");
      await patch(server, agent, { status: "waiting" });
      await terminal.sees("1 waiting");
      terminal.type(CTRL_C);
      expect(await terminal.exited).toBe(130);
      expect(terminal.raw).not.toContain("\u001B");
      expect(terminal.raw.split("STATUS")).toHaveLength(3);
    },
    PATIENCE_MS,
  );
});

describe("tail on a terminal", () => {
  test(
    "tells in colour, whole, and ends with 130 by Ctrl+C",
    async () => {
      await using server = await testServer();
      await using terminal = openTerminal(server.url, ["tail"], { columns: 80 });
      await terminal.sees("following");
      await makeSystemLog(server, { log_level: "error", message: "x".repeat(200) });
      await terminal.sees("xxx");
      terminal.type(CTRL_C);
      expect(await terminal.exited).toBe(130);
      expect(terminal.raw).toContain("\u001B[31mERROR\u001B[39m");
      expect(terminal.raw).toContain("x".repeat(200));
      expect(terminal.screen.isCursorShown).toBe(true);
    },
    PATIENCE_MS,
  );
});

describe("colour", () => {
  const COMMANDS = ["status", "runs list", "logs --system", "doctor", "tail --after 0"];

  async function shown(server: TestServer, command: string, env: Record<string, string>): Promise<string> {
    const place = { DATABASE_PATH: server.path, PORT: new URL(server.url).port };
    await using terminal = openTerminal(server.url, command.split(" "), { env: { ...place, ...env } });
    if (command.startsWith("tail")) {
      await terminal.sees("the last");
      terminal.type(CTRL_C);
    }
    await terminal.exited;
    return terminal.raw;
  }

  test.each(COMMANDS)(
    "of %s: on a terminal, but not with NO_COLOR or TERM=dumb; FORCE_COLOR=0 says no too",
    async (command) => {
      await using server = await testServer();
      await makeAgent(server, (await makeDefinition(server)).id, { status: "waiting" });
      await makeSystemLog(server, { log_level: "error", message: "the last" });
      const [usual, ...plain] = await Promise.all([
        shown(server, command, {}),
        shown(server, command, { NO_COLOR: "1" }),
        shown(server, command, { TERM: "dumb" }),
        shown(server, command, { FORCE_COLOR: "0" }),
      ]);
      expect(usual).toMatch(COLOUR);
      for (const raw of plain) {
        expect(raw).not.toContain("\u001B");
        expect(raw).not.toBe("");
      }
    },
    PATIENCE_MS,
  );

  test("in a pipe only with FORCE_COLOR, and NO_COLOR wins", async () => {
    await using server = await testServer();
    await makeAgent(server, (await makeDefinition(server)).id, { status: "waiting" });
    using folder = testFolder();
    const piped = async (env: Record<string, string>) =>
      (await runProgram(folder.path, { ORCHESTRATOR_URL: server.url, ...env }, ["status"])).stdout;
    expect(await piped({})).not.toContain("\u001B");
    expect(await piped({ FORCE_COLOR: "1" })).toMatch(COLOUR);
    expect(await piped({ FORCE_COLOR: "1", NO_COLOR: "1" })).not.toContain("\u001B");
    expect(await piped({ FORCE_COLOR: "1", TERM: "dumb" })).toMatch(COLOUR);
  });

  test("of an error on stderr follows stderr", async () => {
    using folder = testFolder();
    const { stderr } = await runProgram(folder.path, { FORCE_COLOR: "1" }, ["status", "--url", "http://127.0.0.1:1"]);
    expect(stderr).toStartWith("\u001B[31mno Orchestrator at ");
    expect(stderr).toEndWith("\u001B[39m\n");
  });
});

describe("agents create on a terminal", () => {
  test(
    "asks for what is missing, and prints the id",
    async () => {
      await using server = await testServer();
      await using terminal = openTerminal(server.url, ["agents", "create"]);
      await terminal.sees("Name of the definition");
      terminal.type(`planner${ENTER}`);
      await terminal.sees("Kind of agent");
      terminal.type(`skill${ENTER}`);
      expect(await terminal.exited).toBe(0);
      const [made] = await definitions(server);
      expect(made).toMatchObject({ name: "planner", agent_type: "skill" });
      expect(terminal.raw).toContain(made.id);
    },
    PATIENCE_MS,
  );

  test(
    "asks for no more than that",
    async () => {
      await using server = await testServer();
      await using terminal = openTerminal(server.url, ["agents", "create", "planner"]);
      await terminal.sees("Kind of agent");
      terminal.type(`skill${ENTER}`);
      expect(await terminal.exited).toBe(0);
      expect(terminal.raw).not.toContain("Name of the definition");
      await using silent = openTerminal(server.url, ["agents", "create", "other", "--type", "skill"]);
      expect(await silent.exited).toBe(0);
      expect(silent.raw).toMatch(/^[\w-]{36}\r\n$/);
    },
    PATIENCE_MS,
  );

  test(
    "asks again for what cannot be",
    async () => {
      await using server = await testServer();
      await using terminal = openTerminal(server.url, ["agents", "create", "planner"]);
      await terminal.sees("Kind of agent");
      terminal.type(ENTER);
      await terminal.sees("It must not be empty.");
      terminal.type(`No Slug${ENTER}`);
      await terminal.sees("lower-case slug");
      terminal.type(`${"\u007F".repeat(7)}skill${ENTER}`);
      expect(await terminal.exited).toBe(0);
      expect(await definitions(server)).toMatchObject([{ name: "planner", agent_type: "skill" }]);
    },
    PATIENCE_MS,
  );

  test.each([
    { question: "the first", answers: [] },
    { question: "the second", answers: [`planner${ENTER}`] },
  ])(
    "Ctrl+C at $question question ends it with 130, and changes nothing",
    async ({ answers }) => {
      await using server = await testServer();
      await using terminal = openTerminal(server.url, ["agents", "create"]);
      await terminal.sees("Name of the definition");
      for (const answer of answers) terminal.type(answer);
      if (answers.length > 0) await terminal.sees("Kind of agent");
      terminal.type(CTRL_C);
      expect(await terminal.exited).toBe(130);
      await terminal.sees("cancelled, nothing was changed");
      expect(await definitions(server)).toEqual([]);
      expect(terminal.screen.isCursorShown).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "that calls itself dumb is asked nothing",
    async () => {
      await using server = await testServer();
      await using terminal = openTerminal(server.url, ["agents", "create"], { env: { TERM: "dumb" } });
      expect(await terminal.exited).toBe(2);
      expect(terminal.raw).toBe("the NAME argument is missing\r\n");
    },
    PATIENCE_MS,
  );
});

describe("agents delete --cascade on a terminal", () => {
  async function withAgent(server: TestServer): Promise<void> {
    await makeAgent(server, (await makeDefinition(server)).id, { status: "completed" });
  }

  const ANSWERS = [
    { what: "yes", keys: "y", code: 0, left: 0 },
    { what: "yes, chosen", keys: `${LEFT}${ENTER}`, code: 0, left: 0 },
    { what: "no", keys: "n", code: 130, left: 1 },
    { what: "no, by default", keys: ENTER, code: 130, left: 1 },
    { what: "Ctrl+C", keys: CTRL_C, code: 130, left: 1 },
  ];
  test.each(ANSWERS)(
    "asks; $what",
    async ({ keys, code, left }) => {
      await using server = await testServer();
      await withAgent(server);
      await using terminal = openTerminal(server.url, ["agents", "delete", "planner", "--cascade"]);
      await terminal.sees("Delete planner with all its agents, prompts, logs and workflows?");
      terminal.type(keys);
      expect(await terminal.exited).toBe(code);
      expect(await definitions(server)).toHaveLength(left);
      await terminal.sees(left === 0 ? "deleted planner" : "cancelled, nothing was changed");
    },
    PATIENCE_MS,
  );

  test(
    "--yes asks nothing",
    async () => {
      await using server = await testServer();
      await withAgent(server);
      await using terminal = openTerminal(server.url, ["agents", "delete", "planner", "--cascade", "--yes"]);
      expect(await terminal.exited).toBe(0);
      expect(terminal.raw).toBe("deleted planner\r\n");
    },
    PATIENCE_MS,
  );
});

/** Linux has one. */
const FULL_DISKS = ["/dev/full"].filter((path) => existsSync(path));

describe("a pipe", () => {
  const ROWS = 5000;

  async function withLogs(server: TestServer): Promise<void> {
    const { id } = await makeAgent(server, (await makeDefinition(server)).id);
    runSql(
      server.path,
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${ROWS})
       insert into agent_logs (agent_id, log_type, message) select '${id}', 'milestone', i || ' ' || hex(zeroblob(500)) from n`,
    );
  }

  const LOGS = ["logs", "--limit", String(ROWS), "--json"];

  function start(server: TestServer) {
    return Bun.spawn([process.execPath, MAIN, ...LOGS], {
      env: { PATH: process.env["PATH"], ORCHESTRATOR_URL: server.url },
      stdout: "pipe",
      stderr: "pipe",
      timeout: 25_000,
    });
  }

  test(
    "that is read slowly gets all of a large output",
    async () => {
      await using server = await testServer();
      await withLogs(server);
      const child = start(server);
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of child.stdout) {
        text += decoder.decode(chunk, { stream: true });
        // Time for the program to end before it has been read.
        for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
      }
      expect(text.length).toBeGreaterThan(5_000_000);
      const rows = JSON.parse(text) as Json[];
      expect(new Set(rows.map(({ message }) => Number.parseInt(message, 10))).size).toBe(ROWS);
      expect([await child.exited, await child.stderr.text()]).toEqual([0, ""]);
    },
    PATIENCE_MS,
  );

  test(
    "that is closed ends it quietly with 0",
    async () => {
      await using server = await testServer();
      await withLogs(server);
      const script = `"$@" | head -c 100 > /dev/null; echo "\${PIPESTATUS[*]}"`;
      for (const args of [LOGS, ["logs", "--limit", String(ROWS)], ["openapi"], ["--help"]]) {
        const child = Bun.spawn(["bash", "-c", script, "bash", process.execPath, MAIN, ...args], {
          env: { PATH: process.env["PATH"], ORCHESTRATOR_URL: server.url },
          stdout: "pipe",
          stderr: "pipe",
          timeout: 25_000,
        });
        expect([args, await child.stdout.text(), await child.stderr.text()]).toEqual([args, "0 0\n", ""]);
      }
    },
    PATIENCE_MS,
  );

  test.each(FULL_DISKS)("into %s, a disk that is full, is told, and ends with 1", async (disk) => {
    for (const args of ["--help", "--version", "config check", "completions bash"]) {
      const child = Bun.spawn([process.execPath, MAIN, ...args.split(" ")], {
        env: { PATH: process.env["PATH"] },
        stdout: Bun.file(disk),
        stderr: "pipe",
        timeout: 25_000,
      });
      expect([args, await child.exited]).toEqual([args, 1]);
      expect(await child.stderr.text()).toMatch(/^the output cannot be written: ENOSPC[^\n]*\n$/);
    }
  });
});
