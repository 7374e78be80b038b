import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { testFolder } from "#test/support/folder.ts";
import { runProgram } from "#test/support/program.ts";
import { testServer } from "#test/support/test-server.ts";

describe("in the folder of a project", () => {
  async function inProject(config: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) {
    using folder = testFolder();
    writeFileSync(folder.file("config.yml"), config);
    return await runProgram(folder.path, env, args);
  }
  const portOf = (url: string) => new URL(url).port;

  test("commands find its server by the port in config.yml", async () => {
    await using server = await testServer();
    const config = `orchestrator:\n  port: ${portOf(server.url)}\n`;
    expect((await inProject(config, {}, "agents", "list", "--json")).stdout).toBe("[]\n");
    const { stdout } = await inProject(config, {}, "config", "check", "--json");
    expect(JSON.parse(stdout).server_url).toBe(`http://127.0.0.1:${portOf(server.url)}`);
  });

  test.each([{ ORCHESTRATOR_URL: "http://127.0.0.1:1" }, { WEBSOCKET_PORT: "1" }, { PORT: "1" }])(
    "a variable wins: %o",
    async (env) => {
      await using server = await testServer();
      const exit = await inProject(`orchestrator: {port: ${portOf(server.url)}}`, env, "agents", "list");
      expect(exit).toMatchObject({ code: 5, stderr: expect.stringContaining("http://127.0.0.1:1:") });
    },
  );

  test("--url wins", async () => {
    await using server = await testServer();
    const exit = await inProject("orchestrator: {port: 1}", {}, "agents", "list", "--json", "--url", server.url);
    expect(exit).toMatchObject({ code: 0, stdout: "[]\n" });
  });

  test.each(["{{ a template", "orchestrator: everything", "orchestrator: {port: many}", "- a list"])(
    "a config.yml of another tool says nothing: %s",
    async (config) => {
      const { stdout } = await inProject(config, { PATH: "" }, "config", "check", "--json", "--config", "/dev/null");
      expect(JSON.parse(stdout).server_url).toBe("http://127.0.0.1:8000");
    },
  );
});
