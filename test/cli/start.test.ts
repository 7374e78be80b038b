import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "#test/support/folder.ts";
import { MAIN, runProgram, startProgram } from "#test/support/program.ts";
import { until } from "#test/support/until.ts";

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("the program", () => {
  test("starts with an empty environment, says where it listens, and makes ./data for itself alone", async () => {
    using folder = testFolder();
    await using program = startProgram(folder.path);
    const url = await program.url;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: "healthy", database: "connected" });
    expect(readdirSync(folder.path)).toEqual(["data"]);
    expect(mode(folder.file("data"))).toBe("700");
    for (const name of readdirSync(folder.file("data"))) expect(mode(folder.file(join("data", name)))).toBe("600");

    program.kill("SIGTERM");
    const { code, stdout, stderr } = await program.exited;
    expect(stderr).toBe("");
    expect(stdout).toBe(
      `Orchestrator listening on ${url}\nDashboard at ${url}/dashboard, API reference at ${url}/docs\n` +
        "Database in ./data/orchestrator.db\n",
    );
    expect(code).toBe(0);
    expect(readdirSync(folder.file("data"))).toEqual(["orchestrator.db"]);
  });

  test("opens the dashboard in the browser when told to", async () => {
    using folder = testFolder();
    const [opened, opener] = [folder.file("opened"), folder.file("xdg-open")];
    writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > ${opened}.part\nmv ${opened}.part ${opened}\n`, { mode: 0o755 });
    const PATH = `${folder.path}:/usr/bin:/bin`;
    await using program = startProgram(folder.path, { PATH }, ["serve", "--open"]);
    const url = await program.url;
    await until("the browser is asked", () => existsSync(opened));
    expect(readFileSync(opened, "utf8")).toBe(`${url}/dashboard`);
  });

  test("serves on where there is no browser to open", async () => {
    using folder = testFolder();
    await using program = startProgram(folder.path, { PATH: folder.path }, ["serve", "--open"]);
    expect((await fetch(`${await program.url}/health`)).status).toBe(200);
    program.kill("SIGTERM");
    const { code, stderr } = await program.exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "no browser was opened: there is no xdg-open on the PATH\n" });
  });

  test("makes a file that can give pages back, in WAL mode", async () => {
    using folder = testFolder();
    await using program = startProgram(folder.path);
    await program.url;
    program.kill("SIGTERM");
    await program.exited;
    using db = new Database(folder.file("data/orchestrator.db"), { readonly: true });
    expect(db.query("pragma auto_vacuum").get()).toEqual({ auto_vacuum: 2 });
    expect(db.query("pragma journal_mode").get()).toEqual({ journal_mode: "wal" });
  });

  test("takes what it was told from the environment, and makes the folders of its file", async () => {
    using folder = testFolder();
    const path = folder.file("a b/c/agents.db");
    await using program = startProgram(folder.path, { DATABASE_PATH: path, WEBSOCKET_PORT: "0", HOST: "localhost" }, [
      "serve",
    ]);
    const url = await program.url;
    expect(url).toMatch(/^http:\/\/localhost:[1-9]\d*$/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(existsSync(path)).toBe(true);
    expect([mode(folder.file("a b")), mode(folder.file("a b/c")), mode(path)]).toEqual(["700", "700", "600"]);
  });

  test("reads a file of variables when told to, and the environment wins", async () => {
    using folder = testFolder();
    writeFileSync(folder.file("my.env"), "PORT=0\nLOG_LEVEL=debug\nDATABASE_PATH=from-the-file.db\n");
    await using program = startProgram(folder.path, { DATABASE_PATH: "from-outside.db" }, ["--env-file", "my.env"]);
    await program.url;
    expect(existsSync(folder.file("from-outside.db"))).toBe(true);
    expect(existsSync(folder.file("from-the-file.db"))).toBe(false);
  });

  test("finds everything again on the next start", async () => {
    using folder = testFolder();
    const definition = { name: "feature-planner", agent_type: "skill" };
    {
      await using program = startProgram(folder.path);
      const created = await fetch(`${await program.url}/api/agents`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(definition),
      });
      expect(created.status).toBe(201);
      program.kill("SIGINT");
      expect((await program.exited).code).toBe(0);
    }
    await using again = startProgram(folder.path);
    expect(await (await fetch(`${await again.url}/api/agents`)).json()).toMatchObject([definition]);
  });
});

describe("flags of serve", () => {
  test("win over variables", async () => {
    using folder = testFolder();
    const path = folder.file("flag.db");
    const variables = { PORT: "1", HOST: "127.0.0.9", DATABASE_PATH: folder.file("variable.db") };
    const flags = ["serve", "--port", "0", "--host", "localhost", "--database", path];
    await using program = startProgram(folder.path, variables, flags);
    expect(await program.url).toMatch(/^http:\/\/localhost:[1-9]\d*$/);
    expect(readdirSync(folder.path)).toContain("flag.db");
    expect(existsSync(folder.file("variable.db"))).toBe(false);
  });

  test("without any, in the folder of a project, it says that the project has its own", async () => {
    using folder = testFolder();
    writeFileSync(folder.file("config.yml"), "orchestrator: {port: 9005}");
    // In the way of its database: it ends by itself.
    writeFileSync(folder.file("data"), "");
    const { code, stderr } = await runProgram(folder.path, {}, ["serve"]);
    expect(stderr).toStartWith("the orchestrator of this project is another one: cd orchestrator_web && bun run dev\n");
    expect(code).toBe(1);
  });
});

test("a server goes on when nobody reads what it prints any more", async () => {
  using folder = testFolder();
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  const child = Bun.spawn([process.execPath, MAIN, "serve", "--port", String(port)], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    const health = () => fetch(`http://127.0.0.1:${port}/health`).then(({ status }) => status);
    await until("the server", () => health().catch(() => null));
    for (let times = 0; times < 50; times += 1) expect(await health()).toBe(200);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    // Stopped as asked: the journal is put away.
    expect(readdirSync(folder.file("data"))).toEqual(["orchestrator.db"]);
  } finally {
    child.kill("SIGKILL");
  }
});
