import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "#test/support/folder.ts";
import { runProgram } from "#test/support/program.ts";

/** Runs it in an empty folder, which must stay empty. */
async function run(args: readonly string[], environment: Readonly<Record<string, string>> = { PORT: "0" }) {
  using folder = testFolder();
  const exit = await runProgram(folder.path, environment, args);
  expect(readdirSync(folder.path)).toEqual([]);
  return exit;
}

describe("the command line", () => {
  test("--version prints the version and nothing else", async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dir, "../../package.json"), "utf8"));
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.each(["--help", "-h", "serve --help"])("%s prints how to use it", async (args) => {
    const { code, stdout, stderr } = await run(args.split(" "));
    expect(stdout).toStartWith("Usage: orchestrator");
    for (const word of ["serve", "--env-file", "--version", "DATABASE_PATH", "WEBSOCKET_PORT", "LOG_LEVEL"]) {
      expect(stdout).toContain(word);
    }
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  const WRONG: readonly { readonly args: readonly string[]; readonly names: string }[] = [
    { args: ["--port"], names: "--port" },
    { args: ["-v"], names: "-v" },
    { args: ["migrate"], names: "migrate" },
    { args: ["serve", "now"], names: "serve now" },
    { args: ["--version=2"], names: "--version" },
    { args: ["--env-file"], names: "--env-file" },
    { args: ["--env-file", "missing.env"], names: "missing.env" },
  ];
  test.each(WRONG)("refuses $args with one line", async ({ args, names }) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain(names);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("wrong variables", () => {
  test("stop the start, one line for each", async () => {
    const environment = {
      DATABASE_PATH: ":memory:",
      WEBSOCKET_PORT: "eighty",
      PORT: "65536",
      HOST: "a b",
      WEB_UI_PORT: "-1",
      CORS_ORIGINS: "localhost",
      LOG_LEVEL: "loud",
    };
    const { code, stdout, stderr } = await run([], environment);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(7);
    for (const [name, held] of Object.entries(environment)) {
      const line = lines.find((each) => each.startsWith(`${name} holds `));
      expect(line).toContain(`holds "${held}"; it may hold `);
    }
  });
});
