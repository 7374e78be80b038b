import { describe, expect, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { runCli } from "#test/support/cli.ts";
import { script } from "#test/support/database.ts";
import { testFolder } from "#test/support/folder.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import { runProgram, startProgram } from "#test/support/program.ts";
import { testServer } from "#test/support/test-server.ts";
import { until } from "#test/support/until.ts";

const NOW = Date.parse("2026-02-05T10:30:00.000Z");
const SECRET = /^orc_[\w-]{43}\n$/;

/** `token` on a file of the test's own. */
function onFile(path: string) {
  return (...args: string[]) =>
    runCli(["token", ...args], { env: { DATABASE_PATH: path }, now: () => NOW, columns: 200 });
}

describe("token create", () => {
  test("prints the token alone on stdout, what it is on stderr, and makes the database", async () => {
    using folder = testFolder();
    const path = folder.file("new/orchestrator.db");
    const token = onFile(path);
    const { code, stdout, stderr } = await token("create", "laptop", "--scope", "ingest", "--expires", "30d");
    expect(code).toBe(0);
    expect(stdout).toMatch(SECRET);
    expect(stderr).toBe(
      `made the database ${path}\ntoken "laptop" with the scope ingest, until 2026-03-07T10:30:00.000Z; it is not shown again\n`,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("--json prints what the API answers", async () => {
    using folder = testFolder();
    const { stdout } = await onFile(folder.file("a.db"))("create", "ci", "--scope", "read", "--json");
    expect(JSON.parse(stdout)).toEqual({
      id: expect.any(String),
      name: "ci",
      scope: "read",
      prefix: expect.stringMatching(/^orc_[\w-]{8}$/),
      created_at: "2026-02-05T10:30:00.000Z",
      last_used_at: null,
      expires_at: null,
      secret: expect.stringMatching(/^orc_[\w-]{43}$/),
    });
  });

  test.each([
    ["12h", "2026-02-05T22:30:00.000Z"],
    ["2w", "2026-02-19T10:30:00.000Z"],
    ["2099-01-01", "2099-01-01T00:00:00.000Z"],
    ["2099-01-01T01:00:00+01:00", "2099-01-01T00:00:00.000Z"],
  ])("--expires %s", async (given, kept) => {
    using folder = testFolder();
    const token = onFile(folder.file("a.db"));
    const { stdout } = await token("create", "x", "--scope", "read", "--expires", given, "--json");
    expect(JSON.parse(stdout).expires_at).toBe(kept);
  });

  const wrong: Record<string, string[]> = {
    "<name> holds": ["create", "", "--scope", "read"],
    "it may be read, ingest, control, admin": ["create", "x", "--scope", "root"],
    "--scope": ["create", "x"],
    "from now on: 12h, 30d, 8w": ["create", "x", "--scope", "read", "--expires", "soon"],
    "from now on": ["create", "x", "--scope", "read", "--expires", "0d"],
    "in the future": ["create", "x", "--scope", "read", "--expires", "2020-01-01"],
    "255": ["create", "x".repeat(256), "--scope", "read"],
  };
  test.each(Object.entries(wrong))("refuses with one line, and makes nothing: %s", async (says, args) => {
    using folder = testFolder();
    const path = folder.file("a.db");
    const { code, stdout, stderr } = await onFile(path)(...args);
    expect({ code, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ code: 2, stdout: "", lines: 1 });
    expect(stderr.toLowerCase()).toContain(says);
    expect(existsSync(path)).toBe(false);
  });
});

test("a secret in the name of a token is kept out as everywhere, unless REDACT is off", async () => {
  using folder = testFolder();
  const key = `sk-ant-${"api03-"}${"Ab1".repeat(20)}`;
  for (const [env, kept] of [
    [{}, false],
    [{ REDACT: "off" }, true],
  ] as const) {
    const { stdout } = await runCli(["token", "create", `for ${key}`, "--scope", "read", "--json"], {
      env: { DATABASE_PATH: folder.file("a.db"), ...env },
    });
    expect(JSON.parse(stdout).name.includes(key)).toBe(kept);
  }
});

describe("token list", () => {
  test("shows everything but the secret", async () => {
    using folder = testFolder();
    const token = onFile(folder.file("a.db"));
    const { stdout: secret } = await token("create", "laptop", "--scope", "ingest", "--expires", "30d");
    const { code, stdout } = await token("list");
    expect(code).toBe(0);
    const [titles, row] = stdout.split("\n");
    expect(titles!.split(/\s+/)).toEqual(["NAME", "SCOPE", "TOKEN", "MADE", "USED", "EXPIRES", "ID"]);
    expect(row).toContain(`${secret.slice(0, 12)}…`);
    expect(row).toContain("2026-03-07T10:30:00.000Z");
    expect(stdout).not.toContain(secret.slice(12).trim());
    const rows = JSON.parse((await token("list", "--json")).stdout);
    expect(rows).toMatchObject([{ name: "laptop", scope: "ingest" }]);
    expect(Object.keys(rows[0])).not.toContain("hash");
  });

  test("of none says what that means", async () => {
    using folder = testFolder();
    const token = onFile(folder.file("a.db"));
    await token("create", "x", "--scope", "read");
    await token("revoke", "x");
    const { code, stdout, stderr } = await token("list");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("there are no tokens");
  });

  test("shows a hostile name, and never obeys it", async () => {
    using folder = testFolder();
    const token = onFile(folder.file("a.db"));
    await token("create", HOSTILE, "--scope", "read");
    for (const args of [["list"], ["revoke", HOSTILE]]) expect(rawIn((await token(...args)).stdout)).toEqual([]);
  });
});

describe("token revoke", () => {
  test("by name, id, first characters, or the token itself", async () => {
    using folder = testFolder();
    const token = onFile(folder.file("a.db"));
    for (const by of ["name", "id", "prefix", "secret"] as const) {
      const made = JSON.parse((await token("create", "x", "--scope", "read", "--json")).stdout);
      const { code, stdout, stderr } = await token("revoke", made[by]);
      expect({ by, code, stdout }).toEqual({ by, code: 0, stdout: `revoked x (${made.prefix}…)\n` });
      expect(stderr).toBe("that was the last one: a server on loopback is open to every local program again\n");
    }
    expect((await token("list", "--json")).stdout).toBe("[]\n");
  });

  test("of a name that several have names them, and revokes none", async () => {
    using folder = testFolder();
    const token = onFile(folder.file("a.db"));
    for (const scope of ["read", "admin"]) await token("create", "x", "--scope", scope);
    const { code, stderr } = await token("revoke", "x");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^several tokens are called "x": .* orc_[\w-]{8}, orc_[\w-]{8}\n$/);
    expect(JSON.parse((await token("list", "--json")).stdout)).toHaveLength(2);
  });

  test("of one that is not there ends with 3; where there is no database, none is made", async () => {
    using folder = testFolder();
    const path = folder.file("a.db");
    const token = onFile(path);
    for (const args of [["list"], ["revoke", "x"]]) {
      expect(await token(...args)).toMatchObject({ code: 3, stdout: "", stderr: `there is no database at ${path}\n` });
    }
    expect(existsSync(path)).toBe(false);
    await token("create", "x", "--scope", "read");
    expect(await token("revoke", "y")).toMatchObject({ code: 3, stderr: 'there is no token "y"\n' });
  });

  test("does not repeat a token that it does not find", async () => {
    using folder = testFolder();
    const token = onFile(folder.file("a.db"));
    await token("create", "x", "--scope", "read");
    const { code, stderr } = await token("revoke", `orc_${"a".repeat(43)}`);
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'there is no token "orc_aaaaaaaa…"\n' });
  });

  test("finds the oldest of very many", async () => {
    using folder = testFolder();
    const path = folder.file("a.db");
    const token = onFile(path);
    await token("create", "oldest", "--scope", "read");
    script(
      path,
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 2100)
       insert into orchestrator_tokens (id, name, scope, prefix, hash, created_ms)
         select 'id-' || i, 'many', 'read', 'orc_' || i, 'h', ${NOW} + i from n`,
    );
    expect((await token("revoke", "oldest")).code).toBe(0);
    expect(JSON.parse((await token("list", "--json")).stdout)).toHaveLength(2100);
  });

  test("on a file that is no database leaves it as it is", async () => {
    using folder = testFolder();
    writeFileSync(folder.file("a.db"), "a text, not a database at all");
    const { code, stderr } = await onFile(folder.file("a.db"))("list");
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(await Bun.file(folder.file("a.db")).text()).toBe("a text, not a database at all");
  });
});

describe("a server that runs", () => {
  test("follows what is made and revoked on its file; both leave a system log", async () => {
    await using server = await testServer();
    const token = onFile(server.path);
    const secret = (await token("create", "x", "--scope", "admin")).stdout.trim();
    const status = async (headers: Record<string, string> = {}) =>
      (await server.call("GET", "/api/agents", undefined, headers)).status;
    await until("it to ask for a token", async () => (await status()) === 401);
    const bearer = { Authorization: `Bearer ${secret}` };
    expect(await status(bearer)).toBe(200);
    expect((await server.call("GET", "/api/tokens", undefined, bearer)).body).toMatchObject([{ name: "x" }]);
    await token("revoke", "x");
    await until("it to be open again", async () => (await status()) === 200);
    const { body } = await server.call("GET", "/api/system/logs?component=auth");
    const messages = body.map(({ message }: { message: string }) => message);
    expect(messages).toContainEqual(expect.stringMatching(/^Token orc_[\w-]{8}… made on the command line$/));
    expect(messages).toContainEqual(expect.stringMatching(/^Token orc_[\w-]{8}… revoked on the command line$/));
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  test("is asked with ORCHESTRATOR_TOKEN by every command; without it they say what to set", async () => {
    await using server = await testServer(undefined, { apiToken: "token-of-the-environment" });
    const env = { ORCHESTRATOR_URL: server.url };
    const refused = await runCli(["agents", "list"], { env });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("ORCHESTRATOR_TOKEN");
    const asked = await runCli(["agents", "list"], { env: { ...env, ORCHESTRATOR_TOKEN: "token-of-the-environment" } });
    expect(asked.code).toBe(0);
  });
});

describe("loopback first: a server that other machines reach", () => {
  const outside = { HOST: "0.0.0.0" };

  test("does not start without a token: one line says what to do", async () => {
    using folder = testFolder();
    const { code, stdout, stderr } = await runProgram(folder.path, outside, ["serve"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^HOST holds "0\.0\.0\.0", .*orchestrator token create.*API_TOKEN.*\n$/);
  });

  test("doctor says so before, and is content once there is one", async () => {
    using folder = testFolder();
    const path = folder.file("a.db");
    const doctor = (env: Record<string, string> = {}) =>
      runCli(["doctor", "--json", "--database", path, "--url", "http://127.0.0.1:9"], {
        env: { ...outside, PORT: "0", ...env },
        now: () => NOW,
      });
    const configuration = async (env?: Record<string, string>) =>
      JSON.parse((await doctor(env)).stdout).find(({ check }: { check: string }) => check === "configuration");
    expect(await configuration()).toMatchObject({ status: "failed", detail: expect.stringContaining("API_TOKEN") });
    expect(await configuration({ API_TOKEN: "token-of-the-environment" })).toMatchObject({ status: "ok" });
    await onFile(path)("create", "short", "--scope", "read", "--expires", "1h");
    expect(await configuration()).toMatchObject({ status: "ok", detail: expect.stringContaining(path) });
    script(path, `update orchestrator_tokens set expires_ms = ${NOW}`);
    expect((await configuration()).status).toBe("failed");
    await onFile(path)("create", "lasting", "--scope", "read");
    expect((await configuration()).status).toBe("ok");
  });

  test("does not start with one that has expired", async () => {
    using folder = testFolder();
    const path = folder.file("data/orchestrator.db");
    const made = await runCli(["token", "create", "x", "--scope", "read", "--expires", "1h"], {
      env: { DATABASE_PATH: path },
      now: () => NOW,
    });
    expect(made.code).toBe(0);
    expect((await runProgram(folder.path, outside, ["serve"])).code).toBe(2);
  });

  test("starts with one, whether stored or given, and asks for it", async () => {
    using folder = testFolder();
    const made = await runProgram(folder.path, {}, ["token", "create", "x", "--scope", "read"]);
    const secret = made.stdout.trim();
    for (const [env, token] of [
      [{}, secret],
      [{ API_TOKEN: "a-short-one" }, "a-short-one"],
    ] as const) {
      await using program = startProgram(folder.path, { ...outside, ...env });
      const url = (await program.url).replace("0.0.0.0", "127.0.0.1");
      expect((await fetch(`${url}/api/agents`)).status).toBe(401);
      const asked = await fetch(`${url}/api/agents`, { headers: { Authorization: `Bearer ${token}` } });
      expect(asked.status).toBe(200);
      program.kill("SIGTERM");
      const { code, stderr } = await program.exited;
      expect(code).toBe(0);
      // Else whoever asks from outside is puzzled.
      expect(stderr).toContain("ALLOWED_HOSTS");
      expect(stderr.includes("may guess it")).toBe("API_TOKEN" in env);
    }
  });
});
