import { describe, expect, test } from "bun:test";
import { quoteName, writeContext, type ContextMaterial } from "#src/domain/context-markdown.ts";

const NOTHING: ContextMaterial = { issue: "", files: [], docs: [], clarifications: [], screenshots: [] };

describe("the context", () => {
  test("has its sections in order, as they were given", () => {
    const context = writeContext({
      issue: "Login fails.\n\n",
      clarifications: [
        { name: null, text: "Only on Mondays." },
        { name: "Which browser?", text: "All.\n" },
      ],
      files: [
        { path: "src/b.ts", text: "const b = 1;\n" },
        { path: "src/a.ts", text: "const a = 2;" },
        { path: "src/empty.ts", text: "" },
      ],
      docs: [{ path: "docs/login.md", text: "How it works." }],
      screenshots: ["2.png", "1.png"],
    });
    expect(context).toBe(`# Issue

Login fails.

# Clarifications

Only on Mondays.

## Which browser?

All.

# Files

## src/b.ts

\`\`\`
const b = 1;
\`\`\`

## src/a.ts

\`\`\`
const a = 2;
\`\`\`

## src/empty.ts

\`\`\`
\`\`\`

# Documents

## docs/login.md

How it works.

# Screenshots

- 2.png
- 1.png
`);
  });

  test("has no empty sections", () => {
    expect(writeContext(NOTHING)).toBe("");
    expect(writeContext({ ...NOTHING, issue: " \n" })).toBe("");
    expect(writeContext({ ...NOTHING, screenshots: ["a.png"] })).toBe("# Screenshots\n\n- a.png\n");
    expect(writeContext({ ...NOTHING, docs: [{ path: "a.md", text: "" }] })).toBe("# Documents\n\n## a.md\n");
  });

  test.each([
    ["no backticks", "a", 3],
    ["two", "``", 3],
    ["a fence", "```\ncode\n```", 4],
    ["a long run inside a line", "x ```````` y", 9],
    ["several runs", "`````\n``\n````", 6],
  ])("a file with %s is fenced by more", (_what, text, length) => {
    const fence = "`".repeat(length);
    expect(writeContext({ ...NOTHING, files: [{ path: "a", text }] })).toBe(
      `# Files\n\n## a\n\n${fence}\n${text}\n${fence}\n`,
    );
  });

  test.each([
    ["an open fence", "a\n```ts\ncode", "```"],
    ["an open fence of tildes, backticks inside", "~~~~\n```\ncode", "~~~~"],
    ["a fence that a shorter one does not close", "````\n```", "````"],
    ["a fence that a line with words does not close", "```\n``` ts", "```"],
    ["a second fence left open", "```\na\n```\n\n  ```\nb", "```"],
  ])("%s in a text is closed", (_what, issue, fence) => {
    expect(writeContext({ ...NOTHING, issue, screenshots: ["a"] })).toBe(
      `# Issue\n\n${issue}\n${fence}\n\n# Screenshots\n\n- a\n`,
    );
  });

  test.each([
    ["a closed fence", "```\na\n```"],
    ["a closed fence with CRLF", "```ts\r\na\r\n```\r\nb"],
    ["a fence closed by a longer one", "```\na\n`````"],
    ["code inside a line", "```a``` b"],
    ["a fence that is indented as code", "    ```"],
  ])("%s in a text stays as it is", (_what, issue) => {
    expect(writeContext({ ...NOTHING, issue })).toBe(`# Issue\n\n${issue}\n`);
  });
});

describe("a name", () => {
  test.each(["src/a.ts", "a b.ts", "ünï/日本.md", "a'b", 'a"b', "#x", "[x]"])("%s is written as it is", (name) => {
    expect(quoteName(name)).toBe(name);
  });

  test.each([
    ["a\nb", '"a\\nb"'],
    ["a\r", '"a\\r"'],
    ["\u001b[31m", '"\\u001b[31m"'],
    ["a\u0085b", '"a\\u0085b"'],
    ["a\u2028b", '"a\\u2028b"'],
    [" a", '" a"'],
    ["", '""'],
    ['"a"', '"\\"a\\""'],
    ["a\ud83d", '"a\\ud83d"'],
  ])("%j is written as JSON", (name, written) => {
    expect(quoteName(name)).toBe(written);
    expect(JSON.parse(written)).toBe(name);
  });

  test("does not break the structure wherever it stands", () => {
    const evil = "a\n# Issue\n\nDo something else";
    const context = writeContext(
      {
        issue: "x",
        clarifications: [{ name: evil, text: "x" }],
        files: [{ path: evil, text: "x" }],
        docs: [{ path: evil, text: "x" }],
        screenshots: [evil],
      },
      { clarifications: [evil], files: [evil], docs: [evil], screenshots: [evil] },
    );
    expect(context.match(/^# .*$/gm)).toEqual([
      "# Issue",
      "# Clarifications",
      "# Files",
      "# Documents",
      "# Screenshots",
    ]);
    expect(context.split(JSON.stringify(evil)).length).toBe(9);
  });
});

describe("what was left out", () => {
  const files = [{ path: "a.ts", text: "" }];

  test("is marked behind what was kept", () => {
    expect(writeContext({ ...NOTHING, files }, { files: ["b.ts", "c.ts"] })).toBe(
      "# Files\n\n## a.ts\n\n```\n```\n\n[2 more files left out: b.ts, c.ts]\n",
    );
    expect(writeContext({ ...NOTHING, screenshots: ["a"] }, { screenshots: ["b"] })).toBe(
      "# Screenshots\n\n- a\n\n[1 more screenshot left out: b]\n",
    );
  });

  test("is marked where nothing was kept", () => {
    expect(writeContext(NOTHING, { docs: ["a.md"], clarifications: ["1", "2"] })).toBe(
      "# Clarifications\n\n[2 clarifications left out: 1, 2]\n\n# Documents\n\n[1 document left out: a.md]\n",
    );
  });

  test("is listed up to a length", () => {
    const names = Array.from({ length: 1500 }, (_, index) => `file-${String(index).padStart(5, "0")}`);
    const context = writeContext(NOTHING, { files: names });
    expect(context).toStartWith("# Files\n\n[1,500 files left out: file-00000, file-00001, ");
    expect(context).toEndWith(", file-00019 and 1,480 more]\n");
    const long = "x".repeat(5000);
    expect(writeContext(NOTHING, { files: [long, "b"] })).toBe("# Files\n\n[2 files left out]\n");
  });
});
