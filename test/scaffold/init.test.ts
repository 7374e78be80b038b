import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCli } from "#test/support/cli.ts";
import { scratchFolder, type TestFolder } from "#test/support/folder.ts";
import { until } from "#test/support/until.ts";
import { FROM_SOURCE } from "./generated.ts";
import { processesOn } from "./processes.ts";

const MINE: Readonly<Record<string, string>> = {
  "README.md": "# mine\n",
  ".gitignore": "mine/\n",
  ".env": "MINE=1\n",
  "config.yml": "project:\n  name: shop\n  language: typescript\n  framework: hono\n",
  "package.json": '{"name":"shop","dependencies":{"hono":"4"}}',
  "orchestrator_web/package.json": "{}",
  "orchestrator_web/src/main.ts": "mine",
  "orchestrator_client/orchestrator-client.ts": "mine",
};

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function filesIn(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).toSorted();
}

const initIn = (folder: TestFolder, ...args: readonly string[]) => runCli(["init", "--dir", folder.path, ...args]);

describe("init", () => {
  test("keeps every byte of files of the same names, and a second run has nothing to do", async () => {
    using folder = scratchFolder();
    write(folder.path, MINE);
    const first = await initIn(folder);
    expect(first.code).toBe(0);
    for (const [path, text] of Object.entries(MINE)) {
      expect(readFileSync(folder.file(path), "utf8"), path).toBe(text);
      if (path !== "package.json") expect(first.stdout).toContain(`SKIP   ${path}  (kept: it is yours)\n`);
    }
    // Nothing is put beside what is another backend.
    expect(first.stdout).toContain("left out: others of this folder are yours");
    expect(first.stderr).toContain("orchestrator_web/ holds another backend and was left as it is");
    const files = filesIn(folder.path);
    expect(files).not.toContain("orchestrator_web/bun.lock");
    expect(files).toContain("orchestrator_client/example-workflow.ts");

    for (const args of [[], ["--dry-run"], ["--json"]]) {
      const again = await initIn(folder, ...args);
      expect(again.code).toBe(0);
      expect(again.stdout).toContain("SKIP");
      expect(again.stdout).not.toContain("CREATE");
      expect(filesIn(folder.path)).toEqual(files);
    }
  });

  test("takes the stack from the repository's files, and says from which", async () => {
    using folder = scratchFolder();
    write(folder.path, { "pyproject.toml": '[project]\ndependencies = ["fastapi"]\n', "uv.lock": "" });
    const { code, stderr } = await initIn(folder, "--name", "shop", "--port", "9001");
    expect(code).toBe(0);
    expect(stderr).toContain("found ");
    expect(stderr).toContain("pyproject.toml");
    const config = Bun.YAML.parse(readFileSync(folder.file("config.yml"), "utf8"));
    expect(config).toMatchObject({
      project: { name: "shop", language: "python", framework: "fastapi", package_manager: "uv" },
      orchestrator: { port: 9001 },
    });
  });

  test("a flag wins over what the files tell, and what goes with the other language is dropped", async () => {
    using folder = scratchFolder();
    write(folder.path, { "pyproject.toml": '[project]\ndependencies = ["fastapi"]\n' });
    expect(await initIn(folder, "--language", "go")).toMatchObject({ code: 0 });
    const config = Bun.YAML.parse(readFileSync(folder.file("config.yml"), "utf8"));
    expect(config).toMatchObject({ project: { language: "go", framework: "none", package_manager: "go" } });
  });

  test("a second run goes by config.yml, whatever the first was told", async () => {
    using folder = scratchFolder();
    await initIn(folder, "--language", "rust", "--framework", "axum", "--port", "9002", "--architecture", "clean");
    expect((await initIn(folder)).stdout).not.toMatch(/CREATE|yours/);
  });

  test("what is missing of the same backend is made again", async () => {
    using folder = scratchFolder();
    await initIn(folder, "--language", "go");
    rmSync(folder.file("orchestrator_web/src/http"), { recursive: true });
    const { stdout } = await initIn(folder);
    expect(stdout).toMatch(/^CREATE orchestrator_web\/ +\(\d+ files\)$/m);
    expect((await initIn(folder)).stdout).not.toContain("CREATE");
  });

  test("tells what only the user can do: what git lets in, and what it keeps out", async () => {
    const ignoring = async (lines: string) => {
      using folder = scratchFolder();
      Bun.spawnSync(["git", "init", "-q", folder.path]);
      write(folder.path, { ".gitignore": lines });
      return (await runCli(["init", "--dir", folder.path, "--language", "go"], { env: { PATH: process.env["PATH"]! } }))
        .stderr;
    };
    const secret = "git does not ignore .env, which may come to hold secrets: add it to .gitignore\n";
    expect(await ignoring("dist/\n")).toContain(secret);
    expect(await ignoring("*.env*\n!.env\n")).toContain(secret);
    expect(await ignoring("*.env\n")).not.toContain("git ");
    expect(await ignoring(".env\n*.lock\n")).toContain(
      "git ignores 1 of the new files, such as orchestrator_web/bun.lock: see your .gitignore\n",
    );
    using folder = scratchFolder();
    expect((await initIn(folder, "--language", "typescript")).stderr).toContain("leave orchestrator_web/ out of");
  });

  test.each([
    "project: [",
    "project: website\npaths: [src]\n",
    "{{ template }}\n---\nmore: 1\n",
    "commands:\n  typecheck: 1\n",
    "project: {name: Shop, language: ruby}\n",
  ])("a config.yml that is none of ours is kept, and not read: %j", async (text) => {
    using folder = scratchFolder();
    write(folder.path, { "config.yml": text });
    const { code, stdout, stderr } = await initIn(folder, "--language", "go");
    expect(code).toBe(0);
    expect(stderr).toContain("config.yml is none of ours: it is kept, and not read\n");
    expect(stdout).toContain("SKIP   config.yml  (kept: it is yours)");
    expect(readFileSync(folder.file("config.yml"), "utf8")).toBe(text);
  });

  test("goes by the name, ports and stack of a config.yml of ours", async () => {
    using folder = scratchFolder();
    const own =
      "project: {name: My Shop, language: go, framework: gin}\norchestrator: {port: 9003, web_ui_port: 9004}\n";
    write(folder.path, { "config.yml": own });
    expect(await initIn(folder)).toMatchObject({ code: 0 });
    expect(readFileSync(folder.file("README.md"), "utf8")).toContain("# my-shop");
    const settings = readFileSync(folder.file("orchestrator_web/.env"), "utf8");
    expect(settings).toMatch(/^WEBSOCKET_PORT=9003\n(.*\n)*WEB_UI_PORT=9004$/m);
  });

  test("takes the commands of a package.json that has scripts", async () => {
    using folder = scratchFolder();
    const scripts = { dev: "vite", "test:unit": "vitest", lint: "biome check" };
    write(folder.path, { "package.json": JSON.stringify({ scripts, dependencies: { vue: "3" } }), "bun.lock": "" });
    await initIn(folder);
    const { commands } = Bun.YAML.parse(readFileSync(folder.file("config.yml"), "utf8")) as { commands: object };
    expect(commands).toEqual({ start: "bun run dev", test: "bun run test:unit", lint: "bun run lint" });
    using broken = scratchFolder();
    write(broken.path, { "package.json": "{", "bun.lock": "" });
    expect(await initIn(broken, "--language", "javascript")).toMatchObject({ code: 0 });
  });

  test("takes odd things at the root for what they are", async () => {
    using folder = scratchFolder();
    using elsewhere = scratchFolder();
    mkdirSync(folder.file("package.json"));
    mkdirSync(folder.file("README.md"));
    symlinkSync(folder.path, elsewhere.file("link"));
    const { code, stdout } = await runCli(["init", "--dir", elsewhere.file("link"), "--language", "go"]);
    expect(code).toBe(0);
    expect(stdout).toContain("SKIP   README.md  (kept: it is a folder)");
    expect(readFileSync(folder.file("config.yml"), "utf8")).toContain("go");
  });

  test("prints paths so that they can be pasted, and cannot drive a terminal", async () => {
    using folder = scratchFolder();
    const odd = folder.file("it's \u001B[31m red");
    mkdirSync(odd);
    const { stdout } = await runCli(["init", "--dir", odd, "--language", "go"]);
    expect(stdout).not.toContain("\u001B");
    const command = stdout.split("\n").find((line) => line.includes("bun run dev"))!;
    const entered = command.trim().split(" && ")[0]!;
    const { stdout: there } = Bun.spawnSync(["bash", "-c", `${entered} && pwd`]);
    expect(there.toString()).toBe(`${odd}\n`);
  });

  test("refuses what cannot be, and writes nothing", async () => {
    using folder = scratchFolder();
    expect(await initIn(folder)).toEqual({
      code: 2,
      stdout: "",
      stderr: "--language is missing: python, typescript, javascript, go, rust, java\n",
    });
    expect((await runCli(["init", "--dir", folder.file("nowhere"), "--language", "go"])).code).toBe(3);
    expect((await initIn(folder, "--language", "go", "--name", "../x")).code).toBe(2);
    expect(filesIn(folder.path)).toEqual([]);
  });

  test("refuses a file or a link in place of its folder", async () => {
    using folder = scratchFolder();
    using elsewhere = scratchFolder();
    write(folder.path, { orchestrator_web: "a file" });
    const { code, stderr } = await initIn(folder, "--language", "go");
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(/^orchestrator_web is no folder.*\n$/) });
    expect(filesIn(folder.path)).toEqual(["orchestrator_web"]);
    using linked = scratchFolder();
    symlinkSync(elsewhere.path, linked.file("orchestrator_client"));
    expect((await initIn(linked, "--language", "go")).code).toBe(4);
    expect(filesIn(linked.path)).toEqual(["orchestrator_client"]);
    expect(readdirSync(elsewhere.path)).toEqual([]);
  });
});

