import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LANGUAGES } from "#src/scaffold/stacks.ts";
import { runCli } from "#test/support/cli.ts";
import { scratchFolder, type TestFolder } from "#test/support/folder.ts";
import { startProgram } from "#test/support/program.ts";
import { openTerminal as openTerminalOn } from "#test/support/terminal.ts";

async function newIn(folder: TestFolder, ...args: readonly string[]) {
  return runCli(["new", "--dir", folder.path, ...args]);
}

const PYTHON = ["--language", "python", "--framework", "fastapi", "--no-git"];

describe("new", () => {
  test.each(Object.keys(LANGUAGES))("makes a project in %s", async (language) => {
    using folder = scratchFolder();
    const args = ["new", "my-project", "--dir", folder.path, "--language", language, "--port", "8123"];
    const { code, stdout, stderr } = await runCli(args, { env: { PATH: process.env["PATH"]! } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/(^|\n)\d{4} created, 0 kept\n$/) });
    expect(stdout).toContain("CREATE orchestrator_web/");
    expect(stdout).toContain("http://localhost:8123");
    const project = folder.file("my-project");
    expect(readdirSync(project).toSorted()).toEqual([
      ".env",
      ".git",
      ".gitignore",
      "README.md",
      "config.yml",
      "orchestrator_client",
      "orchestrator_web",
    ]);
    expect(statSync(join(project, ".env")).mode & 0o777).toBe(0o600);
    const config = Bun.YAML.parse(readFileSync(join(project, "config.yml"), "utf8"));
    expect(config).toMatchObject({ project: { name: "my-project", language }, orchestrator: { port: 8123 } });
    expect(readFileSync(join(project, "orchestrator_web/.env"), "utf8")).toContain("WEBSOCKET_PORT=8123\n");
  });

  test("--dry-run names every file and writes none", async () => {
    using folder = scratchFolder();
    const { code, stdout, stderr } = await newIn(folder, "my-project", ...PYTHON, "--dry-run");
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toContain("CREATE orchestrator_web/src/main.ts");
    expect(lines.filter((line) => !line.startsWith("CREATE "))).toEqual([]);
    expect(stderr).toBe(`${lines.length} to create, 0 kept\n`);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("--json prints the plan, with --dry-run and without", async () => {
    using folder = scratchFolder();
    const dry = JSON.parse((await newIn(folder, "my-project", ...PYTHON, "--dry-run", "--json")).stdout);
    expect(readdirSync(folder.path)).toEqual([]);
    const wet = JSON.parse((await newIn(folder, "my-project", ...PYTHON, "--json")).stdout);
    expect(wet).toEqual({ ...dry, dry_run: false });
    expect(dry.target).toBe(folder.file("my-project"));
    expect(dry.files).toContainEqual({ path: "config.yml", action: "CREATE", reason: "new" });
    for (const { path } of wet.files) expect(existsSync(join(wet.target, path)), path).toBe(true);
  });

  test("takes an empty folder that is there", async () => {
    using folder = scratchFolder();
    mkdirSync(folder.file("my-project"));
    expect(await newIn(folder, "my-project", ...PYTHON)).toMatchObject({ code: 0 });
    expect(existsSync(folder.file("my-project/config.yml"))).toBe(true);
  });

  test("leaves nothing beside the project", async () => {
    using folder = scratchFolder();
    await newIn(folder, "my-project", ...PYTHON);
    expect(readdirSync(folder.path)).toEqual(["my-project"]);
  });
});

describe("the git repository of a new project", () => {
  const withPath = { env: { PATH: process.env["PATH"]!, GIT_DIR: "/nowhere" } };
  const make = (dir: string, ...flags: readonly string[]) =>
    runCli(["new", "my-project", "--dir", dir, "--language", "go", ...flags], withPath);

  test("is made, whatever the variables say", async () => {
    using folder = scratchFolder();
    expect((await make(folder.path)).stderr).not.toContain("no git");
    expect(existsSync(folder.file("my-project/.git/HEAD"))).toBe(true);
  });

  test("is not made with --no-git", async () => {
    using folder = scratchFolder();
    await make(folder.path, "--no-git");
    expect(existsSync(folder.file("my-project/.git"))).toBe(false);
  });

  test("is not made inside of another", async () => {
    using folder = scratchFolder();
    Bun.spawnSync(["git", "init", "-q", folder.path]);
    expect((await make(folder.path)).stderr).toContain(
      "no git repository was made: the project stands inside of one\n",
    );
    expect(existsSync(folder.file("my-project/.git"))).toBe(false);
    expect(Bun.spawnSync(["git", "-C", folder.path, "add", "-A"]).success).toBe(true);
  });

  test("is not made where there is no git, which is told", async () => {
    using folder = scratchFolder();
    const { code, stderr } = await newIn(folder, "my-project", "--language", "go");
    expect(code).toBe(0);
    expect(stderr).toContain("no git repository was made: git is not installed\n");
  });
});

describe("new refuses, with one line and nothing written,", () => {
  type Refusal = { readonly args: readonly string[]; readonly code: number; readonly says: string };
  const REFUSED: readonly Refusal[] = [
    { args: ["../x", ...PYTHON], code: 2, says: 'name "../x"' },
    { args: ["a/b", ...PYTHON], code: 2, says: 'name "a/b"' },
    { args: ["con", ...PYTHON], code: 2, says: "con" },
    { args: ["COM1.txt", ...PYTHON], code: 2, says: "COM1" },
    { args: ["x".repeat(300), ...PYTHON], code: 2, says: "100" },
    { args: ["", ...PYTHON], code: 2, says: "name" },
    { args: ["\u001B]52;c;aGk=\u0007", ...PYTHON], code: 2, says: "name" },
    { args: PYTHON, code: 2, says: "NAME" },
    { args: ["x"], code: 2, says: "--language is missing: python, typescript" },
    { args: ["x", "--language", "cobol"], code: 2, says: "it may be python, typescript, javascript, go, rust, java" },
    { args: ["x", "--language", "go", "--framework", "fastapi"], code: 2, says: "gin, echo, none can" },
    { args: ["x", "--language", "rust", "--package-manager", "npm"], code: 2, says: "cargo can" },
    {
      args: ["x", "--language", "java", "--architecture", "round"],
      code: 2,
      says: "it may be simple, layered, ddd, clean, hexagonal",
    },
    { args: ["x", ...PYTHON, "--port", "0"], code: 2, says: "--port" },
    { args: ["x", ...PYTHON, "--port", "65536"], code: 2, says: "65535" },
    { args: ["x", ...PYTHON, "--frobnicate"], code: 2, says: "--frobnicate" },
    { args: ["x", ...PYTHON, "--dryrun"], code: 2, says: "Did you mean --dry-run?" },
    { args: ["full", ...PYTHON], code: 4, says: "is not empty" },
    { args: ["file", ...PYTHON], code: 4, says: "no folder" },
    { args: ["x", ...PYTHON, "--dir", "/nowhere/at/all"], code: 3, says: "there is no folder" },
  ];
  test.each(REFUSED)("$args", async ({ args, code, says }) => {
    using folder = scratchFolder();
    mkdirSync(folder.file("full"));
    writeFileSync(folder.file("full/mine.txt"), "mine");
    writeFileSync(folder.file("file"), "mine");
    const exit = await newIn(folder, ...args);
    expect(exit).toEqual({ code, stdout: "", stderr: expect.stringMatching(/^[ -~…“”]+\n$/) });
    expect(exit.stderr).toContain(says);
    expect(readdirSync(folder.path, { recursive: true }).toSorted()).toEqual(["file", "full", "full/mine.txt"]);
  });

  test("a folder that cannot be written", async () => {
    // Also root cannot make a folder in there.
    const exit = await runCli(["new", "my-project", ...PYTHON, "--dir", "/proc"]);
    expect(exit).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\/proc\/my-project cannot be written.*\n$/),
    });
  });
});

