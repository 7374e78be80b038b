/** Runs dist/orchestrator as its user would: from an empty folder, with an empty environment. Fails loudly. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const EXECUTABLE = join(import.meta.dir, "../dist/orchestrator");
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

try {
  const version = Bun.spawnSync([EXECUTABLE, "--version"], { cwd: folder, env: {} });
  assert.match(version.stdout.toString(), /^\d+\.\d+\.\d+\n$/);

  const first = await start();
  for (const path of ["/health", "/openapi.json", "/docs", "/docs/scalar.js"]) {
    assert.equal((await fetch(first.url + path)).status, 200, path);
  }
  const { opened, frame } = nextFrame(first.url, "orchestrator_agent.created");
  await opened;
  const created = await fetch(`${first.url}/api/agents`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: "smoke", agent_type: "skill" }),
  });
  assert.equal(created.status, 201);
  assert.equal((await frame).data.name, "smoke");
  await stop(first.child);

  const second = await start();
  const definitions = (await (await fetch(`${second.url}/api/agents`)).json()) as { name: string }[];
  assert.deepEqual(
    definitions.map(({ name }) => name),
    ["smoke"],
  );
  await stop(second.child);
  console.log("smoke: the executable serves, stops and remembers");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
