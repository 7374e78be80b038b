import { writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { refusingServer } from "#test/support/fake-server.ts";
import { testFolder } from "#test/support/folder.ts";
import { expectDelivered, givenTee, NOWHERE, rows, RUN, says, sh } from "#test/support/tee.ts";
import { openTerminal } from "#test/support/terminal.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

describe("the program that is run", () => {
  test("is reported, and nothing else is to be seen of it", async () => {
    await using server = await testServer();
    using tee = givenTee(server.url);
    expect(await tee.run(says(RUN))).toMatchObject({ code: 0, signal: null, stdout: RUN, stderr: "" });
    await expectDelivered(server);
    expect(tee.kept()).toEqual([]);
  });

  test.each([1, 2, 7, 42, 255])("ends us with its code: %d", async (code) => {
    using tee = givenTee(NOWHERE);
    expect(await tee.run(["--quiet", ...sh(`exit ${code}`)])).toMatchObject({ code, signal: null, stderr: "" });
  });

  test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)("ends us by its signal: %s", async (signal) => {
    using tee = givenTee(NOWHERE);
    const ended = await tee.run(["--quiet", ...sh(`kill -${signal.slice(3)} $$`)]);
    expect(ended.signal).toBe(signal);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("is told what we are told: %s", async (signal) => {
    using tee = givenTee(NOWHERE);
    const script = `trap 'echo told; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.01; done`;
    const child = tee.start(["--quiet", ...sh(script)]);
    let stdout = "";
    for await (const chunk of child.stdout) {
      stdout += new TextDecoder().decode(chunk);
      if (stdout === "ready\n") child.kill(signal);
    }
    expect(stdout).toBe("ready\ntold\n");
    expect(await child.exited).toBe(9);
  });

  test("has our input, errors and folder, and a pipe that is one", async () => {
    using tee = givenTee(NOWHERE);
    const script = "pwd -P; cat; echo to stderr >&2; echo named > /dev/stdout";
    const ended = await tee.run(["--quiet", ...sh(script)], new Blob(["from stdin\n"]));
    expect(ended.stdout.split("\n").slice(1)).toEqual(["from stdin", "named", ""]);
    expect(ended.stderr).toBe("to stderr\n");
  });

  test("may write any bytes", async () => {
    await using server = await testServer();
    using tee = givenTee(server.url);
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    const all = Buffer.concat(Array.from({ length: 40 }, () => bytes));
    writeFileSync(tee.folder.file("bytes"), all);
    const ended = await tee.run(["--source", "codex", "--", "cat", tee.folder.file("bytes")]);
    expect(Buffer.compare(ended.bytes, all)).toBe(0);
    expect(tee.kept()).toEqual([]);
    expect((await server.call("GET", "/health")).status).toBe(200);
  });

  test("is seen as it writes, not at its end", async () => {
    await using server = await testServer();
    using tee = givenTee(server.url);
    const child = tee.start(sh(`echo '${RUN.split("\n")[0]}'; read go; echo '${RUN.split("\n")[1]}'`), "pipe" as const);
    await until("the agent", async () => (await rows(server)).agents[0]?.status === "idle");
    void child.stdin.write("go\n");
    void child.stdin.end();
    await child.exited;
    expect(await rows(server)).toMatchObject({ agents: [{ status: "completed" }], prompts: [{ status: "cancelled" }] });
  });

  test("is told when nobody reads it any more", async () => {
    using tee = givenTee(NOWHERE);
    const child = tee.start(["--quiet", ...sh("while echo more; do :; done; exit 5")]);
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    await child.exited;
    expect(child.signalCode ?? child.exitCode).not.toBe(0);
  });

  test.each([
    [["--source", "codex", "--", "no-such-agent"], 127, "there is no command no-such-agent\n"],
    [["--source", "codex", "--", "/etc/passwd"], 126, /^\/etc\/passwd cannot be run/],
    [["--source", "codex"], 2, /there is no command to run/],
    [["--", "cat"], 2, /of which agent is cat\? Say it by --source/],
    [["--source", "copilot", "--", "cat"], 2, /--source holds "copilot"/],
    [["--deliver", "cat"], 2, /--deliver runs no command/],
    [["--all", "--", "cat"], 2, /--all is for --deliver/],
  ])("may not be one: %j", async (args, code, stderr) => {
    using tee = givenTee(NOWHERE);
    const ended = await tee.run(args);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(stderr);
    if (code > 2) expect(tee.kept()).toEqual([]);
  });

  test("names its agent", async () => {
    await using server = await testServer();
    using tee = givenTee(server.url);
    const agent = tee.folder.file("codex");
    writeFileSync(agent, `#!/bin/sh\nprintf %s '${RUN}'\n`, { mode: 0o755 });
    expect(await tee.run(["--", agent, "exec", "--json", "--url", "x"])).toMatchObject({ code: 0, stdout: RUN });
    await expectDelivered(server);
  });
});

describe("on a terminal", () => {
  test("its output is one, of the same size; its bytes and input are as they would be", async () => {
    using folder = testFolder();
    const script =
      "test -t 0 && test -t 1 && test -t 2 && echo all; stty size <&1; read line; printf 'got %s\\n' $line";
    await using terminal = openTerminal(NOWHERE, ["tee", "--quiet", ...sh(script)], {
      columns: 77,
      rows: 11,
      env: { XDG_STATE_HOME: folder.path },
    });
    await terminal.sees("all\r\n11 77\r\n");
    terminal.type("it\r");
    await terminal.sees("got it\r\n");
    expect(await terminal.exited).toBe(0);
    expect(terminal.raw).toBe("all\r\n11 77\r\nit\r\ngot it\r\n");
  });

  test("Ctrl+C reaches it, once", async () => {
    using folder = testFolder();
    const script = "trap 'n=$((n+1))' INT; echo ready; read line; sleep 0.2; echo told $n; exit 3";
    await using terminal = openTerminal(NOWHERE, ["tee", "--quiet", ...sh(script)], {
      env: { XDG_STATE_HOME: folder.path },
    });
    await terminal.sees("ready");
    terminal.type("\u0003");
    await terminal.sees("^C");
    terminal.type("\r");
    await terminal.sees("told 1");
    expect(await terminal.exited).toBe(3);
  });
});

describe("how the program exited", () => {
  const [THREAD, TURN] = RUN.split("\n");
  const CLAUDE = [
    { type: "system", subtype: "init", session_id: "s1", model: "m" },
    { type: "assistant", session_id: "s1", message: { id: "m1", content: [{ type: "text", text: "I look." }] } },
  ];
  const RESULT = { type: "result", subtype: "success", session_id: "s1", result: "Done." };
  const GEMINI = [
    { type: "init", session_id: "g1", model: "m" },
    { type: "message", role: "user", content: "Look" },
  ];
  const lines = (...all: readonly unknown[]) => all.map((line) => JSON.stringify(line)).join("\n");

  test.each([
    ["codex", RUN, 0, "completed", null, "completed"],
    ["codex", RUN, 3, "failed", "exited with code 3", "completed"],
    ["codex", `${THREAD}\n${TURN}`, 144, "failed", "exited with code 144", "cancelled"],
    ["claude-code", lines(...CLAUDE), 1, "failed", "exited with code 1", "cancelled"],
    ["claude-code", lines(...CLAUDE), 0, "completed", null, "cancelled"],
    ["claude-code", lines(...CLAUDE, RESULT), 1, "completed", null, "completed"],
    ["gemini", lines(...GEMINI), 144, "failed", "exited with code 144", "cancelled"],
    ["opencode", lines({ type: "step_start", sessionID: "o1" }), 0, "completed", null, "completed"],
    ["opencode", lines({ type: "step_start", sessionID: "o1" }), 1, "failed", "exited with code 1", "cancelled"],
  ])("is told where its lines do not: %s %j %d", async (source, output, code, status, error, turn) => {
    await using server = await testServer();
    using tee = givenTee(server.url);
    await tee.run(["--source", source, "--", "sh", "-c", `printf %s '${output}'; exit ${code}`]);
    const { agents, prompts } = await rows(server);
    expect(agents).toMatchObject([{ status, error_message: error }]);
    expect(prompts).toMatchObject([{ status: turn }]);
  });

  test("is told by its signal, and kept with what is kept", async () => {
    using tee = givenTee(NOWHERE);
    await tee.run(["--quiet", ...sh(`printf %s '${THREAD}'; kill -KILL $$`)]);
    await using server = await testServer();
    await tee.run(["--deliver", "--all", "--url", server.url]);
    expect((await rows(server)).agents).toMatchObject([{ status: "failed", error_message: "exited with code 137" }]);
  });
});

test("a server that refuses changes nothing", async () => {
  await using server = refusingServer(500, "No.");
  using tee = givenTee(server.url);
  expect(await tee.run(says(RUN))).toMatchObject({ code: 0, stdout: RUN });
  expect(tee.kept()).toHaveLength(1);
});

test("a server that never answers is not waited for", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Promise<Response>(() => {}) });
  using tee = givenTee(server.url.origin);
  const ended = await tee.run(says(RUN));
  await server.stop(true);
  expect(ended).toMatchObject({ code: 0, stdout: RUN });
  expect(ended.stderr).toContain("not delivered yet: no answer in time");
  expect(tee.kept()).toHaveLength(1);
});

test("without a place for what is kept, the run goes on unreported", async () => {
  using tee = givenTee(NOWHERE);
  writeFileSync(tee.folder.file("orchestrator"), "a file");
  const ended = await tee.run(says(RUN));
  expect(ended).toMatchObject({ code: 0, stdout: RUN });
  expect(ended.stderr).toMatch(/^orchestrator: this run is not reported: .*\n$/);
});