/** `new` asks no server. */
const openTerminal = (dir: string, args: readonly string[]) =>
  openTerminalOn("http://127.0.0.1:1", [...args, "--dir", dir]);

describe("new on a terminal", () => {
  test("asks for what no flag says, and writes what was chosen", async () => {
    using folder = scratchFolder();
    await using terminal = openTerminal(folder.path, ["new"]);
    await terminal.sees("Name of the project");
    terminal.type("my-project\r");
    await terminal.sees("Language");
    // The second, typescript.
    terminal.type("\u001B[B\r");
    await terminal.sees("Framework");
    terminal.type("\r");
    await terminal.sees("Package manager");
    terminal.type("\r");
    await terminal.sees("Architecture");
    terminal.type("\r");
    await terminal.sees("Write");
    terminal.type("y");
    expect(await terminal.exited).toBe(0);
    const config = Bun.YAML.parse(readFileSync(folder.file("my-project/config.yml"), "utf8"));
    expect(config).toMatchObject({
      project: { language: "typescript", framework: "none", package_manager: "pnpm", architecture: "simple" },
    });
  });

  test.each(["\u0003", "n"])("writes nothing when the last question is answered with %j", async (answer) => {
    using folder = scratchFolder();
    await using terminal = openTerminal(folder.path, [
      "new",
      "my-project",
      ...PYTHON,
      "--package-manager",
      "uv",
      "--architecture",
      "simple",
    ]);
    await terminal.sees("Write");
    terminal.type(answer);
    expect(await terminal.exited).toBe(130);
    await terminal.sees("cancelled, nothing was changed");
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("asks nothing with --yes", async () => {
    using folder = scratchFolder();
    await using terminal = openTerminal(folder.path, ["new", "my-project", ...PYTHON, "--yes"]);
    expect(await terminal.exited).toBe(0);
    expect(existsSync(folder.file("my-project/config.yml"))).toBe(true);
  });
});

test("a name given twice by two programs at once is made once", async () => {
  using folder = scratchFolder();
  const both = [1, 2].map(() => startProgram(folder.path, {}, ["new", "my-project", ...PYTHON]));
  const codes = (await Promise.all(both.map(({ exited }) => exited))).map(({ code }) => code);
  expect(codes.toSorted()).toEqual([0, 4]);
  const { stdout } = await runCli(["init", "--dir", folder.file("my-project")]);
  expect(stdout).not.toContain("CREATE");
});
