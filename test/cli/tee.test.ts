import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import type { Json } from "#test/support/json.ts";
import { refusingServer } from "#test/support/fake-server.ts";
import { testFolder } from "#test/support/folder.ts";
import { MAIN, startProgram } from "#test/support/program.ts";
import { openTerminal } from "#test/support/terminal.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const NOWHERE = "http://127.0.0.1:1";
const RUN = [
  '{"type":"thread.started","thread_id":"t1"}',
  '{"type":"turn.started"}',
  '{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"Hi."}}',
  '{"type":"turn.completed","usage":{"input_tokens":10,"output_tokens":5}}',
].join("\n");

/** A folder for what is kept, and the command in a process of its own. */
function given(url: string) {
  const folder = testFolder();
  const spool = folder.file("orchestrator/spool");
  const start = <Stdin extends Blob | "pipe" = Blob>(args: readonly string[], stdin = new Blob([]) as Stdin) =>
    Bun.spawn<Stdin, "pipe", "pipe">([process.execPath, MAIN, "tee", ...args], {
      cwd: folder.path,
      env: { PATH: process.env["PATH"], ORCHESTRATOR_URL: url, XDG_STATE_HOME: folder.path },
      stdin,
      stdout: "pipe",
      stderr: "pipe",
    });
  return {
    folder,
    spool,
    start,
    async run(args: readonly string[], stdin?: Blob) {
      const child = start(args, stdin);
      const [stdout, stderr] = await Promise.all([child.stdout.bytes(), child.stderr.text(), child.exited]);
      const { exitCode, signalCode } = child;
      return { code: exitCode, signal: signalCode, bytes: stdout, stdout: new TextDecoder().decode(stdout), stderr };
    },
    kept: (): string[] => readdirSync(spool),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const sh = (script: string) => ["--source", "codex", "--", "sh", "-c", script];
const says = (text: string) => sh(`printf %s '${text}'`);

async function rows(server: TestServer): Promise<{ agents: Json[]; prompts: Json[]; logs: Json[] }> {
  const list = async (name: string) => (await server.call("GET", `/api/runtime/${name}`)).body;
  return { agents: await list("agents"), prompts: await list("prompts"), logs: await list("logs") };
}

async function expectDelivered(server: TestServer): Promise<void> {
  const { agents, prompts } = await rows(server);
  expect(agents).toMatchObject([{ external_id: "codex:t1", status: "idle" }]);
  expect(prompts).toMatchObject([{ status: "completed", response_text: "Hi.", tokens_input: 10 }]);
}

describe("the program that is run", () => {
  test("is reported, and nothing else is to be seen of it", async () => {
    await using server = await testServer();
    using tee = given(server.url);
    expect(await tee.run(says(RUN))).toMatchObject({ code: 0, signal: null, stdout: RUN, stderr: "" });
    await expectDelivered(server);
    expect(tee.kept()).toEqual([]);
  });

  test.each([1, 2, 7, 42, 255])("ends us with its code: %d", async (code) => {
    using tee = given(NOWHERE);
    expect(await tee.run(["--quiet", ...sh(`exit ${code}`)])).toMatchObject({ code, signal: null, stderr: "" });
  });

  test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)("ends us by its signal: %s", async (signal) => {
    using tee = given(NOWHERE);
    const ended = await tee.run(["--quiet", ...sh(`kill -${signal.slice(3)} $$`)]);
    expect(ended.signal).toBe(signal);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("is told what we are told: %s", async (signal) => {
    using tee = given(NOWHERE);
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
    using tee = given(NOWHERE);
    const script = "pwd -P; cat; echo to stderr >&2; echo named > /dev/stdout";
    const ended = await tee.run(["--quiet", ...sh(script)], new Blob(["from stdin\n"]));
    expect(ended.stdout.split("\n").slice(1)).toEqual(["from stdin", "named", ""]);
    expect(ended.stderr).toBe("to stderr\n");
  });

  test("may write any bytes", async () => {
    await using server = await testServer();
    using tee = given(server.url);
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
    using tee = given(server.url);
    const child = tee.start(sh(`echo '${RUN.split("\n")[0]}'; read go; echo '${RUN.split("\n")[1]}'`), "pipe" as const);
    await until("the agent", async () => (await rows(server)).agents[0]?.status === "idle");
    void child.stdin.write("go\n");
    void child.stdin.end();
    await child.exited;
    expect((await rows(server)).agents[0]).toMatchObject({ status: "executing" });
  });

  test("is told when nobody reads it any more", async () => {
    using tee = given(NOWHERE);
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
  ])("may not be one: %j", async (args, code, stderr) => {
    using tee = given(NOWHERE);
    const ended = await tee.run(args);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(stderr);
    if (code > 2) expect(tee.kept()).toEqual([]);
  });

  test("names its agent", async () => {
    await using server = await testServer();
    using tee = given(server.url);
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

describe("without a server", () => {
  test("the run is kept for its user alone, and delivered once, whoever tries again", async () => {
    using tee = given(NOWHERE);
    const ended = await tee.run(says(RUN));
    expect(ended).toMatchObject({ code: 0, stdout: RUN });
    expect(ended.stderr).toMatch(/^orchestrator: not delivered yet: no Orchestrator at .*; kept in .*\.jsonl\n$/);
    const [name] = tee.kept();
    expect(tee.kept()).toHaveLength(1);
    expect(statSync(join(tee.spool, name!)).mode & 0o777).toBe(0o600);
    expect(statSync(tee.spool).mode & 0o777).toBe(0o700);

    await using server = await testServer();
    const copy = await Bun.file(join(tee.spool, name!)).text();
    expect(await tee.run(["--deliver", "--url", server.url])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(tee.kept()).toEqual([]);
    await expectDelivered(server);
    const once = await rows(server);
    writeFileSync(join(tee.spool, name!), copy);
    await tee.run(["--deliver", "--url", server.url]);
    expect(await rows(server)).toEqual(once);
  });

  test("two who deliver at once deliver once", async () => {
    using tee = given(NOWHERE);
    for (let run = 0; run < 3; run += 1) await tee.run(["--quiet", ...says(RUN.replaceAll("t1", `t${run}`))]);
    await using server = await testServer();
    const args = ["--deliver", "--url", server.url];
    await Promise.all([tee.run(args), tee.run(args), tee.run(args)]);
    const { agents, prompts } = await rows(server);
    expect(agents.map(({ session_id }) => session_id).toSorted()).toEqual(["t0", "t1", "t2"]);
    expect(prompts.map(({ response_text }) => response_text)).toEqual(["Hi.", "Hi.", "Hi."]);
    expect(tee.kept()).toEqual([]);
  });

  test("what is kept says so by its exit code when it cannot be delivered", async () => {
    using tee = given(NOWHERE);
    await tee.run(["--quiet", ...says(RUN)]);
    expect(await tee.run(["--deliver"])).toMatchObject({ code: 5 });
    await using server = refusingServer(401, "Send a token.");
    expect(await tee.run(["--deliver", "--url", server.url])).toMatchObject({ code: 1, stdout: "" });
    expect(tee.kept()).toHaveLength(1);
  });

  test("the next run to the same server delivers it first", async () => {
    await using server = await testServer();
    using tee = given(server.url);
    await using refusing = refusingServer(503, "Busy.");
    await tee.run(["--quiet", "--url", refusing.url, ...says(RUN)]);
    const [name] = tee.kept();
    const path = join(tee.spool, name!);
    writeFileSync(path, (await Bun.file(path).text()).replace(refusing.url, server.url));
    const next = sh(`while [ -e ${path} ] || ls ${tee.spool} | grep -q ${name!.slice(0, 20)}; do sleep 0.01; done`);
    expect(await tee.run(next)).toMatchObject({ code: 0 });
    await expectDelivered(server);
    expect(tee.kept()).toEqual([]);
  });

  test("a run whose process was killed is delivered up to there", async () => {
    using tee = given(NOWHERE);
    const child = tee.start(["--quiet", ...sh(`printf %s '${RUN}'; echo; echo "pid $$"; exec sleep 60`)]);
    const pid = await until("its lines on the disk", async () => {
      const [name] = keptNames(tee.spool);
      const text = name === undefined ? "" : await Bun.file(join(tee.spool, name)).text();
      return /^pid (\d+)\n/m.exec(text)?.[1];
    });
    child.kill("SIGKILL");
    await child.exited;
    // Nobody else ends what it ran.
    process.kill(Number(pid), "SIGKILL");
    await using server = await testServer();
    expect(await tee.run(["--deliver", "--url", server.url])).toMatchObject({ code: 0 });
    await expectDelivered(server);
  });
});

function keptNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

test("a server that is killed in the middle and comes back has each line once", async () => {
  using home = testFolder();
  const path = home.file("orchestrator.db");
  await using first = startProgram(home.path, { PORT: "0", DATABASE_PATH: path });
  const url = await first.url;
  using tee = given(url);
  const [thread, ...rest] = RUN.split("\n");
  const child = tee.start(sh(`echo '${thread}'; read go; printf '%s\\n' '${rest.join("' '")}'`), "pipe" as const);
  await until("the agent", async () => {
    const agents = (await (await fetch(`${url}/api/runtime/agents`)).json()) as Json[];
    return agents.length === 1;
  });
  first.kill("SIGKILL");
  await first.exited;
  void child.stdin.write("go\n");
  void child.stdin.end();
  expect(await child.exited).toBe(0);
  expect(await child.stderr.text()).toMatch(/not delivered yet/);
  expect(tee.kept()).toHaveLength(1);
  await using again = await testServer(path);
  await tee.run(["--deliver", "--url", again.url]);
  await expectDelivered(again);
  expect(tee.kept()).toEqual([]);
});

test("a server that refuses changes nothing", async () => {
  await using server = refusingServer(500, "No.");
  using tee = given(server.url);
  expect(await tee.run(says(RUN))).toMatchObject({ code: 0, stdout: RUN });
  expect(tee.kept()).toHaveLength(1);
});

test("a server that never answers is not waited for", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Promise<Response>(() => {}) });
  using tee = given(server.url.origin);
  const ended = await tee.run(says(RUN));
  await server.stop(true);
  expect(ended).toMatchObject({ code: 0, stdout: RUN });
  expect(ended.stderr).toContain("not delivered yet: no answer in time");
  expect(tee.kept()).toHaveLength(1);
});

test("without a place for what is kept, the run goes on unreported", async () => {
  using tee = given(NOWHERE);
  writeFileSync(tee.folder.file("orchestrator"), "a file");
  const ended = await tee.run(says(RUN));
  expect(ended).toMatchObject({ code: 0, stdout: RUN });
  expect(ended.stderr).toMatch(/^orchestrator: this run is not reported: .*\n$/);
});
