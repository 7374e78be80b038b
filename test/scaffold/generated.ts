import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "#test/support/json.ts";

/** How the program is called: from its source, or the executable. */
export type ProgramCommand = readonly string[];

export const FROM_SOURCE: ProgramCommand = [process.execPath, join(import.meta.dir, "../../src/main.ts")];

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What the commands of a generated project need: this Bun as `bun`, and the place of its package cache. */
export function environmentIn(folder: string): Record<string, string> {
  const shims = join(folder, ".shims");
  mkdirSync(shims, { recursive: true });
  writeFileSync(join(shims, "bun"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  chmodSync(join(shims, "bun"), 0o755);
  return { PATH: `${shims}:${process.env["PATH"]}`, HOME: process.env["HOME"] ?? folder };
}

/** Runs a command to its end. */
export async function runIn(
  cwd: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  timeout = 60_000,
): Promise<Ran> {
  const child = Bun.spawn([...command], {
    cwd,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

/** What a failure must tell, of each stream. */
const TOLD = 3000;

/** Runs a command that must succeed. */
export async function mustRun(...run: Parameters<typeof runIn>): Promise<Ran> {
  const ran = await runIn(...run);
  const { stdout, stderr } = ran;
  // Where a test failed, what it said stands before it, however much the others said behind.
  const failed = stderr.indexOf("(fail)");
  const why = failed === -1 ? "" : stderr.slice(Math.max(0, failed - TOLD), failed);
  const told = [run[1].join(" "), stdout.slice(-TOLD), why, stderr.slice(-TOLD)];
  assert.equal(ran.code, 0, told.join("\n"));
  return ran;
}

export type Backend = AsyncDisposable & { readonly url: string };

/** Starts a generated backend by its own command, on a free port. */
export async function startBackend(project: string, env: Readonly<Record<string, string>>): Promise<Backend> {
  const child = Bun.spawn(["bun", "run", "dev"], {
    cwd: join(project, "orchestrator_web"),
    env: { ...env, PORT: "0" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 60_000,
    killSignal: "SIGKILL",
    detached: true,
  });
  const stderr = child.stderr.text();
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += new TextDecoder().decode(chunk);
    const url = /listening on (http:\/\/\S+)/.exec(printed)?.[1];
    if (url === undefined) continue;
    return {
      url,
      async [Symbol.asyncDispose]() {
        // What failed because it had ended is told by what failed.
        if (child.exitCode !== null || child.signalCode !== null) return;
        // The whole group: `bun run` does not pass the signal on to what it runs.
        process.kill(-child.pid, "SIGTERM");
        await child.exited;
      },
    };
  }
  throw new Error(`the backend did not start: ${printed} ${await stderr}`);
}

/** Runs the example by the command that the project's README tells; returns its session. */
export async function playExample(
  project: string,
  env: Readonly<Record<string, string>>,
  url: string,
): Promise<string> {
  const readme = readFileSync(join(project, "README.md"), "utf8");
  const command = /^(bash|bun|node|python3) (orchestrator_client\/\S+)$/m.exec(readme);
  assert.ok(command, "the README names no command for the example");
  const [, runner, file] = command;
  const { stdout } = await mustRun(project, [runner!, file!], { ...env, ORCHESTRATOR_URL: url });
  const session = /^session: (\S+)$/.exec(stdout.trimEnd().split("\n").at(-1)!)?.[1];
  assert.ok(session, `no session in: ${stdout}`);
  return session;
}

/** Reads back what the example did: its agents, prompts and logs. */
export async function checkExample(url: string, session: string): Promise<void> {
  const read = async (path: string): Promise<Json> => (await fetch(`${url}${path}`)).json();
  const whole = await read(`/api/runtime/sessions/${session}`);
  assert.deepEqual(whole.agents, { total: 2, by_status: { completed: 2 }, quiet: 0, lost: 0 });
  assert.equal(whole.tree.length, 1);
  assert.equal(whole.tree[0].children.length, 1);
  const prompts = (await read(`/api/runtime/prompts?session_id=${session}`)) as { status: string; cost_usd: number }[];
  assert.equal(prompts.length, 3);
  assert.ok(prompts.every(({ status, cost_usd: cost }) => status === "completed" && cost > 0));
  const logs = (await read(`/api/runtime/logs?session_id=${session}`)) as { log_type: string }[];
  const types = new Set(logs.map(({ log_type: type }) => type));
  for (const type of ["state_change", "milestone", "tool_call"]) assert.ok(types.has(type), `no ${type} in the logs`);
}
