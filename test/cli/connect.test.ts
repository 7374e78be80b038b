import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { runCli } from "#test/support/cli.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { testServer } from "#test/support/test-server.ts";

const NOWHERE = "http://127.0.0.1:1";
const NOW = Date.parse("2026-02-05T10:30:00Z");

type Env = Readonly<Record<string, string>>;

/** A person's machine, with nobody serving on it. */
function machine(folder: TestFolder, more: Env = {}) {
  const env = { HOME: folder.path, ORCHESTRATOR_URL: NOWHERE, ...more };
  const run = (...args: string[]) => runCli(["connect", ...args], { env, now: () => NOW });
  const put = (path: string, text: string) => {
    fs.mkdirSync(dirname(folder.file(path)), { recursive: true });
    fs.writeFileSync(folder.file(path), text);
  };
  const get = (path: string) => fs.readFileSync(folder.file(path), "utf8");
  const files = () =>
    fs
      .readdirSync(folder.path, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.path.length + 1))
      .toSorted();
  return { run, put, get, files };
}

/** Settings that a person has, with a hook of their own for an event that is read too. */
const OWN_HOOKS = `{
    "model": "opus",   "list": ["a", "b"],
    "hooks": {
        "Stop": [ { "hooks": [ { "type": "command", "command": "say done" } ] } ],
        "SessionStart": [{"matcher": "startup", "hooks": [{"type": "command", "command": "true"}]}]
    },
    "env": { "FOO": "bar" }
}`;
const OWN_TOML = 'model = "gpt-5.6"\r\n\r\n[projects."/x"]\r\ntrust_level = "trusted" # mine\r\n';
const OWN_GEMINI = `{
\t// how it looks
\t"ui": {"theme": "dark"}, /* more */
\t"hooks": {"AfterTool": [{"matcher": "write_file", "hooks": [{"type": "command", "command": "true"}]}]} // end
}
`;

type Case = { readonly agent: string; readonly files: Readonly<Record<string, string>> };

/** Each agent with the files it reads, and what a person may have in them. */
const CASES: readonly Case[] = [
  { agent: "claude-code", files: { ".claude/settings.json": OWN_HOOKS } },
  { agent: "codex", files: { ".codex/hooks.json": OWN_HOOKS, ".codex/config.toml": OWN_TOML } },
  { agent: "gemini", files: { ".gemini/settings.json": OWN_GEMINI } },
  { agent: "opencode", files: { ".config/opencode/plugins/orchestrator.js": "" } },
];
const MERGING = CASES.filter(({ agent }) => agent !== "opencode");

