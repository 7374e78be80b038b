import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCli } from "#test/support/cli.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { until } from "#test/support/until.ts";
import { FROM_SOURCE } from "./generated.ts";

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
    using folder = testFolder();
    write(folder.path, MINE);
    const first = await initIn(folder);
    expect(first.code).toBe(0);
    for (const [path, text] of Object.entries(MINE)) {
      expect(readFileSync(folder.file(path), "utf8"), path).toBe(text);
      if (path !== "package.json") expect(first.stdout).toContain(`SKIP   ${path}  (kept: it is yours)\n`);
    }
    const files = filesIn(folder.path);
    expect(files).toContain("orchestrator_web/bun.lock");

    for (const args of [[], ["--dry-run"], ["--json"]]) {
      const again = await initIn(folder, ...args);
      expect(again.code).toBe(0);
      expect(again.stdout).toContain("SKIP");
      expect(again.stdout).not.toContain("CREATE");
      expect(filesIn(folder.path)).toEqual(files);
    }
  });

  test("takes the stack from the repository's files, and says from which", async () => {
    using folder = testFolder();
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
    using folder = testFolder();
    write(folder.path, { "pyproject.toml": '[project]\ndependencies = ["fastapi"]\n' });
    expect(await initIn(folder, "--language", "go")).toMatchObject({ code: 0 });
    const config = Bun.YAML.parse(readFileSync(folder.file("config.yml"), "utf8"));
    expect(config).toMatchObject({ project: { language: "go", framework: "none", package_manager: "go" } });
  });

  test("a second run goes by config.yml, whatever the first was told", async () => {
    using folder = testFolder();
    await initIn(folder, "--language", "rust", "--framework", "axum", "--port", "9002", "--architecture", "clean");
    expect((await initIn(folder)).stdout).not.toMatch(/CREATE|yours/);
  });

  test("warns when .env is new and the .gitignore that was kept does not name it", async () => {
    using folder = testFolder();
    write(folder.path, { ".gitignore": "dist/\n" });
    expect((await initIn(folder, "--language", "go")).stderr).toContain(".gitignore does not name .env");
    using other = testFolder();
    write(other.path, { ".gitignore": "dist/\n.env\n" });
    expect((await initIn(other, "--language", "go")).stderr).not.toContain("does not name");
  });

  test("refuses what cannot be, and writes nothing", async () => {
    using folder = testFolder();
    expect(await initIn(folder)).toEqual({
      code: 2,
      stdout: "",
      stderr: "--language is missing: python, typescript, javascript, go, rust, java\n",
    });
    expect((await runCli(["init", "--dir", folder.file("nowhere"), "--language", "go"])).code).toBe(3);
    expect((await initIn(folder, "--language", "go", "--name", "../x")).code).toBe(2);
    write(folder.path, { "config.yml": "project: [" });
    expect((await initIn(folder, "--language", "go")).code).toBe(2);
    expect(filesIn(folder.path)).toEqual(["config.yml"]);
  });

  test("refuses a file or a link in place of its folder", async () => {
    using folder = testFolder();
    using elsewhere = testFolder();
    write(folder.path, { orchestrator_web: "a file" });
    const { code, stderr } = await initIn(folder, "--language", "go");
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(/^orchestrator_web is no folder.*\n$/) });
    expect(filesIn(folder.path)).toEqual(["orchestrator_web"]);
    using linked = testFolder();
    symlinkSync(elsewhere.path, linked.file("orchestrator_client"));
    expect((await initIn(linked, "--language", "go")).code).toBe(4);
    expect(filesIn(linked.path)).toEqual(["orchestrator_client"]);
    expect(readdirSync(elsewhere.path)).toEqual([]);
  });
});

/** How many processes, this one's children or not, were told this folder. */
function processesOn(folder: string): number {
  return commandLines().filter((line) => line.includes(folder)).length;
}

function commandLines(): string[] {
  if (!existsSync("/proc/self/cmdline"))
    return Bun.spawnSync(["ps", "-A", "-o", "args="]).stdout.toString().split("\n");
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      // It ended since the folder was read.
      return "";
    }
  });
}

describe("init that is killed", () => {
  /** Parts of the time that a whole run takes here and now; the last runs to its end. */
  const MOMENTS = [...Array.from({ length: 22 }, (_, index) => index * 0.05), Number.POSITIVE_INFINITY];

  function start(folder: string, temporary: string) {
    return Bun.spawn([...FROM_SOURCE, "init", "--dir", folder], {
      env: { PATH: process.env["PATH"], TMPDIR: temporary },
      stdio: ["ignore", "ignore", "ignore"],
    });
  }

  async function wholeRun(): Promise<number> {
    using folder = testFolder();
    write(folder.path, MINE);
    const begun = performance.now();
    await start(folder.path, tmpdir()).exited;
    return performance.now() - begun;
  }

  test("leaves nothing or all, keeps what was there, and a second run completes it", async () => {
    const outcomes = new Set<string>();
    const whole = await wholeRun();
    for (const moment of MOMENTS) {
      const delay = moment * whole;
      using folder = testFolder();
      using temporary = testFolder();
      write(folder.path, MINE);
      const child = start(folder.path, temporary.path);
      const timer = Number.isFinite(delay) ? setTimeout(() => child.kill("SIGKILL"), delay) : undefined;
      await child.exited;
      clearTimeout(timer);
      // The process that moves the files outlives the one that was killed.
      await until("nobody to work on it any more", () => processesOn(folder.path) === 0);
      const files = filesIn(folder.path);
      const created = files.filter((file) => !Object.hasOwn(MINE, file));
      outcomes.add(created.length === 0 ? "nothing" : "all");
      for (const [path, text] of Object.entries(MINE)) expect(readFileSync(folder.file(path), "utf8")).toBe(text);
      expect(readdirSync(temporary.path), `what was written aside, after ${delay} ms`).toEqual([]);
      const plan = JSON.parse((await initIn(folder, "--dry-run", "--json")).stdout) as { files: { action: string }[] };
      const missing = plan.files.filter(({ action }) => action === "CREATE").length;
      expect([0, plan.files.length - (Object.keys(MINE).length - 1)], `after ${delay} ms`).toContain(missing);
      expect(missing === 0).toBe(created.length > 0);
      await initIn(folder);
      expect((await initIn(folder)).stdout).not.toContain("CREATE");
    }
    expect([...outcomes].toSorted()).toEqual(["all", "nothing"]);
  }, 60_000);
});
