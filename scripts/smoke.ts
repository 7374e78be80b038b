/** Runs dist/orchestrator as its user would: from an empty folder, with an empty environment. Fails loudly. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DIST = join(import.meta.dir, "../dist");
const EXECUTABLE = join(DIST, "orchestrator");
const folder = mkdtempSync(join(tmpdir(), "orchestrator-smoke-"));

async function start() {
  const child = Bun.spawn([EXECUTABLE], { cwd: folder, env: { PORT: "0" }, stdout: "pipe", stderr: "inherit" });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += new TextDecoder().decode(chunk);
    if (printed.includes("\n")) break;
  }
  const url = /http:\/\/\S+?(?=[\s)])/.exec(printed)?.[0];
  assert.ok(url, `no address in: ${printed}`);
  return { url, child };
}

async function stop(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGTERM");
  assert.equal(await child.exited, 0, "exit code");
  assert.deepEqual(readdirSync(join(folder, "data")), ["orchestrator.db"], "only the database file stays");
}

function nextFrame(url: string, type: string): { opened: Promise<void>; frame: Promise<{ data: { name: string } }> } {
  const opened = Promise.withResolvers<void>();
  const frame = Promise.withResolvers<{ data: { name: string } }>();
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/events`);
  socket.onopen = () => opened.resolve();
  socket.onerror = () => opened.reject(new Error("the socket did not open"));
  socket.onmessage = ({ data }) => {
    const received = JSON.parse(String(data));
    if (received.type === type) frame.resolve(received);
  };
  return { opened: opened.promise, frame: frame.promise };
}

/** Runs a command of the executable to its end; it must succeed. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync([EXECUTABLE, ...args], { cwd: folder, env });
  assert.equal(exitCode, 0, `${args.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}

/** The page that the executable holds, and everything that it names. */
async function tryDashboard(url: string): Promise<void> {
  const page = await (await fetch(url, { headers: { Accept: "text/html" } })).text();
  const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
  assert.ok(named.length >= 3, `the dashboard names ${named.length} files`);
  for (const path of named) assert.equal((await fetch(url + path)).status, 200, path);
}

/** The commands that ask a server, told where it is. */
function tryCommands(url: string): void {
  const env = { ORCHESTRATOR_URL: url };
  const id = run(["runs", "start", "smoke", "--session", "smoke"], env).trim();
  run(["runs", "set", id, "waiting"], env);
  assert.match(run(["status"], env), /^waiting +smoke +smoke /m);
  assert.deepEqual(JSON.parse(run(["runs", "show", id, "--json"], env)).status, "waiting");
  assert.match(run(["logs", "--session", "smoke"], env), /initializing -> waiting/);
  assert.match(run(["doctor"], env), /opens and passes its check/);
  assert.equal(JSON.parse(run(["openapi"], env)).openapi, "3.1.0");
  writeFileSync(join(folder, "issue.md"), "A sentence of the issue. ".repeat(200));
  assert.match(run(["context", "--issue", "issue.md"]), /characters cut\]/);
  assert.match(run(["backup", "backup.db"]), /; checked\n$/);
  const inUse = Bun.spawnSync([EXECUTABLE, "restore", "backup.db"], { cwd: folder, env: {} });
  assert.match(inUse.stderr.toString(), /is in use: stop the server/);
  assert.match(run(["restore", "backup.db", "--database", "restored.db"]), /restored\.db is restored/);
  for (const name of ["backup.db", "restored.db"]) rmSync(join(folder, name));
  const missing = Bun.spawnSync([EXECUTABLE, "status", "--url", "http://127.0.0.1:1"], { cwd: folder, env: {} });
  assert.equal(missing.exitCode, 5);
  rmSync(join(folder, "issue.md"));
}

