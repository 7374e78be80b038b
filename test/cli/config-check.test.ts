import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { runCli } from "#test/support/cli.ts";
import { testFolder } from "#test/support/folder.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import { runProgram } from "#test/support/program.ts";

const DEFAULTS = {
  database_path: "./data/orchestrator.db",
  host: "127.0.0.1",
  port: 8000,
  cors_origins: ["http://localhost:5173", "http://127.0.0.1:5173"],
  log_level: "info",
  retention_days: 30,
  run_retention_days: 365,
  changes_keep: 1_000_000,
  max_database_mb: 4096,
  allowed_hosts: [],
  api_token: "none",
  rate_limit: 0,
  redact: true,
  redact_patterns: [],
  backup_dir: null,
  backup_every_hours: 24,
  backup_keep: 7,
  quiet_after_ms: 300_000,
  lost_after_ms: 3_600_000,
  server_url: "http://127.0.0.1:8000",
};

const LIMITS = {
  max_issue_body_length: 2000,
  max_file_reference_size: 5000,
  max_clarification_length: 1000,
  max_docs_planning: 2,
  max_summary_tokens_planning: 200,
  max_file_references: 3,
  max_screenshots: 3,
};

async function checked(env: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await runCli(["config", "check", "--json", ...args], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("config check", () => {
  test("prints what the variables amount to, a line each", async () => {
    const { code, stdout, stderr } = await runCli(["config", "check"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      [
        "database_path       ./data/orchestrator.db",
        "host                127.0.0.1",
        "port                8000",
        'cors_origins        ["http://localhost:5173","http://127.0.0.1:5173"]',
        "log_level           info",
        "retention_days      30",
        "run_retention_days  365",
        "changes_keep        1000000",
        "max_database_mb     4096",
        "allowed_hosts       []",
        "api_token           none",
        "rate_limit          0",
        "redact              true",
        "redact_patterns     []",
        "backup_dir          -",
        "backup_every_hours  24",
        "backup_keep         7",
        "quiet_after_ms      300000",
        "lost_after_ms       3600000",
        "server_url          http://127.0.0.1:8000",
        "",
      ].join("\n"),
    );
  });

  test.each([
    { env: {}, found: {} },
    { env: { PORT: "9000", WEBSOCKET_PORT: "9001" }, found: { port: 9000, server_url: "http://127.0.0.1:9000" } },
    { env: { HOST: "::" }, found: { host: "::", rate_limit: 100, server_url: "http://[::1]:8000" } },
    { env: { ORCHESTRATOR_URL: "https://a.example/x" }, found: { server_url: "https://a.example/x" } },
    { env: { PORT: "0" }, found: { port: 0, server_url: null } },
    { env: { DATABASE_PATH: "a b.db", LOG_LEVEL: "debug" }, found: { database_path: "a b.db", log_level: "debug" } },
  ])("--json of $env", async ({ env, found }) => {
    expect(await checked(env as Record<string, string>)).toEqual({ ...DEFAULTS, ...found });
  });

  test("shows that there is no address for a free port", async () => {
    const { stdout } = await runCli(["config", "check"], { env: { PORT: "0" } });
    expect(stdout).toEndWith("server_url          -\n");
  });

  test("never prints the token", async () => {
    const { stdout } = await runCli(["config", "check", "--json"], {
      env: { ORCHESTRATOR_TOKEN: "secret", API_TOKEN: "secret-of-admin" },
    });
    expect(stdout).not.toContain("secret");
    expect(JSON.parse(stdout)).toMatchObject({ api_token: "given" });
  });

  test("refuses wrong variables, one line each", async () => {
    const env = { PORT: "x", LOG_LEVEL: "loud", DATABASE_PATH: ":memory:" };
    const { code, stdout, stderr } = await runCli(["config", "check"], { env });
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    ).toEqual(["DATABASE_PATH", "PORT", "LOG_LEVEL"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("refuses a wrong address of the server", async () => {
    const { code, stderr } = await runCli(["config", "check"], { env: { ORCHESTRATOR_URL: "ftp://x" } });
    expect(stderr).toMatch(/^ORCHESTRATOR_URL holds "ftp:\/\/x"; it may hold [^\n]+\n$/);
    expect(code).toBe(2);
  });

  test("reads config.yml of the folder it stands in, and variables of a file, but for those that are set", async () => {
    using folder = testFolder();
    writeFileSync(folder.file("config.yml"), "agentic:\n  token_optimization:\n    max_screenshots: 1\n");
    writeFileSync(folder.file("my.env"), "PORT=9000\nHOST=localhost\n");
    const args = ["config", "check", "--env-file", "my.env", "--json"];
    const { code, stdout } = await runProgram(folder.path, { HOST: "127.0.0.2" }, args);
    expect(JSON.parse(stdout)).toMatchObject({
      port: 9000,
      host: "127.0.0.2",
      config_file: "config.yml",
      token_optimization: { ...LIMITS, max_screenshots: 1 },
    });
    expect(code).toBe(0);
  });
});

describe("config check --config", () => {
  test("prints the limits of a project", async () => {
    using folder = testFolder();
    const file = folder.file("my.yml");
    writeFileSync(file, "agentic:\n  token_optimization:\n    max_issue_body_length: 10\n");
    const limits = { ...LIMITS, max_issue_body_length: 10 };
    const found = { ...DEFAULTS, config_file: file, token_optimization: limits };
    expect(await checked({}, "--config", file)).toEqual(found);
    const { stdout } = await runCli(["config", "check", "--config", file]);
    expect(stdout).toContain(`\nconfig_file         ${file}\ntoken_optimization  ${JSON.stringify(limits)}\n`);
  });

  test.each(["", "# nothing\n", "project:\n", "other: [1, 2]\n", "agentic:\n  token_optimization:\n"])(
    "%j is a configuration",
    async (text) => {
      using folder = testFolder();
      writeFileSync(folder.file("c.yml"), text);
      expect((await checked({}, "--config", folder.file("c.yml"))).config_file).toBe(folder.file("c.yml"));
    },
  );

  const WRONG: readonly { readonly text: string; readonly says: RegExp }[] = [
    { text: "a: [1\n", says: /c\.yml is no YAML: / },
    { text: "- a\n", says: /c\.yml is not valid: it: / },
    { text: "agentic:\n  token_optimization:\n    max_isue: 3\n", says: /agentic\.token_optimization: [^\n]*max_isue/ },
    {
      text: "agentic:\n  token_optimization:\n    max_screenshots: -1\n    max_docs_planning: many\n",
      says: /max_docs_planning: [^\n]+; agentic\.token_optimization\.max_screenshots: /,
    },
    { text: "orchestrator:\n  port: 70000\n", says: /orchestrator\.port: / },
  ];
  test.each(WRONG)("$text is refused with one line", async ({ text, says }) => {
    using folder = testFolder();
    writeFileSync(folder.file("c.yml"), text);
    const { code, stdout, stderr } = await runCli(["config", "check", "--config", folder.file("c.yml")]);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("that is not there ends with 3, that cannot be read with 1", async () => {
    using folder = testFolder();
    mkdirSync(folder.file("folder.yml"));
    const missing = await runCli(["config", "check", "--config", folder.file("c.yml")]);
    expect(missing).toEqual({ code: 3, stdout: "", stderr: `there is no file ${folder.file("c.yml")}\n` });
    const unreadable = await runCli(["config", "check", "--config", folder.file("folder.yml")]);
    expect(unreadable.stderr).toMatch(/^\S+folder\.yml cannot be read: [^\n]+\n$/);
    expect(unreadable.code).toBe(1);
  });

  test("hostile text is shown and never obeyed", async () => {
    using folder = testFolder();
    const file = folder.file("\u001B[2J\u202E.yml");
    writeFileSync(file, Bun.YAML.stringify({ agentic: { token_optimization: { [HOSTILE]: 1 } } }));
    const { code, stderr } = await runCli(["config", "check", "--config", file]);
    expect([code, rawIn(stderr), stderr.split("\n").length]).toEqual([2, [], 2]);
    writeFileSync(file, "");
    const { stdout } = await runCli(["config", "check", "--config", file], { env: { DATABASE_PATH: HOSTILE } });
    expect(rawIn(stdout)).toEqual([]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(22);
  });
});