describe("init that is killed", () => {
  const BESIDE = Object.fromEntries(Object.entries(MINE).filter(([path]) => !path.startsWith("orchestrator_web/")));

  /** What of a run can be seen: whether it has a place to write aside, the files there, those that came to the target. */
  type Seen = { readonly hasStage: boolean; readonly staged: number; readonly isPlaced: boolean };
  type Moment = readonly [name: string, isIt: (seen: Seen) => boolean];

  const MOMENTS: readonly Moment[] = [
    ["at once", () => true],
    ["with a place to write aside", ({ hasStage }) => hasStage],
    ...[1, 20, 60, 100, 150, 200, 250, 290].map((least): Moment => [
      `with ${least} files written aside`,
      ({ staged }) => staged >= least,
    ]),
    ["with files at their places", ({ isPlaced }) => isPlaced],
    ["never", () => false],
  ];

  function start(folder: string, temporary: string) {
    return Bun.spawn([...FROM_SOURCE, "init", "--dir", folder], {
      env: { PATH: process.env["PATH"], TMPDIR: temporary },
      stdio: ["ignore", "ignore", "ignore"],
    });
  }

  function look(folder: string, temporary: string): Seen {
    return {
      hasStage: readdirSync(temporary).length > 0,
      staged: stagedIn(temporary),
      isPlaced: existsSync(join(folder, "orchestrator_web")),
    };
  }

  function stagedIn(temporary: string): number {
    try {
      return filesIn(temporary).filter((file) => file.includes("/tree/")).length;
    } catch {
      // Moved or removed while it was read.
      return 0;
    }
  }

  test("leaves nothing or all, keeps what was there, and a second run completes it", async () => {
    const outcomes = new Set<string>();
    for (const [moment, isIt] of MOMENTS) {
      using folder = scratchFolder();
      using temporary = scratchFolder();
      write(folder.path, BESIDE);
      const child = start(folder.path, temporary.path);
      const isOver = () => child.exitCode !== null || child.signalCode !== null;
      await until(moment, () => isOver() || isIt(look(folder.path, temporary.path)));
      child.kill("SIGKILL");
      await child.exited;
      // The process that moves the files outlives the one that was killed.
      await until("nobody to work on it any more", () => processesOn(folder.path).length === 0);
      const files = filesIn(folder.path);
      const created = files.filter((file) => !Object.hasOwn(BESIDE, file));
      outcomes.add(created.length === 0 ? "nothing" : "all");
      for (const [path, text] of Object.entries(BESIDE)) expect(readFileSync(folder.file(path), "utf8")).toBe(text);
      expect(readdirSync(temporary.path), `what was written aside, killed ${moment}`).toEqual([]);
      const plan = JSON.parse((await initIn(folder, "--dry-run", "--json")).stdout) as { files: { action: string }[] };
      const missing = plan.files.filter(({ action }) => action === "CREATE").length;
      expect([0, plan.files.length - (Object.keys(BESIDE).length - 1)], `killed ${moment}`).toContain(missing);
      expect(missing === 0).toBe(created.length > 0);
      await initIn(folder);
      expect((await initIn(folder)).stdout).not.toContain("CREATE");
    }
    expect([...outcomes].toSorted()).toEqual(["all", "nothing"]);
  }, 60_000);
});
