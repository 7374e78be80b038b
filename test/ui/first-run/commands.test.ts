import { expect, test } from "bun:test";
import { join } from "node:path";
import { createClient } from "#src/client/client.ts";
import {
  clientProgram,
  CODING_AGENTS,
  type CodingAgent,
  connectCommand,
  curlCommands,
  installCommand,
  tokenCommand,
} from "#src/ui/first-run/commands.ts";
import { testFolder } from "#test/support/folder.ts";
import { testServer, type TestServer } from "#test/support/test-server.ts";

const ROOT = join(import.meta.dir, "../../..");
const TOKEN = "a-token-of-some-length-0123456789";

/** What an empty page shows is run as it stands there. */
async function run(command: readonly string[], text: string, token?: string): Promise<{ code: number; said: string }> {
  const env = { PATH: process.env["PATH"], ...(token === undefined ? {} : { ORCHESTRATOR_TOKEN: token }) };
  const child = Bun.spawn([...command], { cwd: ROOT, env, stdin: new Blob([text]), stdout: "pipe", stderr: "pipe" });
  const said = (await new Response(child.stderr).text()).trim();
  return { code: await child.exited, said };
}

async function boardOf(server: TestServer, token?: string) {
  const { rows } = await createClient({ url: server.url, token }).listBoard();
  return rows.map(({ session_id, status, last_log }) => [session_id, status, last_log?.message]);
}

test.each([
  ["sh", ["sh"], curlCommands, "Hello from curl"],
  ["bash", ["bash"], curlCommands, "Hello from curl"],
  ["bun", [process.execPath, "run", "-"], clientProgram, "Hello from the client"],
] as const)("what is pasted into %s makes an agent", async (_, command, textOf, message) => {
  await using server = await testServer();
  const text = textOf({ origin: server.url, hasTokens: false });
  expect(await run(command, text)).toEqual({ code: 0, said: "" });
  expect(await boardOf(server)).toEqual([["hello", "executing", message]]);
});

test.each([
  ["bash", ["bash"], curlCommands],
  ["bun", [process.execPath, "run", "-"], clientProgram],
] as const)(
  "in %s it sends the token of the environment, and says so when that is refused",
  async (_, command, textOf) => {
    await using server = await testServer(undefined, { apiToken: TOKEN });
    const text = textOf({ origin: server.url, hasTokens: true });
    expect(text).not.toContain(TOKEN);
    expect((await run(command, text, "wrong")).said).toMatch(/401|token/);
    expect(await boardOf(server, TOKEN)).toEqual([]);
    expect((await run(command, text, TOKEN)).said).toBe("");
    expect(await boardOf(server, TOKEN)).toHaveLength(1);
  },
);

test("an agent is connected to where the page came from, which the program finds by itself on its usual port", () => {
  const commandOf = (agent: CodingAgent, origin: string) => connectCommand(agent, "executable", { origin });
  expect(commandOf("codex", "http://localhost:8000")).toBe("orchestrator connect codex");
  expect(commandOf("gemini", "http://127.0.0.1:8000")).toBe("orchestrator connect gemini");
  expect(commandOf("claude-code", "https://agents.example")).toBe(
    "orchestrator connect claude-code --url https://agents.example",
  );
});

test("in the repository its commands run as they stand there", async () => {
  using folder = testFolder();
  const connect = connectCommand("codex", "repository", { origin: "http://127.0.0.1:8001" });
  expect((await run(["sh"], `HOME=${folder.path} ${connect} --print > /dev/null`)).code).toBe(0);
  const token = `export DATABASE_PATH=${folder.file("o.db")}\n${tokenCommand("repository")}\ntest \${#ORCHESTRATOR_TOKEN} -gt 20`;
  expect((await run(["sh"], token)).code).toBe(0);
});

test("the client is installed from where its file lies", () => {
  expect(installCommand("repository", "1.2.3")).toEndWith("/dist/orchestrator-client-1.2.3.tgz");
  expect(installCommand("executable", "1.2.3")).not.toContain("dist");
});

test("the agents it offers are those that the program knows", async () => {
  const child = Bun.spawn([process.execPath, "src/main.ts", "connect", "--help"], { cwd: ROOT, stdout: "pipe" });
  const help = await new Response(child.stdout).text();
  const choices = CODING_AGENTS.map(({ name }) => `"${name}"`).join(", ");
  expect(help.replaceAll(/\s+/g, " ")).toContain(`(choices: ${choices})`);
});
