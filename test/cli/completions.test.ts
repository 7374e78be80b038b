import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { completionsOf } from "#src/cli/completion.ts";
import { COMMANDS as ALL } from "#src/cli/commands.ts";
import { createProgram } from "#src/cli/program.ts";
import { AGENT_STATUSES, ENTITIES } from "#src/domain/vocabulary.ts";
import { runCli, testCli } from "#test/support/cli.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { MAIN } from "#test/support/program.ts";

const program = createProgram(testCli().cli, ALL);
const LEVELS = ["debug", "info", "warning", "error", "critical"];
const COMMANDS = program
  .createHelp()
  .visibleCommands(program)
  .map((command) => command.name());

/** The last word of the line is the one that is being typed. */
const WORDS: readonly { readonly line: string; readonly found: readonly string[] }[] = [
  { line: "", found: COMMANDS },
  { line: "st", found: ["status", "stats"] },
  { line: "co", found: ["costs", "connect", "context", "config", "completions"] },
  { line: "complete", found: [] },
  { line: "nothing", found: [] },
  { line: "agents ", found: ["list", "show", "create", "update", "delete", "help"] },
  { line: "agents s", found: ["show"] },
  { line: "runs c", found: ["cancel"] },
  { line: "help ", found: COMMANDS },
  { line: "help st", found: ["status", "stats"] },
  { line: "help runs s", found: ["show", "start", "set"] },
  { line: "agents help cr", found: ["create"] },
  { line: "-", found: ["--version", "--revision", "--help"] },
  { line: "status --", found: ["--url", "--env-file", "--json", "--session", "--watch", "--all", "--help"] },
  { line: "status --w", found: ["--watch"] },
  { line: "status --watch --j", found: ["--json"] },
  { line: "agents list --no", found: ["--no-active"] },
  // Values: of options, of lists behind the last comma, of arguments.
  { line: "runs start p --status w", found: ["waiting"] },
  { line: "runs list --status ", found: AGENT_STATUSES },
  { line: "runs list --status idle,w", found: ["idle,waiting"] },
  { line: "runs list --status idle,i", found: ["idle,initializing"] },
  { line: "tail --types ", found: ENTITIES },
  { line: "tail --types agent,agent_", found: ["agent,agent_log"] },
  { line: "tail --types=ag", found: ["--types=agent", "--types=agent_log"] },
  { line: "tail --types=agent,pr", found: ["--types=agent,prompt"] },
  { line: "tail --types = ag", found: ["agent", "agent_log"] },
  { line: "tail --types =", found: ENTITIES },
  { line: "tail --level ", found: LEVELS },
  { line: "stats --by m", found: ["model"] },
  { line: "stats --d", found: ["--daily"] },
  { line: "rebuild --database ", found: [] },
  { line: "logs --level error,c", found: ["error,critical"] },
  { line: "completions ", found: ["bash", "zsh", "fish"] },
  { line: "completions f", found: ["fish"] },
  { line: "completions bash ", found: [] },
  { line: "runs set x ", found: AGENT_STATUSES },
  { line: "runs set --name one x e", found: ["executing"] },
  { line: "runs set x --name e", found: [] },
  { line: "runs set x idle ", found: [] },
  // What an option takes is no command, and what is not known is left to the shell: files.
  { line: "--url http://a st", found: ["status", "stats"] },
  { line: "--session agents st", found: ["status", "stats"] },
  { line: "status --session ", found: [] },
  { line: "context --issue ", found: [] },
  { line: "agents create --metadata @", found: [] },
  { line: "frobnicate ", found: [] },
  { line: "agents frobnicate ", found: [] },
];

describe("what may stand at the end of", () => {
  test.each(WORDS)("$line|", ({ line, found }) => {
    expect(completionsOf(program, line.split(" "))).toEqual([...found]);
  });

  test("nothing at all is a command", () => {
    expect(completionsOf(program, [])).toEqual([...COMMANDS]);
  });

  test("whatever is typed is no error", async () => {
    const NASTY = ["$(reboot)", "'", '"', "\\", "*", "-", "--", "=", "--=", "\n", "", "日本", "--url="];
    for (const first of NASTY) {
      for (const last of NASTY) {
        const exit = await runCli(["complete", "--", "tail", first, last]);
        expect({ first, last, code: exit.code, stderr: exit.stderr }).toEqual({ first, last, code: 0, stderr: "" });
      }
    }
  });
});

test.each(["bash", "zsh", "fish"])("completions %s prints a script that asks the program", async (shell) => {
  const { code, stdout, stderr } = await runCli(["completions", shell]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("orchestrator complete -- ");
});

/** A folder with the program under its own name, and files to complete. */
function installed(folder: TestFolder): Record<string, string> {
  mkdirSync(folder.file("bin"));
  writeFileSync(folder.file("bin/orchestrator"), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(folder.file("bin/orchestrator"), 0o755);
  return { PATH: `${folder.file("bin")}:${process.env["PATH"]}` };
}

describe("in bash", () => {
  // What readline does: splits the line at its breaks, calls the function, and completes files where it gave nothing.
  const SCRIPT = `
    set -u
    eval "$(orchestrator completions bash)"
    complete -p orchestrator
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _orchestrator orchestrator "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`;

  async function complete(...words: string[]): Promise<string[]> {
    using folder = testFolder();
    const child = Bun.spawn(["bash", "--norc", "-c", SCRIPT, "bash", "orchestrator", ...words], {
      cwd: folder.path,
      env: installed(folder),
      stdout: "pipe",
      stderr: "pipe",
      timeout: 20_000,
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect(stderr).toBe("");
    const [registered, ...found] = stdout.trimEnd().split("\n");
    expect(registered).toBe("complete -o default -F _orchestrator orchestrator");
    // Whatever was typed, nothing of it was run.
    expect(readdirSync(folder.path)).toEqual(["bin"]);
    return found;
  }

  test.each([
    { words: ["ag"], found: ["agents"] },
    { words: ["agents", ""], found: ["list", "show", "create", "update", "delete", "help"] },
    { words: ["runs", "set", "x", ""], found: [...AGENT_STATUSES] },
    { words: ["tail", "--types", "=", "ag"], found: ["agent", "agent_log"] },
    { words: ["tail", "--types", "agent,p"], found: ["agent,prompt"] },
    { words: ["status", "--wa"], found: ["--watch"] },
    { words: ["runs", "set", "$(touch pwned)", ""], found: [...AGENT_STATUSES] },
    { words: ["runs", "set", "`touch pwned`; *", "ex"], found: ["executing"] },
    { words: ["agents", "*", ""], found: [] },
  ])("$words", async ({ words, found }) => {
    expect(await complete(...words)).toEqual([...found]);
  });
});
