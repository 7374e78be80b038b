import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { loadTokenizer } from "#src/cli/tokenizer.ts";
import { runCli } from "#test/support/cli.ts";
import { type TestFolder, testFolder } from "#test/support/folder.ts";
import { HOSTILE, rawIn } from "#test/support/hostile.ts";
import { MAIN, runProgram } from "#test/support/program.ts";

let count: (text: string) => number;
beforeAll(async () => {
  ({ count } = await loadTokenizer());
});

/** Writes files of these texts, and returns their paths. */
function write(folder: TestFolder, files: Readonly<Record<string, string | Uint8Array>>): string[] {
  return Object.entries(files).map(([name, text]) => {
    writeFileSync(folder.file(name), text);
    return folder.file(name);
  });
}

const ISSUE = "The planner stops after the first step.\n";
const LONG = "It stops after the first step. ".repeat(200);

describe("context", () => {
  test("prints what was given in the order it was given, and on stderr that nothing was cut", async () => {
    using folder = testFolder();
    const [issue, b, a, doc, answer, picture] = write(folder, {
      "issue.md": ISSUE,
      "b.ts": "const b = 1;\n",
      "a.ts": "const a = 1;",
      "doc.md": "How it works.\n",
      "answer.txt": "On Linux.\n",
      "p.png": new Uint8Array([0x89, 0]),
    });
    const GIVEN = ["--clarifications", answer!, "Keep the old API.", "--docs", doc!, "--screenshots", picture!];
    const { code, stdout, stderr } = await runCli(["context", "--issue", issue!, "--files", b!, a!, ...GIVEN]);
    expect(stdout).toBe(
      [
        "# Issue\n\n```markdown\nThe planner stops after the first step.\n```\n",
        `# Clarifications\n\n## ${answer}\n\n\`\`\`markdown\nOn Linux.\n\`\`\`\n`,
        "```markdown\nKeep the old API.\n```\n",
        `# Files\n\n## ${b}\n\n\`\`\`\nconst b = 1;\n\`\`\`\n\n## ${a}\n\n\`\`\`\nconst a = 1;\n\`\`\`\n`,
        `# Documents\n\n## ${doc}\n\n\`\`\`markdown\nHow it works.\n\`\`\`\n`,
        `# Screenshots\n\n- ${picture}\n`,
      ].join("\n"),
    );
    const tokens = count(stdout);
    expect(stderr).toBe(`tokens: ${tokens} -> ${tokens}, 0 saved (o200k_base (gpt-tokenizer))\n`);
    expect(code).toBe(0);
  });

  test("options may be given several times, and stand anywhere", async () => {
    using folder = testFolder();
    const [issue, one, two, three] = write(folder, { i: ISSUE, "1": "one", "2": "two", "3": "three" });
    const { stdout } = await runCli(["context", "--files", one!, "--issue", issue!, "--files", two!, three!]);
    expect([...(stdout.match(/^## .*$/gm) ?? [])]).toEqual([one, two, three].map((path) => `## ${path}`));
  });

  test("says what each limit cut, and what that saves adds up", async () => {
    using folder = testFolder();
    const code = "const x = 1;\n".repeat(1000);
    const [issue, ...others] = write(folder, {
      "issue.md": LONG,
      "1.ts": code,
      "2.ts": code,
      "3.ts": "short\n",
      "4.ts": code,
      "1.md": LONG,
      "2.md": LONG,
      "3.md": LONG,
    });
    const files = others.slice(0, 4);
    const docs = others.slice(4);
    const pictures = write(folder, { "1.png": "", "2.png": "", "3.png": "", "4.png": "" });
    const GIVEN = ["--files", ...files, "--docs", ...docs, "--screenshots", ...pictures];
    const text = "A clarification that is rather long. ".repeat(40);
    const ARGS = ["context", "--issue", issue!, ...GIVEN, "--clarifications", text, "Another one."];
    const { stdout, stderr } = await runCli(ARGS);
    const { stdout: json } = await runCli([...ARGS, "--json"]);
    const { context, cuts, tokens_before: before, tokens_after: after, tokenizer } = JSON.parse(json);

    expect(context).toBe(stdout);
    expect(tokenizer).toBe("o200k_base (gpt-tokenizer)");
    expect(after).toBe(count(context));
    expect(cuts.map((cut: { what: string }) => cut.what)).toEqual([
      "issue",
      "clarification 1",
      `file ${files[0]}`,
      `file ${files[1]}`,
      `document ${docs[0]}`,
      `document ${docs[1]}`,
      "clarifications",
      "files",
      "documents",
      "screenshots",
    ]);
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(cuts.length + 1);
    const number = new Intl.NumberFormat("en-US");
    for (const [index, { what, unit, from, to, tokens_saved: saved, left_out: left }] of cuts.entries()) {
      const names = left.length === 0 ? "" : `, left out: ${left.join(", ")}`;
      expect(lines[index]).toBe(
        `cut: ${what} ${number.format(from)} -> ${number.format(to)} ${unit}, ${number.format(saved)} tokens saved${names}`,
      );
      expect(to).toBeLessThan(from);
    }
    expect(lines.at(-1)).toBe(
      `tokens: ${number.format(before)} -> ${number.format(after)}, ${number.format(before - after)} saved (${tokenizer})`,
    );
    const sum = cuts.reduce((total: number, cut: { tokens_saved: number }) => total + cut.tokens_saved, 0);
    // Where two texts meet, a token more or less.
    expect(Math.abs(sum - (before - after))).toBeLessThanOrEqual(cuts.length);
    expect(cuts.at(-1)).toMatchObject({ from: 4, to: 3, left_out: [pictures[3]] });
    // Each is marked where it was.
    expect(context.match(/^\[.*(?:cut|left out).*\]$/gm)).toHaveLength(cuts.length);
  });

  test("takes the limits of a project", async () => {
    using folder = testFolder();
    const [issue, config, file] = write(folder, {
      i: LONG,
      "c.yml": "agentic:\n  token_optimization:\n    max_issue_body_length: 50\n    max_file_references: 0\n",
      f: "x",
    });
    const { code, stdout, stderr } = await runCli([
      "context",
      "--issue",
      issue!,
      "--config",
      config!,
      "--files",
      file!,
    ]);
    expect(stdout).toStartWith("# Issue\n\n```markdown\nIt stops");
    expect(stdout.length).toBeLessThan(300);
    expect(stderr).toContain(`cut: files 1 -> 0 items`);
    expect(code).toBe(0);
  });

  test.each([
    { text: "agentic:\n  token_optimization:\n    max_isue: 1\n", code: 2, says: /max_isue/ },
    { text: null, code: 3, says: /^there is no file / },
  ])("refuses a configuration that is wrong or missing with $code", async ({ text, code, says }) => {
    using folder = testFolder();
    const [issue] = write(folder, { i: ISSUE, ...(text === null ? {} : { "c.yml": text }) });
    const exit = await runCli(["context", "--issue", issue!, "--config", folder.file("c.yml")]);
    expect(exit.stderr).toMatch(says);
    expect(exit.stderr).toMatch(/^[^\n]+\n$/);
    expect({ code: exit.code, stdout: exit.stdout }).toEqual({ code, stdout: "" });
  });
});

describe("context refuses, and prints no context:", () => {
  type Case = {
    readonly what: string;
    readonly args: (folder: TestFolder) => string[];
    readonly code: number;
    readonly says: RegExp;
  };
  const CASES: readonly Case[] = [
    {
      what: "no issue",
      args: (f) => ["--issue", f.file("none.md")],
      code: 3,
      says: /^there is no file \S+none\.md\n$/,
    },
    { what: "an empty name", args: () => ["--issue", ""], code: 3, says: /^there is no file ""\n$/ },
    { what: "a folder", args: (f) => ["--issue", f.path], code: 1, says: /^\S+ cannot be read: EISDIR[^\n]*\n$/ },
    {
      what: "a missing file",
      args: (f) => ["--issue", f.file("i"), "--files", f.file("i"), "none"],
      code: 3,
      says: /^there is no file none\n$/,
    },
    {
      what: "a missing document",
      args: (f) => ["--issue", f.file("i"), "--docs", "none"],
      code: 3,
      says: /^there is no file none\n$/,
    },
    {
      what: "a missing picture",
      args: (f) => ["--issue", f.file("i"), "--screenshots", "none.png"],
      code: 3,
      says: /^there is no file none\.png\n$/,
    },
    {
      what: "a word that is no file",
      args: (f) => ["--issue", f.file("i"), "--clarifications", "answr.txt"],
      code: 3,
      says: /^there is no file answr\.txt\n$/,
    },
    {
      what: "bytes that are no text",
      args: (f) => ["--issue", f.file("i"), "--files", f.file("latin1")],
      code: 2,
      says: /^\S+latin1 is no text in UTF-8\n$/,
    },
    {
      what: "a binary",
      args: (f) => ["--issue", f.file("i"), "--files", f.file("nul")],
      code: 2,
      says: /^\S+nul is no text in UTF-8\n$/,
    },
    { what: "UTF-16", args: (f) => ["--issue", f.file("utf16")], code: 2, says: /^\S+utf16 is no text in UTF-8\n$/ },
    { what: "more words", args: (f) => ["--issue", f.file("i"), "--", "word"], code: 2, says: /^too many arguments/ },
    {
      what: "a hostile name",
      args: () => ["--issue", "\u001B[2J\u202E"],
      code: 3,
      says: /^there is no file "\\u001b\[2J\\u202e"\n$/,
    },
  ];

  test.each(CASES)("$what", async ({ args, code, says }) => {
    using folder = testFolder();
    write(folder, {
      i: ISSUE,
      latin1: new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
      nul: "a\0b",
      utf16: new Uint8Array([0xff, 0xfe, 0x61, 0x00]),
    });
    const exit = await runCli(["context", ...args(folder)]);
    expect(exit.stderr).toMatch(says);
    expect({ code: exit.code, stdout: exit.stdout }).toEqual({ code, stdout: "" });
  });
});

describe("context from stdin", () => {
  async function piped(stdin: string, ...args: string[]) {
    const child = Bun.spawn([process.execPath, MAIN, "context", "--issue", "-", ...args], {
      env: { PATH: process.env["PATH"] },
      stdin: new Blob([stdin]),
      stdout: "pipe",
      stderr: "pipe",
      timeout: 20_000,
    });
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { stdout, stderr, code };
  }

  test("reads the issue", async () => {
    const { stdout, stderr, code } = await piped(ISSUE);
    expect(stdout).toBe(`# Issue\n\n\`\`\`markdown\n${ISSUE}\`\`\`\n`);
    expect(stderr).toMatch(/^tokens: \d+ -> \d+, 0 saved \(.+\)\n$/);
    expect(code).toBe(0);
  });

  test("reads all of a long one", async () => {
    const { stdout, stderr, code } = await piped("A sentence. ".repeat(100_000));
    expect(stderr).toStartWith("cut: issue 1,200,000 -> ");
    expect(stdout.length).toBeLessThan(2500);
    expect(code).toBe(0);
  });

  test("refuses bytes that are no text", async () => {
    expect(await piped("a\0")).toEqual({ stdout: "", stderr: "stdin is no text in UTF-8\n", code: 2 });
  });
});

describe("hostile text", () => {
  function hostileFiles(folder: TestFolder): string[] {
    mkdirSync(folder.file("\u001B[2J"));
    return write(folder, { i: HOSTILE.repeat(200), "\u001B[2J/\u202Ex.ts": HOSTILE.repeat(500), "\u009B2J.png": "" });
  }

  test("in names is never obeyed, wherever it goes", async () => {
    using folder = testFolder();
    const [, file, picture] = hostileFiles(folder);
    const [issue] = write(folder, { plain: ISSUE });
    const { stdout, stderr } = await runCli([
      "context",
      "--issue",
      issue!,
      "--files",
      file!,
      "--screenshots",
      picture!,
    ]);
    expect(rawIn(stderr)).toEqual([]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(2);
    expect(stdout).toContain("\\u001b[2J");
  });

  test("goes into a pipe as it is, and is shown on a terminal and in JSON", async () => {
    using folder = testFolder();
    const [issue, file] = hostileFiles(folder);
    const ARGS = ["context", "--issue", issue!, "--files", file!];
    const inPipe = await runCli(ARGS);
    expect(inPipe.stdout).toContain(HOSTILE.slice(0, 20));
    const onTerminal = await runCli(ARGS, { columns: 80 });
    expect(rawIn(onTerminal.stdout + onTerminal.stderr)).toEqual([]);
    expect(onTerminal.stdout).toContain("\\x1b[31mred");
    const { stdout } = await runCli([...ARGS, "--json"]);
    expect(rawIn(stdout)).toEqual([]);
    expect(JSON.parse(stdout).context).toBe(inPipe.stdout);
  });
});

test("takes the limits of ./config.yml, unless told otherwise", async () => {
  using folder = testFolder();
  const issue = "A sentence of the issue. ".repeat(50);
  const [file] = write(folder, {
    "issue.md": issue,
    "config.yml": "agentic:\n  token_optimization:\n    max_issue_body_length: 100\ncommands:\n  typecheck: 1\n",
    "other.yml": "agentic: {token_optimization: {max_issue_body_length: 200}}\n",
  });
  const run = (...args: readonly string[]) => runProgram(folder.path, {}, ["context", "--issue", file!, ...args]);
  const own = await run();
  expect(own.stderr).toStartWith("limits: those of config.yml\ncut: issue 1,250 -> ");
  expect(own.stdout.length).toBeLessThan(200);
  expect((await run("--config", "other.yml")).stdout.length).toBeGreaterThan(own.stdout.length);
  expect((await run("--no-config")).stdout).toContain(issue.trim());
  writeFileSync(folder.file("config.yml"), "a: [b");
  const foreign = await run();
  expect(foreign.stderr).toStartWith("limits: the usual ones, for config.yml ");
  expect(foreign.stdout).toContain(issue.trim());
});
