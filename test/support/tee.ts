import { existsSync, readdirSync } from "node:fs";
import { expect } from "bun:test";
import type { Json } from "./json.ts";
import { testFolder } from "./folder.ts";
import { MAIN } from "./program.ts";
import type { TestServer } from "./test-server.ts";

export const NOWHERE = "http://127.0.0.1:1";
export const RUN = [
  '{"type":"thread.started","thread_id":"t1"}',
  '{"type":"turn.started"}',
  '{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"Hi."}}',
  '{"type":"turn.completed","usage":{"input_tokens":10,"output_tokens":5}}',
].join("\n");

/** A folder for what is kept, and the command in a process of its own. */
export function givenTee(url: string) {
  const folder = testFolder();
  const spool = folder.file("orchestrator/spool");
  const start = <Stdin extends Blob | "pipe" = Blob>(
    args: readonly string[],
    stdin = new Blob([]) as Stdin,
    env: Readonly<Record<string, string>> = {},
  ) =>
    Bun.spawn<Stdin, "pipe", "pipe">([process.execPath, MAIN, "tee", ...args], {
      cwd: folder.path,
      env: { PATH: process.env["PATH"], ORCHESTRATOR_URL: url, XDG_STATE_HOME: folder.path, ...env },
      stdin,
      stdout: "pipe",
      stderr: "pipe",
    });
  return {
    folder,
    spool,
    start,
    async run(args: readonly string[], stdin?: Blob, env?: Readonly<Record<string, string>>) {
      const child = start(args, stdin, env);
      const [stdout, stderr] = await Promise.all([child.stdout.bytes(), child.stderr.text(), child.exited]);
      const { exitCode, signalCode } = child;
      return { code: exitCode, signal: signalCode, bytes: stdout, stdout: new TextDecoder().decode(stdout), stderr };
    },
    kept: (): string[] => (existsSync(spool) ? readdirSync(spool) : []),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

export const sh = (script: string) => ["--source", "codex", "--", "sh", "-c", script];
export const says = (text: string) => sh(`printf %s '${text}'`);

export async function rows(server: TestServer): Promise<{ agents: Json[]; prompts: Json[]; logs: Json[] }> {
  const list = async (name: string) => (await server.call("GET", `/api/runtime/${name}`)).body;
  return { agents: await list("agents"), prompts: await list("prompts"), logs: await list("logs") };
}

/** The run of `RUN`, once. */
export async function expectDelivered(server: TestServer, status = "completed"): Promise<void> {
  const { agents, prompts } = await rows(server);
  expect(agents).toMatchObject([{ external_id: "codex:t1", status }]);
  expect(prompts).toMatchObject([{ status: "completed", response_text: "Hi.", tokens_input: 10 }]);
}
