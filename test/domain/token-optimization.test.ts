import { describe, expect, test } from "bun:test";
import { loadTokenizer } from "#src/cli/tokenizer.ts";
import { writeContext, type ContextMaterial } from "#src/domain/context-markdown.ts";
import { countCharacters } from "#src/domain/cut-text.ts";
import { applyTokenLimits, TokenOptimization } from "#src/domain/token-optimization.ts";
import { seededRandom } from "#test/support/random.ts";

const { count } = await loadTokenizer();

const DEFAULTS = {
  max_issue_body_length: 2000,
  max_file_reference_size: 5000,
  max_clarification_length: 1000,
  max_docs_planning: 2,
  max_summary_tokens_planning: 200,
  max_file_references: 3,
  max_screenshots: 3,
};

describe("the limits", () => {
  test("have defaults", () => {
    expect(TokenOptimization.parse({})).toEqual(DEFAULTS);
  });

  test("may be set one by one", () => {
    expect(TokenOptimization.parse({ max_screenshots: 0 })).toEqual({ ...DEFAULTS, max_screenshots: 0 });
    const all = Object.fromEntries(Object.keys(DEFAULTS).map((name, index) => [name, index]));
    expect(TokenOptimization.parse(all) as Record<string, number>).toEqual(all);
  });

  test.each(Object.keys(DEFAULTS))("%s is a whole number of a sensible size", (name) => {
    for (const value of [-1, 0.5, 1_000_001, "10", null, Number.POSITIVE_INFINITY, Number.NaN, true]) {
      expect(TokenOptimization.safeParse({ [name]: value }).success).toBe(false);
    }
    expect(TokenOptimization.safeParse({ [name]: 1000 }).success).toBe(true);
  });

  test("refuse what they do not know", () => {
    expect(TokenOptimization.safeParse({ max_screenshot: 1 }).success).toBe(false);
  });
});

const SMALL: ContextMaterial = {
  issue: "Login fails on Mondays.",
  files: [
    { path: "z.ts", text: "const z = 1;\n" },
    { path: "a.ts", text: "const a = 1;\n" },
  ],
  docs: [{ path: "login.md", text: "# Login\n\nHow it works." }],
  clarifications: [
    { name: "browser", text: "All of them." },
    { name: null, text: "Since May." },
  ],
  screenshots: ["2.png", "1.png"],
};
const EMPTY: ContextMaterial = { issue: "", files: [], docs: [], clarifications: [], screenshots: [] };

const limits = (changed: Partial<TokenOptimization> = {}) => TokenOptimization.parse(changed);
const letters = (length: number) => "a".repeat(length);