describe.each(CASES)("connect $agent", ({ agent, files }) => {
  const paths = Object.keys(files);

  test("makes the files, once, for the user alone", async () => {
    using folder = testFolder();
    const at = machine(folder);
    const first = await at.run(agent);
    expect(first.code).toBe(0);
    for (const path of paths) {
      expect(first.stdout).toContain(`created ${folder.file(path)}\n`);
      expect(at.get(path)).toContain(NOWHERE);
      const { mode } = fs.statSync(folder.file(path));
      expect(mode & 0o777).toBe(agent === "opencode" ? 0o644 : 0o600);
    }
    expect(first.stdout).toContain("next: start a new session of ");
    expect(first.stderr).toContain(`no Orchestrator at ${NOWHERE}: nothing listens there; start it with`);
    const made = paths.map(at.get);
    const second = await at.run(agent);
    expect({ code: second.code, stdout: second.stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^.+ is already connected\n$/),
    });
    expect(paths.map(at.get)).toEqual(made);
    expect(at.files()).toEqual(paths.toSorted());
  });

  test("--undo takes them away again, also after the address changed", async () => {
    using folder = testFolder();
    const at = machine(folder);
    await at.run(agent, "--url", "http://10.0.0.7:9/base");
    const { code, stdout } = await at.run(agent, "--undo");
    expect({ code, left: at.files() }).toEqual({ code: 0, left: [] });
    for (const path of paths) expect(stdout).toContain(`removed ${folder.file(path)}\n`);
    const again = await at.run(agent, "--undo");
    expect({ code: again.code, stdout: again.stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^.+ is not connected\n$/),
    });
  });

  test("--print shows what belongs where, and writes nothing", async () => {
    using folder = testFolder();
    const at = machine(folder);
    const { code, stdout, stderr } = await at.run(agent, "--print");
    expect({ code, left: at.files() }).toEqual({ code: 0, left: [] });
    for (const path of paths) expect(stdout).toContain(`# belongs in ${folder.file(path)}\n`);
    expect(stdout).toContain(NOWHERE);
    expect(stderr).toEndWith("nothing was written\n");
    await at.run(agent);
    const before = paths.map(at.get);
    expect((await at.run(agent, "--undo", "--print")).stderr).toEndWith("nothing was written\n");
    expect(paths.map(at.get)).toEqual(before);
  });

  test("writes the new address in place of the old one", async () => {
    using folder = testFolder();
    const at = machine(folder);
    await at.run(agent, "--url", "http://10.0.0.7:9");
    await at.run(agent);
    const fresh = testFolder();
    const other = machine(fresh);
    await other.run(agent);
    for (const path of paths) expect(at.get(path)).toBe(other.get(path));
    fresh[Symbol.dispose]();
  });

  test("--json tells what was done", async () => {
    using folder = testFolder();
    const { stdout } = await machine(folder).run(agent, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      agent,
      scope: "user",
      url: NOWHERE,
      files: paths.map((path) => ({ path: folder.file(path), action: "created", backup: null })),
    });
  });

  test("a file that is read-only stays, and so does the rest", async () => {
    using folder = testFolder();
    const at = machine(folder);
    const [path] = paths;
    at.put(path!, files[path!]!);
    fs.chmodSync(folder.file(path!), 0o444);
    const { code, stderr } = await at.run(agent);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${folder.file(path!)} is read-only: nothing was written to it\n`,
    });
    expect(at.files()).toEqual([path!]);
  });

  test("a link stays one, and leads to the changed file", async () => {
    using folder = testFolder();
    const at = machine(folder);
    const [path] = paths;
    at.put("dotfiles/real", files[path!]!);
    fs.mkdirSync(dirname(folder.file(path!)), { recursive: true });
    fs.symlinkSync(folder.file("dotfiles/real"), folder.file(path!));
    expect((await at.run(agent)).code).toBe(0);
    expect(fs.readlinkSync(folder.file(path!))).toBe(folder.file("dotfiles/real"));
    expect(at.get("dotfiles/real")).toContain(NOWHERE);
  });
});

describe.each(MERGING)("connect $agent beside own settings", ({ agent, files }) => {
  const paths = Object.keys(files);

  test("changes nothing else, with a backup, and --undo brings back each byte", async () => {
    using folder = testFolder();
    const at = machine(folder);
    for (const [path, text] of Object.entries(files)) at.put(path, text);
    for (const path of paths) fs.chmodSync(folder.file(path), 0o640);
    const { code, stdout } = await at.run(agent);
    expect(code).toBe(0);
    for (const [path, text] of Object.entries(files)) {
      const backup = `${path}.backup-20260205T103000Z`;
      expect(stdout).toContain(`changed ${folder.file(path)}\n  before: ${folder.file(backup)}\n`);
      expect(at.get(backup)).toBe(text);
      for (const name of [path, backup]) expect(fs.statSync(folder.file(name)).mode & 0o777).toBe(0o640);
      // All that was there is there, in its order.
      let from = 0;
      for (const [word] of text.matchAll(/"[^"]*"|\w+ = |[#/][^\r\n}]*/g)) {
        const place = at.get(path).indexOf(word, from);
        expect({ word, isThere: place >= 0 }).toEqual({ word, isThere: true });
        from = place + word.length;
      }
    }
    expect(await at.run(agent)).toMatchObject({ stdout: expect.stringContaining("already connected") });
    for (const path of paths) fs.rmSync(folder.file(`${path}.backup-20260205T103000Z`));
    await at.run(agent, "--undo");
    for (const [path, text] of Object.entries(files)) expect(at.get(path)).toBe(text);
  });

  test("a hook of the person that was added behind ours stays there, and counts for nothing", async () => {
    using folder = testFolder();
    const at = machine(folder);
    await at.run(agent);
    const [path] = paths;
    const own = JSON.parse(at.get(path!));
    own.hooks.SessionStart.push({ hooks: [{ type: "command", command: "echo /ingest/hooks" }] });
    at.put(path!, JSON.stringify(own));
    expect((await at.run(agent)).stdout).toContain("already connected");
    await at.run(agent, "--undo");
    expect(JSON.parse(at.get(path!))).toEqual({
      hooks: { SessionStart: [{ hooks: [{ type: "command", command: "echo /ingest/hooks" }] }] },
    });
  });

  test.each(['{"hooks": ', "nonsense", '{"hooks": 7}', "[1]", '{"hooks": {"SessionStart": 1}}', '{"a": 1,}'])(
    "refuses %j, untouched, and says what to do",
    async (broken) => {
      using folder = testFolder();
      const at = machine(folder);
      at.put(paths[0]!, broken);
      const { code, stdout, stderr } = await at.run(agent);
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
      expect(stderr).toStartWith(`${folder.file(paths[0]!)} is left as it is: it`);
      expect(stderr).toEndWith("; --print shows what belongs there\n");
      expect(at.get(paths[0]!)).toBe(broken);
      expect(at.files()).toEqual([paths[0]!]);
    },
  );

  test.each(["{}", "{ }\n", '{\n  "hooks": {}\n}\n', "", '{"hooks": {"Stop": [], "AfterTool": [ ]}}'])(
    "--undo brings back %j",
    async (text) => {
      using folder = testFolder();
      const at = machine(folder);
      at.put(paths[0]!, text);
      expect((await at.run(agent)).code).toBe(0);
      await at.run(agent, "--undo");
      expect(at.get(paths[0]!)).toBe(text);
    },
  );
});

describe("connect claude-code", () => {
  const SETTINGS = ".claude/settings.json";
  const read = (at: ReturnType<typeof machine>, path = SETTINGS) => JSON.parse(at.get(path));

  test("waits where the order tells the status, and nowhere else", async () => {
    using folder = testFolder();
    const at = machine(folder);
    await at.run("claude-code");
    const { hooks } = read(at);
    const events = Object.keys(hooks);
    expect(events).toHaveLength(18);
    for (const never of ["WorktreeCreate", "MessageDisplay"]) expect(events).not.toContain(never);
    for (const event of ["SessionStart", "UserPromptSubmit", "Stop", "SessionEnd", "PreToolUse", "PermissionRequest"]) {
      expect(hooks[event][0].hooks[0]).toMatchObject({ type: "command", timeout: 2 });
      expect(hooks[event][0].hooks[0]).not.toHaveProperty("async");
    }
    for (const event of ["PostToolUse", "Notification"]) expect(hooks[event][0].hooks[0].async).toBe(true);
  });

  test("--http writes HTTP hooks, but for the start of a session, and names the variable of the token", async () => {
    using folder = testFolder();
    const at = machine(folder, { ORCHESTRATOR_TOKEN: "orc_secret" });
    const { stdout, stderr } = await at.run("claude-code", "--http");
    expect(read(at).hooks.Stop[0].hooks[0]).toEqual({
      type: "http",
      url: `${NOWHERE}/ingest/hooks/claude-code`,
      timeout: 3,
      headers: { Authorization: "Bearer $ORCHESTRATOR_TOKEN" },
      allowedEnvVars: ["ORCHESTRATOR_TOKEN"],
    });
    expect(read(at).hooks.SessionStart[0].hooks[0].type).toBe("command");
    expect(at.get(SETTINGS) + stdout + stderr).not.toContain("orc_secret");
    await at.run("claude-code", "--undo");
    expect(fs.existsSync(folder.file(SETTINGS))).toBe(false);
  });

  test("telemetry goes with its variables, and leaves those that were there or were changed since", async () => {
    using folder = testFolder();
    const at = machine(folder);
    at.put(SETTINGS, '{"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": "1", "OTEL_METRICS_EXPORTER": "prometheus"}}');
    await at.run("claude-code", "--content");
    expect(read(at).env).toMatchObject({
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: NOWHERE,
      OTEL_LOG_USER_PROMPTS: "1",
    });
    await at.run("claude-code");
    expect(read(at).env).not.toHaveProperty("OTEL_LOG_USER_PROMPTS");
    const changed = read(at);
    changed.env.OTEL_LOGS_EXPORTER = "console";
    at.put(SETTINGS, JSON.stringify(changed));
    await at.run("claude-code", "--undo");
    expect(read(at)).toEqual({
      env: {
        CLAUDE_CODE_ENABLE_TELEMETRY: "1",
        OTEL_METRICS_EXPORTER: "prometheus",
        OTEL_LOGS_EXPORTER: "console",
      },
    });
  });

  test.each([
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example" }, name: "OTEL_EXPORTER_OTLP_ENDPOINT" },
    { env: { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, name: "OTEL_EXPORTER_OTLP_PROTOCOL" },
    { env: { CLAUDE_CODE_ENABLE_TELEMETRY: "0" }, name: "CLAUDE_CODE_ENABLE_TELEMETRY" },
  ])("leaves telemetry that goes elsewhere: $name", async ({ env, name }) => {
    using folder = testFolder();
    const at = machine(folder);
    at.put(SETTINGS, JSON.stringify({ env }));
    const { code, stderr } = await at.run("claude-code");
    expect(code).toBe(0);
    expect(stderr).toContain(`telemetry is left as it is, because ${name} is set to something else`);
    expect(read(at).env).toEqual(env);
    expect(read(at).hooks).toHaveProperty("Stop");
  });

  test("leaves telemetry that the shell sends elsewhere", async () => {
    using folder = testFolder();
    const at = machine(folder, { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example" });
    expect((await at.run("claude-code")).stderr).toContain("because OTEL_EXPORTER_OTLP_ENDPOINT is set");
    expect(read(at)).not.toHaveProperty("env");
  });

  test("--store-token writes the token for telemetry only, and --print hides it", async () => {
    using folder = testFolder();
    const at = machine(folder, { ORCHESTRATOR_TOKEN: "orc_secret" });
    const shown = await at.run("claude-code", "--store-token", "--print");
    expect(shown.stdout).toContain("Authorization=Bearer <token>");
    expect(shown.stdout).not.toContain("orc_secret");
    await at.run("claude-code", "--store-token");
    const { env, hooks } = read(at);
    expect(env.OTEL_EXPORTER_OTLP_HEADERS).toBe("Authorization=Bearer orc_secret");
    expect(JSON.stringify(hooks)).not.toContain("orc_secret");
    expect((await machine(folder).run("claude-code", "--store-token")).code).toBe(2);
  });

  test("--project writes the file that is not committed, hooks only, and says so", async () => {
    using folder = testFolder();
    const at = machine(folder);
    fs.mkdirSync(folder.file("work"));
    const { stderr } = await at.run("claude-code", "--project", "--dir", folder.file("work"));
    expect(at.files()).toEqual(["work/.claude/settings.local.json"]);
    expect(Object.keys(read(at, "work/.claude/settings.local.json"))).toEqual(["hooks"]);
    expect(stderr).toContain("run it with --user too");
  });

  test("CLAUDE_CONFIG_DIR is where its settings are", async () => {
    using folder = testFolder();
    const at = machine(folder, { CLAUDE_CONFIG_DIR: folder.file("elsewhere") });
    await at.run("claude-code");
    expect(at.files()).toEqual(["elsewhere/settings.json"]);
  });
});

describe("connect codex", () => {
  const CONFIG = ".codex/config.toml";

  test("the table is read as it is meant, and tables that Codex adds behind it survive --undo", async () => {
    using folder = testFolder();
    const at = machine(folder, { ORCHESTRATOR_TOKEN: "orc_secret" });
    at.put(CONFIG, 'model = "x"');
    await at.run("codex", "--content", "--store-token");
    expect(Bun.TOML.parse(at.get(CONFIG))).toEqual({
      model: "x",
      otel: {
        exporter: {
          "otlp-http": {
            endpoint: `${NOWHERE}/v1/logs`,
            protocol: "json",
            headers: { Authorization: "Bearer orc_secret" },
          },
        },
        trace_exporter: "none",
        log_user_prompt: true,
      },
    });
    at.put(CONFIG, `${at.get(CONFIG)}\n[projects."/y"]\ntrust_level = "trusted"\n`);
    await at.run("codex", "--undo");
    expect(Bun.TOML.parse(at.get(CONFIG))).toEqual({ model: "x", projects: { "/y": { trust_level: "trusted" } } });
  });

  test("what was added to the table stays, with the table", async () => {
    using folder = testFolder();
    const at = machine(folder);
    await at.run("codex");
    at.put(CONFIG, `${at.get(CONFIG)}environment = "dev"\n`);
    await at.run("codex", "--url", "http://10.0.0.7:9");
    expect(at.get(CONFIG)).toContain("10.0.0.7");
    await at.run("codex", "--undo");
    expect(at.get(CONFIG)).toBe('[otel]\nenvironment = "dev"\n');
  });

  test("another table [otel] is left, and told of", async () => {
    using folder = testFolder();
    const at = machine(folder);
    const own = '[otel]\nexporter = "none"\n';
    at.put(CONFIG, own);
    const { code, stderr } = await at.run("codex");
    expect(code).toBe(0);
    expect(stderr).toContain(`for tokens and cost, add exporter = { otlp-http = { endpoint = "${NOWHERE}/v1/logs"`);
    await at.run("codex", "--undo");
    expect(at.get(CONFIG)).toBe(own);
  });

  test("a broken config.toml stops all of it", async () => {
    using folder = testFolder();
    const at = machine(folder);
    at.put(CONFIG, "model = ");
    const { code, stderr } = await at.run("codex");
    expect(code).toBe(4);
    expect(stderr).toContain("config.toml is left as it is: it is no TOML");
    expect(at.files()).toEqual([CONFIG]);
  });

  test("--project writes hooks only; hooks are to be trusted", async () => {
    using folder = testFolder();
    const at = machine(folder);
    const { stderr } = await at.run("codex", "--project", "--dir", folder.path);
    expect(at.files()).toEqual([".codex/hooks.json"]);
    expect(stderr).toContain("trust them");
    expect(stderr).toContain("only in a folder that is trusted");
  });
});

describe("connect gemini", () => {
  test("leaves telemetry that is set", async () => {
    using folder = testFolder();
    const at = machine(folder);
    at.put(".gemini/settings.json", '{"telemetry": {"enabled": false}}');
    const { stderr } = await at.run("gemini");
    expect(stderr).toContain("telemetry is left as it is");
    expect(stderr).toContain("while no server runs, Gemini CLI ends some 10 s later");
    await at.run("gemini", "--undo");
    expect(at.get(".gemini/settings.json")).toBe('{"telemetry": {"enabled": false}}');
  });

  test.each([true, false])("prompts are in telemetry only when asked for: %p", async (isWanted) => {
    using folder = testFolder();
    const at = machine(folder);
    await at.run("gemini", ...(isWanted ? ["--content"] : []));
    expect(JSON.parse(at.get(".gemini/settings.json")).telemetry).toEqual({
      enabled: true,
      target: "local",
      otlpEndpoint: NOWHERE,
      otlpProtocol: "http",
      logPrompts: isWanted,
    });
  });
});

describe("connect opencode", () => {
  test("what was changed in the plugin by hand is kept in a backup", async () => {
    using folder = testFolder();
    const at = machine(folder);
    const path = ".config/opencode/plugins/orchestrator.js";
    await at.run("opencode");
    const edited = `${at.get(path)}// mine\n`;
    at.put(path, edited);
    await at.run("opencode", "--undo");
    expect(at.files()).toEqual([`${path}.backup-20260205T103000Z`]);
    expect(at.get(`${path}.backup-20260205T103000Z`)).toBe(edited);
  });

  test("refuses to replace another plugin, and --undo leaves it", async () => {
    using folder = testFolder();
    const at = machine(folder);
    const path = ".config/opencode/plugins/orchestrator.js";
    at.put(path, "export const Mine = () => ({})\n");
    expect((await at.run("opencode")).code).toBe(4);
    expect((await at.run("opencode", "--undo")).stdout).toBe("opencode is not connected\n");
    expect(at.get(path)).toBe("export const Mine = () => ({})\n");
  });
});

