import type { Command } from "commander";
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS as ALL } from "#src/cli/commands.ts";
import { createProgram } from "#src/cli/program.ts";
import { runCli, testCli } from "#test/support/cli.ts";
import { testFolder } from "#test/support/folder.ts";
import { runProgram } from "#test/support/program.ts";

/** Runs it in an empty folder, which must stay empty. */
async function run(args: readonly string[], environment: Readonly<Record<string, string>> = { PORT: "0" }) {
  using folder = testFolder();
  const exit = await runProgram(folder.path, environment, args);
  expect(readdirSync(folder.path)).toEqual([]);
  return exit;
}

/** An address where nobody listens. */
const NOWHERE = "http://127.0.0.1:1";

/** Every command by its words, groups and nested ones too; hidden ones are left out. */
function everyCommand(command: Command, path: string): string[] {
  const children = command.createHelp().visibleCommands(command);
  const named = children.filter((child) => child.name() !== "help");
  return named.flatMap((child) => [`${path}${child.name()}`, ...everyCommand(child, `${path}${child.name()} `)]);
}

const COMMANDS = everyCommand(createProgram(testCli().cli, ALL), "");

describe("the command line", () => {
  test.each(["--version", "--revision"])("%s prints it and nothing else", async (flag) => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dir, "../../package.json"), "utf8"));
    expect(await run([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.each(["--help", "-h", "help"])("%s prints how to use it", async (flag) => {
    const { code, stdout, stderr } = await run([flag]);
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
    { args: ["serve", "now"], names: "now" },
    { args: ["--version=2"], names: "--version" },
    { args: ["--env-file"], names: "--env-file" },
    { args: ["--env-file", "missing.env"], names: "missing.env" },
    { args: ["--env-file", "serve"], names: "serve cannot be read" },
  ];
  test.each(WRONG)("refuses $args with one line", async ({ args, names }) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain(names);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("help", () => {
  test("there are commands, and nested ones", () => {
    expect(COMMANDS).toContain("status");
    expect(COMMANDS).toContain("agents create");
    expect(COMMANDS).not.toContain("complete");
  });

  test.each(COMMANDS)("of %s says what it does, with an example, on lines that fit", async (path) => {
    const words = path.split(" ");
    const help = await runCli([...words, "--help"], { columns: 300 });
    expect({ code: help.code, stderr: help.stderr }).toEqual({ code: 0, stderr: "" });
    expect(help.stdout).toStartWith(`Usage: orchestrator ${path}`);
    const [usage, empty, description] = help.stdout.split("\n");
    expect(usage).not.toBe(description);
    expect(empty).toBe("");
    expect(description).toMatch(/^\w.{10}/);
    expect(help.stdout).toMatch(/\nExamples:\n {2}\$ .*orchestrator/);
    expect(help.stdout.split("\n").filter((line) => line.length > 120)).toEqual([]);
    for (const asked of [
      [...words, "-h"],
      ["help", ...words],
      ["--help", ...words],
      ["-h", ...words],
    ]) {
      expect(await runCli(asked, { columns: 300 }), asked.join(" ")).toEqual(help);
    }
  });

  test.each(["agents", "runs"])("of a command of %s is asked for in the group too", async (group) => {
    expect(await runCli([group, "help", "list"])).toEqual(await runCli([group, "list", "--help"]));
  });

  test("is wrapped where the terminal is narrow", async () => {
    const { stdout } = await runCli(["runs", "list", "--help"], { columns: 80 });
    const options = stdout.slice(stdout.indexOf("Options:"), stdout.indexOf("Examples:"));
    expect(options.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("wins over what else is wrong", async () => {
    const { code, stdout } = await runCli(["runs", "start", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toStartWith("Usage: orchestrator runs start");
  });

  test("asked for the hidden command shows none to everybody", async () => {
    expect((await runCli(["--help"])).stdout).not.toMatch(/^ +complete /m);
  });
});

describe("wrong usage is refused with one line on stderr:", () => {
  type Refusal = { readonly args: string; readonly says: string };
  const REFUSED: readonly Refusal[] = [
    { args: "sttus", says: "unknown command 'sttus' (Did you mean status?)" },
    { args: "agents creat", says: "unknown command 'creat' (Did you mean create?)" },
    { args: "frobnicate", says: "unknown command 'frobnicate' (see `orchestrator --help`)" },
    { args: "frobnicate --help", says: "unknown command 'frobnicate' (see `orchestrator --help`)" },
    { args: "help frobnicate", says: "unknown command 'frobnicate' (see `orchestrator --help`)" },
    { args: "help agents frobnicate", says: "unknown command 'frobnicate' (see `orchestrator agents --help`)" },
    { args: "runs --json frobnicate", says: "unknown command 'frobnicate' (see `orchestrator runs --help`)" },
    { args: "status --wach", says: "unknown option '--wach' (Did you mean --watch?)" },
    { args: "--wach status", says: "unknown option '--wach' (Did you mean --watch?)" },
    { args: "logs --frobnicate", says: "unknown option '--frobnicate' (see `orchestrator logs --help`)" },
    { args: "agents list -x", says: "unknown option '-x' (see `orchestrator agents list --help`)" },
    { args: "status --version", says: "unknown option '--version'" },
    { args: "agents", says: "orchestrator agents needs one of: list, show, create, update, delete" },
    { args: "--json runs", says: "orchestrator runs needs one of: list, show, start, set, cancel" },
    { args: "config", says: "orchestrator config needs one of: check" },
    { args: "agents show", says: "missing required argument 'id-or-name' (see `orchestrator agents show --help`)" },
    { args: "runs set", says: "missing required argument 'id' (see `orchestrator runs set --help`)" },
    { args: "runs start planner", says: "required option '--session <id>' not specified" },
    { args: "context", says: "required option '--issue <file>' not specified" },
    { args: "completions", says: "missing required argument 'shell'" },
    { args: "status --session", says: "option '--session <ids>' argument missing" },
    { args: "agents list more", says: "too many arguments for 'list'. Expected 0 arguments but got 1: more (see" },
    { args: "completions tcsh", says: '<shell> holds "tcsh"; it may be bash, zsh, fish' },
    { args: "runs set x flying", says: '<status> holds "flying"; it may be pending, initializing, idle,' },
    { args: "runs start p --session s --status up", says: '--status holds "up"; it may be pending, initializing,' },
    { args: "runs list --status idle,up", says: '--status holds "idle,up"; it may hold pending, initializing,' },
    { args: "logs --type tool", says: '--type holds "tool"; it may hold state_change, milestone, error,' },
    { args: "logs --level loud", says: '--level holds "loud"; it may be debug, info, warning, error, critical' },
    { args: "tail --level info,loud", says: '--level holds "info,loud"; it may be debug, info,' },
    { args: "tail --types agents", says: '--types holds "agents"; it may hold orchestrator_agent, agent, prompt,' },
    { args: "tail --after 1 --last 1", says: "option '--after <seq>' cannot be used with option '--last <changes>'" },
    { args: "tail --after -1", says: '--after holds "-1"; it may be a whole number from 0 on' },
    { args: "tail --last 1.5", says: '--last holds "1.5"; it may be a whole number from 0 on' },
    { args: "logs --limit 0", says: '--limit holds "0"; it may be a whole number from 1 on' },
    { args: "logs --limit 1e3", says: '--limit holds "1e3"; it may be a whole number from 1 on' },
    { args: "logs --limit 99999999999999999", says: '--limit holds "99999999999999999"; it may be a whole number' },
    { args: "runs set x --cost cheap", says: '--cost holds "cheap"; it may be an amount in US dollars, such as 0.25' },
    { args: "runs set x --cost -1", says: '--cost holds "-1"; it may be an amount' },
    { args: "status --url localhost:8000", says: '--url holds "localhost:8000"; it may hold an address such as' },
    { args: "status --env-file missing.env", says: "--env-file missing.env cannot be read" },
  ];

  test.each(REFUSED)("$args", async ({ args, says }) => {
    // As a process `--env-file` is read; here what reads it is told to.
    const { code, stdout, stderr } = args.includes("--env-file")
      ? await run(args.split(" "))
      : await runCli(args.split(" "), { env: { ORCHESTRATOR_URL: NOWHERE } });
    expect(stderr).toStartWith(says);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test.each([
    "agents show",
    "agents update",
    "agents delete",
    "runs show",
    "runs set",
    "runs cancel",
    "runs start --session s",
  ])("an empty id for %s, as a shell gives it for a variable that is not set", async (command) => {
    const { code, stdout, stderr } = await runCli([...command.split(" "), ""], {
      env: { ORCHESTRATOR_URL: NOWHERE },
    });
    expect(stderr).toMatch(/^<[\w-]+> holds ""; it must not be empty\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test.each([".", ".."])("%s, which is no id", async (id) => {
    const { code, stderr } = await runCli(["runs", "show", id], { env: { ORCHESTRATOR_URL: NOWHERE } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: `<id> holds "${id}"; it is no id\n` });
  });

  test("an empty command", async () => {
    expect(await runCli([""])).toMatchObject({ code: 2, stderr: "unknown command '' (see `orchestrator --help`)\n" });
  });

  test("what was typed is made visible, and stays on the line", async () => {
    const { code, stderr } = await runCli(["logs", "--limit", "\u001B]0;x\u0007'\n1", "--url", NOWHERE]);
    expect(stderr).toBe(`--limit holds "\\u001b]0;x\\u0007' 1"; it may be a whole number from 1 on\n`);
    expect(code).toBe(2);
    expect((await runCli(["\u001B[2J\u202E"])).stderr).toStartWith("unknown command '\\x1b[2J\\u202e'");
  });
});

describe("options before the command", () => {
  const UNREACHABLE = { code: 5, stdout: "", stderr: `no Orchestrator at ${NOWHERE}: nothing listens there\n` };

  test.each(["status", "agents list", "runs show x", "logs --limit 5"])("belong to it: %s", async (line) => {
    const command = line.split(" ");
    expect(await runCli(["--url", NOWHERE, ...command])).toEqual(UNREACHABLE);
    expect(await runCli([`--url=${NOWHERE}`, "--json", ...command])).toEqual(UNREACHABLE);
    expect(await runCli([...command, "--url", NOWHERE])).toEqual(UNREACHABLE);
  });

  test("may stand between the words of a command", async () => {
    expect(await runCli(["agents", "--url", NOWHERE, "list", "--json"])).toEqual(UNREACHABLE);
  });

  test("may hold the name of a command", async () => {
    expect(await runCli(["--session", "logs", "--url", NOWHERE, "status"])).toEqual(UNREACHABLE);
    expect(await runCli(["--url", NOWHERE, "--agent", "tail", "logs", "--search", "help"])).toEqual(UNREACHABLE);
  });

  test("--env-file is read for a command that asks a server", async () => {
    using folder = testFolder();
    writeFileSync(folder.file("my.env"), `ORCHESTRATOR_URL=${NOWHERE}\n`);
    for (const args of [
      ["--env-file", "my.env", "status"],
      ["status", "--env-file", "my.env"],
    ]) {
      expect(await runProgram(folder.path, {}, args)).toEqual(UNREACHABLE);
    }
    const own = await runProgram(folder.path, { ORCHESTRATOR_URL: "http://127.0.0.1:2" }, [
      "--env-file=my.env",
      "logs",
    ]);
    expect(own.stderr).toContain("http://127.0.0.1:2");
  });
});

describe("a server", () => {
  const asked = async (env: Record<string, string>, ...args: string[]) =>
    (await runCli(["status", ...args], { env })).stderr;

  test.each([
    { env: { PORT: "1" }, url: "http://127.0.0.1:1" },
    { env: { WEBSOCKET_PORT: "1", HOST: "0.0.0.0" }, url: "http://127.0.0.1:1" },
    { env: { PORT: "1", ORCHESTRATOR_URL: "" }, url: "http://127.0.0.1:1" },
    { env: { PORT: "2", ORCHESTRATOR_URL: "http://127.0.0.1:1/" }, url: "http://127.0.0.1:1" },
    { env: { ORCHESTRATOR_URL: "http://127.0.0.1:1/behind/a/path" }, url: "http://127.0.0.1:1/behind/a/path" },
  ])("of $env is looked for at $url", async ({ env, url }) => {
    expect(await asked(env as Record<string, string>)).toBe(`no Orchestrator at ${url}: nothing listens there\n`);
  });

  test("given by --url wins", async () => {
    expect(await asked({ ORCHESTRATOR_URL: "http://127.0.0.1:2" }, "--url", NOWHERE)).toContain(`${NOWHERE}:`);
  });

  test("on a free port must be named", async () => {
    const { code, stderr } = await runCli(["status"], { env: { PORT: "0" } });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "the server takes a free port: give its address by --url or ORCHESTRATOR_URL\n",
    });
  });

  test.each(["x y", "x\ny", "ü", "日本"])("is not asked with %j for a token, which is not printed", async (token) => {
    const { code, stdout, stderr } = await runCli(["status"], { env: { ORCHESTRATOR_TOKEN: token } });
    expect(stderr).toMatch(/^ORCHESTRATOR_TOKEN holds what no token may: [^\n]+\n$/);
    expect(stderr).not.toContain(token);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("is not looked for with variables that are wrong, one line for each", async () => {
    const { code, stdout, stderr } = await runCli(["status"], { env: { PORT: "x", HOST: "a b" } });
    expect(stderr).toMatch(/^PORT holds "x"[^\n]+\nHOST holds "a b"[^\n]+\n$/);
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