describe("a context", () => {
  test("is whole where nothing is over its limit", () => {
    const { context, cuts, tokensBefore, tokensAfter } = applyTokenLimits(SMALL, limits(), count);
    expect(context).toBe(writeContext(SMALL));
    expect(cuts).toEqual([]);
    expect(tokensBefore).toBe(count(context));
    expect(tokensAfter).toBe(tokensBefore);
  });

  test("of nothing is nothing", () => {
    expect(applyTokenLimits(EMPTY, limits(), count)).toEqual({
      context: "",
      cuts: [],
      tokensBefore: 0,
      tokensAfter: 0,
    });
  });

  test("exactly at its limits is whole", () => {
    const material: ContextMaterial = {
      issue: "😀".repeat(2000),
      files: ["c", "b", "a"].map((path) => ({ path, text: "é".repeat(5000) })),
      docs: ["b", "a"].map((path) => ({ path, text: "word ".repeat(200).trim() })),
      clarifications: [
        { name: null, text: letters(999) },
        { name: null, text: "b" },
      ],
      screenshots: ["c", "b", "a"],
    };
    const words = (text: string) => text.split(" ").length;
    expect(applyTokenLimits(material, limits(), words)).toMatchObject({ context: writeContext(material), cuts: [] });
  });

  test("one over each of its limits is cut at each of them", () => {
    const doc = `${"Words of a document. ".repeat(60)}End.`;
    const material: ContextMaterial = {
      issue: letters(2001),
      files: ["d", "c", "b", "a"].map((path) => ({ path, text: letters(5001) })),
      docs: ["c", "b", "a"].map((path) => ({ path, text: doc })),
      clarifications: [
        { name: "first", text: letters(999) },
        { name: "second", text: "bc" },
        { name: "third", text: "d" },
      ],
      screenshots: ["d", "c", "b", "a"],
    };
    const { cuts, context, tokensBefore, tokensAfter } = applyTokenLimits(material, limits(), count);
    expect(
      cuts.map(({ what, unit, from, to }) => `${what}: ${from} → ${unit === "tokens" ? "some" : to} ${unit}`),
    ).toEqual([
      "issue: 2001 → 2000 characters",
      "file d: 5001 → 5000 characters",
      "file c: 5001 → 5000 characters",
      "file b: 5001 → 5000 characters",
      `document c: ${count(doc)} → some tokens`,
      `document b: ${count(doc)} → some tokens`,
      "clarifications: 3 → 1 items",
      "files: 4 → 3 items",
      "documents: 3 → 2 items",
      "screenshots: 4 → 3 items",
    ]);
    expect(cuts.flatMap(({ leftOut }) => leftOut)).toEqual(["second", "third", "a", "a", "a"]);
    for (const { unit, to } of cuts) if (unit === "tokens") expect(to).toBeLessThanOrEqual(200);
    expect(tokensBefore).toBe(count(writeContext(material)));
    expect(tokensAfter).toBe(count(context));
    expect(context).toContain("[2 more clarifications left out: second, third]");
    expect(context).toContain("[1 more file left out: a]");
    expect(context).toContain("[1 more document left out: a]");
    expect(context).toContain("[1 more screenshot left out: a]");
    expect(context.match(/\n\[… [\d,]+ characters cut\]\n/g)?.length).toBe(6);
  });

  test("keeps the order in which things were given", () => {
    const paths = ["z", "m", "a", "q"];
    const { context } = applyTokenLimits(
      {
        ...EMPTY,
        files: paths.map((path) => ({ path, text: path })),
        docs: paths.map((path) => ({ path, text: path })),
        screenshots: paths,
      },
      limits(),
      count,
    );
    expect(context.match(/^##? .*|^- .*|^\[.*/gm)?.join("\n")).toBe(`# Files
## z
## m
## a
[1 more file left out: q]
# Documents
## z
## m
[2 more documents left out: a, q]
# Screenshots
- z
- m
- a
[1 more screenshot left out: q]`);
  });

  test("with limits of 0 says what is missing", () => {
    const none = limits(Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, 0])));
    const { context, cuts } = applyTokenLimits(SMALL, none, count);
    expect(context).toBe(`# Issue

\`\`\`markdown
[… 23 characters cut]
\`\`\`

# Clarifications

[2 clarifications left out: browser, 2]

# Files

[2 files left out: z.ts, a.ts]

# Documents

[1 document left out: login.md]

# Screenshots

[2 screenshots left out: 2.png, 1.png]
`);
    expect(cuts.map(({ what, to }) => [what, to])).toEqual([
      ["issue", 0],
      ["clarifications", 0],
      ["files", 0],
      ["documents", 0],
      ["screenshots", 0],
    ]);
  });

  test("a text with no room at all is marked under its name", () => {
    const { context } = applyTokenLimits(
      { ...SMALL, issue: "" },
      limits({ max_file_reference_size: 0, max_summary_tokens_planning: 0 }),
      count,
    );
    expect(context).toContain("## z.ts\n\n```\n[… 13 characters cut]\n```\n");
    expect(context).toContain("## login.md\n\n```markdown\n[… 22 characters cut]\n```\n");
  });

  test("a fence that the cut left open does not swallow what comes behind, nor does one that the text closes", () => {
    const issue = `\`\`\`\n${"some code\n".repeat(500)}\`\`\``;
    const { context } = applyTokenLimits({ ...SMALL, issue }, limits(), count);
    expect(context).toMatch(/\nsome code\n\[… [\d,]+ characters cut\]\n````\n\n# Clarifications\n/);
    expect(context).toStartWith("# Issue\n\n````markdown\n```\nsome code\n");
  });

  test("names of a cut are one line", () => {
    const { cuts } = applyTokenLimits({ ...EMPTY, files: [{ path: "a\nb", text: letters(9000) }] }, limits(), count);
    expect(cuts.map(({ what }) => what)).toEqual(['file "a\\nb"']);
  });
});

describe("clarifications", () => {
  const cutTo = (max: number, texts: readonly string[]) => {
    const clarifications = texts.map((text) => ({ name: null, text }));
    const { context, cuts } = applyTokenLimits(
      { ...EMPTY, clarifications },
      limits({ max_clarification_length: max }),
      count,
    );
    return {
      shown: context
        .replaceAll(/^```.*\n/gm, "")
        .split("\n\n")
        .slice(1)
        .join("\n\n")
        .trimEnd(),
      cuts: cuts.map(({ what, from, to }) => [what, from, to]),
    };
  };

  test("share one limit, in order", () => {
    expect(cutTo(9, ["One.", "Two. Three.", "Four."])).toEqual({
      shown: "One.\n\nTwo.…\n\n[1 more clarification left out: 3]",
      cuts: [
        ["clarification 2", 11, 5],
        ["clarifications", 3, 2],
      ],
    });
  });

  test("behind one that was cut are left out, even if they would fit", () => {
    expect(cutTo(12, ["One. Twothreefour.", "A"]).shown).toBe("One.…\n\n[1 more clarification left out: 2]");
  });

  test("of which nothing would be left are left out", () => {
    expect(cutTo(5, ["One.", "Two."])).toEqual({
      shown: "One.\n\n[1 more clarification left out: 2]",
      cuts: [["clarifications", 2, 1]],
    });
    expect(cutTo(4, ["One.", "Two."]).shown).toBe("One.\n\n[1 more clarification left out: 2]");
  });

  test("are whole at the limit", () => {
    expect(cutTo(8, ["One.", "Two."])).toEqual({ shown: "One.\n\nTwo.", cuts: [] });
  });
});

describe("tokens saved", () => {
  test("by each cut add up to those of the context, but for a few at the seams", () => {
    const material: ContextMaterial = {
      issue: "The login fails on every second Monday. ".repeat(200),
      files: ["a", "b", "c", "d", "e"].map((path) => ({ path, text: "const value = compute(1, 2);\n".repeat(400) })),
      docs: ["a", "b", "c"].map((path) => ({ path, text: "How it works is told here. ".repeat(200) })),
      clarifications: ["a", "b", "c"].map((name) => ({ name, text: "Yes, it does so. ".repeat(40) })),
      screenshots: ["a", "b", "c", "d", "e"],
    };
    const { cuts, tokensBefore, tokensAfter } = applyTokenLimits(material, limits(), count);
    const saved = cuts.reduce((sum, { tokensSaved }) => sum + tokensSaved, 0);
    expect(cuts.length).toBe(11);
    expect(Math.abs(tokensBefore - tokensAfter - saved)).toBeLessThan(30);
    expect(tokensBefore - tokensAfter).toBeGreaterThan(5000);
  });
});

describe("whatever the material", () => {
  test("every limit holds, and whatever is missing is reported", () => {
    for (let seed = 0; seed < 150; seed += 1) {
      const random = seededRandom(seed);
      const text = () =>
        Array.from({ length: random.below(40) }, () => random.pick(["One. ", "👨‍👩‍👧‍👦", "a\n", "é", "``` "])).join("");
      const named = () => Array.from({ length: random.below(5) }, (_, index) => ({ path: `p${index}`, text: text() }));
      const material: ContextMaterial = {
        issue: text(),
        files: named(),
        docs: named(),
        clarifications: named().map(({ path, text: answer }) => ({ name: path, text: answer })),
        screenshots: named().map(({ path }) => path),
      };
      const max = limits(Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, random.below(60)])));
      max.max_file_references = random.below(5);
      max.max_docs_planning = random.below(5);
      max.max_screenshots = random.below(5);
      const { context, cuts, tokensBefore, tokensAfter } = applyTokenLimits(material, max, count);
      const cut = new Map(cuts.map(({ what, from, to }) => [what, { from, to }]));
      const length = countCharacters(material.issue);
      const issueLimit = max.max_issue_body_length;
      expect(cut.has("issue")).toBe(length > issueLimit);
      expect(cut.get("issue")?.to ?? 0).toBeLessThanOrEqual(issueLimit);
      expect(cut.get("files")?.to ?? material.files.length).toBe(
        Math.min(material.files.length, max.max_file_references),
      );
      expect(cut.get("documents")?.to ?? material.docs.length).toBe(
        Math.min(material.docs.length, max.max_docs_planning),
      );
      for (const { what, unit, from, to, leftOut } of cuts) {
        if (unit === "items") expect(leftOut.length).toBe(from - to);
        if (what.startsWith("file ")) expect(to).toBeLessThanOrEqual(max.max_file_reference_size);
        if (what.startsWith("document ")) expect(to).toBeLessThanOrEqual(max.max_summary_tokens_planning);
        expect(to).toBeLessThan(from);
      }
      expect(tokensAfter).toBe(count(context));
      expect(tokensBefore).toBe(count(writeContext(material)));
      if (cuts.length === 0) expect(context).toBe(writeContext(material));
      else expect(context).toMatch(/ left out|…/);
    }
  });
});
