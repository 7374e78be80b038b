import { expect, test } from "bun:test";
import { join } from "node:path";
import { createClient } from "#src/client/client.ts";
import { clientProgram, CODING_AGENTS, connectCommand, curlCommands } from "#src/ui/first-run/commands.ts";
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
  expect(connectCommand("codex", { origin: "http://localhost:8000" })).toBe("orchestrator connect codex");
  expect(connectCommand("gemini", { origin: "http://127.0.0.1:8000" })).toBe("orchestrator connect gemini");
  expect(connectCommand("claude-code", { origin: "https://agents.example" })).toBe(
    "orchestrator connect claude-code --url https://agents.example",
  );
});

test("the agents it offers are those that the program knows", async () => {
  const child = Bun.spawn([process.execPath, "src/main.ts", "connect", "--help"], { cwd: ROOT, stdout: "pipe" });
  const help = await new Response(child.stdout).text();
  const choices = CODING_AGENTS.map(({ name }) => `"${name}"`).join(", ");
  expect(help.replaceAll(/\s+/g, " ")).toContain(`(choices: ${choices})`);
});