describe("connect", () => {
  test("says that the server answers, and what it asks for", async () => {
    using folder = testFolder();
    await using server = await testServer();
    const { run } = machine(folder, { ORCHESTRATOR_URL: server.url });
    expect((await run("opencode")).stderr).toMatch(/^the server at \S+ answers: version \S+\n$/);
  });

  test("without a home there is only --project", async () => {
    using folder = testFolder();
    const run = (...args: string[]) => runCli(["connect", "codex", ...args], { env: { ORCHESTRATOR_URL: NOWHERE } });
    expect(await run()).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("HOME is not set") });
    expect((await run("--project", "--dir", folder.path)).code).toBe(0);
  });

  test("an address cannot leave its quotes", async () => {
    using folder = testFolder();
    const at = machine(folder);
    await at.run("codex", "--url", "http://127.0.0.1:1/a'$(touch x)`\"\\b");
    const [command] = JSON.parse(at.get(".codex/hooks.json")).hooks.Stop[0].hooks.map(
      (hook: { command: string }) => hook.command,
    );
    expect(command.slice("sh -c '".length, -1)).not.toContain("'");
    expect(command).not.toContain("$(touch");
    await at.run("codex", "--undo");
    expect(at.files()).toEqual([]);
  });
});

describe("the command of a hook", () => {
  async function posted(shell: string, env: Env): Promise<{ received: unknown; exit: object }> {
    let received: unknown = null;
    await using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        received = {
          path: new URL(request.url).pathname,
          auth: request.headers.get("Authorization"),
          body: await request.text(),
        };
        return new Response("a text that nobody may see", { status: 500 });
      },
    });
    using folder = testFolder();
    const at = machine(folder, { ORCHESTRATOR_URL: server.url.origin });
    await at.run("codex");
    const { command } = JSON.parse(at.get(".codex/hooks.json")).hooks.Stop[0].hooks[0];
    return { exit: await shellRun(shell, command, env), received };
  }

  async function shellRun(shell: string, command: string, env: Env) {
    const child = Bun.spawn([shell, "-c", command], {
      stdin: Buffer.from('{"a":1}'),
      stdout: "pipe",
      stderr: "pipe",
      env: { PATH: process.env["PATH"]!, ...env },
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    return { code: await child.exited, stdout, stderr };
  }

  const QUIET = { code: 0, stdout: "", stderr: "" };
  const shells = ["sh", "bash", "zsh", "fish"].filter((shell) => Bun.which(shell) !== null);

  test.each(shells)("posts in %s what it is given, with the token of the variable, past a proxy", async (shell) => {
    const path = "/ingest/hooks/codex";
    const body = '{"a":1}';
    const proxy = { http_proxy: NOWHERE };
    expect(await posted(shell, proxy)).toEqual({ exit: QUIET, received: { path, auth: null, body } });
    expect(await posted(shell, { ...proxy, ORCHESTRATOR_TOKEN: "orc_x*" })).toEqual({
      exit: QUIET,
      received: { path, auth: "Bearer orc_x*", body },
    });
  });

  test("is quiet with no server, and with no curl", async () => {
    using folder = testFolder();
    const at = machine(folder);
    await at.run("codex");
    const { command } = JSON.parse(at.get(".codex/hooks.json")).hooks.Stop[0].hooks[0];
    expect(await shellRun("sh", command, {})).toEqual(QUIET);
    for (const name of ["sh", "cat"]) fs.symlinkSync(Bun.which(name)!, folder.file(name));
    expect(await shellRun(Bun.which("sh")!, command, { PATH: folder.path })).toEqual(QUIET);
  });
});
