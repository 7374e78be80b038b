import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";
import { copyFixture, testFolder, type TestFolder } from "#test/support/folder.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const ROOT = join(import.meta.dir, "../..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const BLOCKS = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!.trim());

/** Blocks that CI itself runs; everything else is run here. */
const RUN_BY_CI = ["bun run test", "bun run build"];
const SERVE = "bun run dev";
const ADOPT = "DATABASE_PATH=path/to/orchestrator.db bun run dev";
const WATCH = BLOCKS.find((block) => block.includes("new WebSocket"))!;
const FOLLOW = BLOCKS.find((block) => block.includes("text/event-stream"))!;
const STEPS = BLOCKS.filter((block) => ![...RUN_BY_CI, SERVE, ADOPT, WATCH, FOLLOW].includes(block));

type Running = Disposable & { readonly output: () => string };

/** Runs a script as a person would at the root of the project, with this Bun as `bun`, and the program as `orchestrator`. */
function start(folder: TestFolder, script: string, env: Record<string, string> = {}): Running {
  const shims = { bun: "", orchestrator: ` "${join(ROOT, "src/main.ts")}"` };
  for (const [name, main] of Object.entries(shims)) {
    writeFileSync(folder.file(name), `#!/bin/sh\nexec "${process.execPath}"${main} "$@"\n`);
    chmodSync(folder.file(name), 0o755);
  }
  const child = Bun.spawn(["bash", "-c", script], {
    cwd: ROOT,
    env: { PATH: `${folder.path}:${process.env["PATH"]}`, HOME: folder.path, ...env },
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) void collect(stream, (text) => (output += text));
  return {
    output: () => output,
    [Symbol.dispose]: () => void (child.exitCode === null && process.kill(-child.pid, "SIGTERM")),
  };
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

async function listening(server: Running): Promise<string> {
  return until(`an address in ${server.output()}`, () => /http:\/\/(\S+?)[\s)]/.exec(server.output())?.[1]);
}

test("the blocks that CI runs stand in .ci/run", () => {
  const ci = readFileSync(join(ROOT, ".ci/run"), "utf8");
  for (const block of RUN_BY_CI) {
    expect(BLOCKS).toContain(block);
    expect(ci).toContain(block.replace("bun ", ""));
  }
});

test("the quick start runs as it stands, and its socket shows what happens", async () => {
  using folder = testFolder();
  expect(BLOCKS).toContain(SERVE);
  using server = start(folder, SERVE, { WEBSOCKET_PORT: "0", DATABASE_PATH: folder.file("quick.db") });
  const host = await listening(server);
  const here = (script: string) => script.replaceAll("localhost:8000", host);
  using watcher = start(folder, here(WATCH));
  await until("hello on the socket", () => watcher.output().includes('"type":"hello"'));
  const script = ["set -euo pipefail", here(STEPS.join("\n")), "echo; echo all done"].join("\n");
  using steps = start(folder, script, { ORCHESTRATOR_URL: `http://${host}` });
  await until("the last step", () => steps.output().includes("all done"));

  const shown = steps.output();
  expect(shown).not.toContain("/problems/");
  expect(shown).toContain('"session_id":"demo","agents":{"total":1,"by_status":{"completed":1},"quiet":0,"lost":0}');
  expect(shown).toContain('"tokens_input":1200,"tokens_output":80,"cost_usd":0.0125');
  expect(shown).toMatch(/^completed +feature-planner +demo /m);
  expect(shown).toMatch(/milestone +Read the issue/);
  expect(shown).toMatch(/^\S{36} cancelled$/m);
  expect(shown).toContain("CREATE orchestrator_web/src/main.ts");
  using follower = start(folder, here(FOLLOW));
  await until("the feed from its beginning", () => /^data: .*"orchestrator_agent.created"/m.test(follower.output()));
  const frames = await until("the last frame", () => {
    const types = [...watcher.output().matchAll(/"type":"([a-z_.]+)"/g)].map((match) => match[1]);
    return types.filter((type) => type === "agent.updated").length >= 3 ? types : null;
  });
  for (const type of [
    "orchestrator_agent.created",
    "agent.created",
    "agent_log.created",
    "prompt.created",
    "prompt.updated",
  ]) {
    expect(frames).toContain(type);
  }
});

test("the program of the typed client runs as it stands", async () => {
  using folder = testFolder();
  await using server = await testServer();
  const [, example] = /^```ts\n([\s\S]*?)^```$/m.exec(README)!;
  expect(example!.trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  mkdirSync(folder.file("node_modules"));
  symlinkSync(ROOT, folder.file("node_modules/orchestrator"));
  writeFileSync(folder.file("example.ts"), example!.replaceAll("http://localhost:8000", server.url));
  const { stdout, stderr, exitCode } = await $`${process.execPath} example.ts`.cwd(folder.path).quiet().nothrow();
  expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout.toString()).toEndWith("completed\n");
});

test("an existing database is opened by the block that says so", async () => {
  using folder = testFolder();
  expect(BLOCKS).toContain(ADOPT);
  const path = copyFixture(folder, "tac-0.9.0-orchestrator.db");
  using server = start(folder, ADOPT.replace("path/to/orchestrator.db", path), { WEBSOCKET_PORT: "0" });
  const host = await listening(server);
  const workflows = await (await fetch(`http://${host}/api/runtime/workflows`)).json();
  expect(workflows).toHaveLength(30);
});