/** The client, installed as its users do, in this machine's Node: the oldest it promises, or a newer one. */
function tryClientInNode(url: string): void {
  const [node, npm] = ["node", "npm"].map((program) => Bun.which(program));
  assert.ok(node && npm, "node and npm are needed to try the client in Node");
  const packed = readdirSync(DIST).find((name) => name.startsWith("orchestrator-client-"));
  const project = join(folder, "client");
  mkdirSync(project);
  const flags = ["--engine-strict", "--no-audit", "--no-fund", "--prefer-offline", "--silent"];
  const install = Bun.spawnSync([npm, "install", ...flags, join(DIST, packed!)], { cwd: project });
  assert.equal(install.exitCode, 0, install.stderr.toString());
  const script = `
    import { createClient } from "orchestrator/client";
    const client = createClient({ url: process.argv[1] });
    const list = () => client.listOrchestratorAgents({ q: "smoke" });
    for await (const event of client.watch({ list })) {
      if (event.type === "listed") {
        await client.updateOrchestratorAgent(event.page.rows[0].id, { description: "seen by Node" });
      } else if (event.type === "orchestrator_agent.updated") {
        console.log(event.data.description);
        break;
      }
    }`;
  const ran = Bun.spawnSync([node, "--input-type=module", "-e", script, url], { cwd: project, timeout: 20_000 });
  assert.equal(ran.stdout.toString(), "seen by Node\n", ran.stderr.toString());
  rmSync(project, { recursive: true });
}

/** Loads a shell's completions and asks for what may follow `orchestrator runs s`, each shell in its own way. */
const COMPLETING: Readonly<Record<string, string>> = {
  bash: `eval "$(orchestrator completions bash)"
    COMP_WORDS=(orchestrator runs s); COMP_CWORD=2; _orchestrator; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `autoload -U compinit; compinit -u -D; eval "$(orchestrator completions zsh)"
    compadd() { shift; print -l -- "$@" }
    words=(orchestrator runs s); CURRENT=3; _orchestrator`,
  fish: `orchestrator completions fish | source; complete -C "orchestrator runs s"`,
};

/** In every shell that this machine has; names those. */
function tryCompletions(): string[] {
  const shells = Object.keys(COMPLETING).filter((shell) => Bun.which(shell) !== null);
  const bin = join(folder, "bin");
  mkdirSync(bin);
  symlinkSync(EXECUTABLE, join(bin, "orchestrator"));
  const env = { PATH: `${bin}:${process.env["PATH"]}`, HOME: folder };
  for (const shell of shells) {
    const { stdout, stderr } = Bun.spawnSync([shell, "-c", COMPLETING[shell]!], { cwd: bin, env });
    const found = stdout.toString().trim().split("\n").toSorted();
    assert.deepEqual(found, ["set", "show", "start"], `${shell}: ${stderr.toString()}`);
  }
  rmSync(bin, { recursive: true });
  return shells;
}

try {
  const version = Bun.spawnSync([EXECUTABLE, "--version"], { cwd: folder, env: {} });
  assert.match(version.stdout.toString(), /^\d+\.\d+\.\d+\n$/);
  assert.match(run(["--revision"]), /^\d+\.\d+\.\d+(\+[0-9a-f]{12}(-modified)?)?\n$/);

  const shells = tryCompletions();
  const first = await start();
  for (const path of ["/health", "/openapi.json", "/docs", "/docs/scalar.js"]) {
    assert.equal((await fetch(first.url + path)).status, 200, path);
  }
  await tryDashboard(first.url);
  const { opened, frame } = nextFrame(first.url, "orchestrator_agent.created");
  await opened;
  const created = await fetch(`${first.url}/api/agents`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: "smoke", agent_type: "skill" }),
  });
  assert.equal(created.status, 201);
  assert.equal((await frame).data.name, "smoke");
  tryCommands(first.url);
  tryClientInNode(first.url);
  await stop(first.child);

  const second = await start();
  const definitions = (await (await fetch(`${second.url}/api/agents`)).json()) as { name: string }[];
  assert.deepEqual(
    definitions.map(({ name }) => name),
    ["smoke"],
  );
  await stop(second.child);
  console.log(`smoke: the executable serves, stops and remembers; its commands and the client in Node work,`);
  console.log(`smoke: completions in ${shells.join(", ")}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
