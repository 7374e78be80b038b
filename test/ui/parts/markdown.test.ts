import { describe, expect, test } from "bun:test";
import type { ComponentChildren, VNode } from "preact";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import type { CodePart } from "#src/ui/parts/code-words.ts";
import { readBlocks } from "#src/ui/parts/markdown-blocks.ts";
import { drawMarkdown } from "#src/ui/parts/markdown-drawn.tsx";

/** The elements as text: what the browser would be told to make, attributes of text alone. */
function drawn(node: ComponentChildren): string {
  if (Array.isArray(node)) return node.map(drawn).join("");
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (typeof node !== "object") return String(node);
  const { type, props } = node as VNode<Record<string, unknown>>;
  if (props["parts"] !== undefined) return `{${(props["parts"] as CodePart[]).map(codePart).join("")}}`;
  const inner = drawn(props["children"] as ComponentChildren);
  if (typeof type === "function") return inner;
  const shown = ["href", "rel", "target", "start", "class"].filter((name) => props[name] !== undefined);
  return `<${[type, ...shown.map((name) => `${name}=${props[name]}`)].join(" ")}>${inner}</${type}>`;
}

const codePart = ({ kind, text }: CodePart) => (kind === null ? text : `<${kind}>${text}</${kind}>`);
const read = (text: string) => readBlocks(plainText(text));
const markdown = (text: string) => drawn(drawMarkdown(read(text), Infinity).drawn);

describe("Markdown is drawn as elements", () => {
  test.each([
    ["# One\n\n### Three", "<h4>One</h4><h6>Three</h6>"],
    ["**a** *b* ~~c~~ `d & <e>`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d & <e></code></p>"],
    ["- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"],
    ["3. a\n4. b", "<ol start=3><li>a</li><li>b</li></ol>"],
    ["> a\n>\n> b", "<blockquote><p>a</p><p>b</p></blockquote>"],
    ["```ts\nconst a = '<b>';\n```", "{<keyword>const</keyword> a = <string>'<b>'</string>;}"],
    ["```ts\nnever closed", "{never closed}"],
    ["a  \nb", "<p>a<br></br>b</p>"],
    ["&lt;b&gt; &amp;amp; &#65;&#x42; &unknown;", "<p><b> &amp; AB &unknown;</p>"],
    ["\\*a\\*", "<p>*a*</p>"],
    ["One\n===\ntwo\n---", "<h4>One</h4><h5>two</h5>"],
    ["## a #\nb", "<h5>a</h5><p>b</p>"],
    ["a\n\n---\n\n***", "<p>a</p><hr></hr><hr></hr>"],
    ["a snake_case_name and __init__.py", "<p>a snake_case_name and <strong>init</strong>.py</p>"],
    ["2 * 3 * 4 and **a*b*c**", "<p>2 * 3 * 4 and <strong>a<em>b</em>c</strong></p>"],
    ["***a*** **b", "<p><em><strong>a</strong></em> **b</p>"],
    ["a **b `**` c** `` ` ``", "<p>a <strong>b <code>**</code> c</strong> <code>`</code></p>"],
    ["a\n- b\n- c", "<p>a</p><ul><li>b</li><li>c</li></ul>"],
    ["- a\n\n  b\n\n- c", "<ul><li>a<p>b</p></li><li>c</li></ul>"],
    ["1. a\n   ```sh\n   ls\n   ```\n2. b", "<ol start=1><li>a{ls}</li><li>b</li></ol>"],
    ["1. a\n  - b\n1. c", "<ol start=1><li>a<ul><li>b</li></ul></li><li>c</li></ol>"],
    ["- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"],
    [
      "- [ ] a\n- [x] **b**",
      "<ul><li class=markdown-task>☐ a</li><li class=markdown-task>☑ <strong>b</strong></li></ul>",
    ],
    ["    a\n      b\n\nc", "{a\n  b}<p>c</p>"],
    ["~~~\n```\n~~~", "{```}"],
    ["> a\nb", "<blockquote><p>a\nb</p></blockquote>"],
    ["> - a\nb\n===\n---", "<blockquote><ul><li>a\nb\n===</li></ul></blockquote><hr></hr>"],
    ["> # a\nb", "<blockquote><h4>a</h4></blockquote><p>b</p>"],
    ["> ```\nb", "<blockquote>{}</blockquote><p>b</p>"],
    ["> a\n- b", "<blockquote><p>a</p></blockquote><ul><li>b</li></ul>"],
    ["- a\n- b\n---\n## c", "<ul><li>a</li><li>b</li></ul><hr></hr><h5>c</h5>"],
    ["- a\n-\n- b", "<ul><li>a</li><li></li><li>b</li></ul>"],
    ["a\n-\nb", "<p>a\n-\nb</p>"],
    ["- a\n===\n  b", "<ul><li>a\n===\nb</li></ul>"],
    ["- a\n  ---", "<ul><li><h5>a</h5></li></ul>"],
    ["\\```a``", "<p>`<code>a</code></p>"],
    ["&toString; &valueOf; &constructor;", "<p>&toString; &valueOf; &constructor;</p>"],
    ["&eacute;&bull;&check;&nbsp;&Uuml;", "<p>é•✓\u00A0Ü</p>"],
    ["~~~ a`b\nc\n~~~", "{c}"],
    ["a | b", "<p>a | b</p>"],
    ["", ""],
  ])("%j", (text, expected) => expect(markdown(text)).toBe(expected));

  test("a table keeps its head and its rows", () => {
    const table = markdown("| a | b |\n| - | -: |\n| **1** | 2 |");
    expect(table).toContain("<thead><tr><th>a</th><th class=number>b</th></tr></thead>");
    expect(table).toContain("<tbody><tr><td><strong>1</strong></td><td class=number>2</td></tr></tbody>");
    expect(markdown("a\n\n| a |\n|--|\n| `x\\|y` | 3 |\n|\n\nb")).toContain(
      "<td><code>x|y</code></td></tr><tr><td></td></tr></tbody>",
    );
    expect(markdown("a|b|c\n:-:|:-|-:\n1<br>2|`<br>`")).toContain(
      "<tr><td class=markdown-center>1<br></br>2</td><td><code><br></code></td><td class=number></td></tr>",
    );
    expect(markdown("a<br>b")).toBe("<p>a<br>b</p>");
  });
});

describe("nothing that an agent writes is more than text", () => {
  const LINK = "rel=noreferrer noopener nofollow target=_blank";
  test.each([
    ["<script>alert(1)</script>", "<p><script>alert(1)</script></p>"],
    ["a <b onclick='x'>b</b>", "<p>a <b onclick='x'>b</b></p>"],
    ["[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"],
    ["[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>"],
    ["[a](/api/agents)", "<p>[a](/api/agents)</p>"],
    ["[a](java&#x73;cript:alert(1))", "<p>[a](java&#x73;cript:alert(1))</p>"],
    ["[a](https://a.test/b)", `<p><a href=https://a.test/b ${LINK}>a</a></p>`],
    ["<me@a.test>", `<p><a href=mailto:me@a.test ${LINK}>me@a.test</a></p>`],
    ["![p](https://a.test/p.png)", `<p><a href=https://a.test/p.png ${LINK}>Image: p</a></p>`],
    ["![p](file:///etc/passwd)", "<p>![p](file:///etc/passwd)</p>"],
    ["see https://a.test/b(c).", `<p>see <a href=https://a.test/b(c) ${LINK}>https://a.test/b(c)</a>.</p>`],
    ["<https://a.test/>", `<p><a href=https://a.test/ ${LINK}>https://a.test/</a></p>`],
    [
      "[**a** [b](https://b.test/)](https://a.test/)",
      `<p>[<strong>a</strong> <a href=https://b.test/ ${LINK}>b</a>](<a href=https://a.test/ ${LINK}>https://a.test/</a>)</p>`,
    ],
    ["[a](https://a.test/b_(c_(d)))", `<p><a href=https://a.test/b_(c_(d)) ${LINK}>a</a></p>`],
    ["[a](https://a.test/b\\)c)", `<p><a href=https://a.test/b)c ${LINK}>a</a></p>`],
    ["[a](https://a.test/(b", `<p>[a](<a href=https://a.test/(b ${LINK}>https://a.test/(b</a></p>`],
    ["[a](<https://a.test/ b> 'title')", `<p><a href=https://a.test/%20b ${LINK}>a</a></p>`],
    ["[![i](https://a.test/i.png)](https://a.test/)", `<p><a href=https://a.test/ ${LINK}>Image: i</a></p>`],
    ["[a *b](https://a.test/) c*", `<p><a href=https://a.test/ ${LINK}>a *b</a> c*</p>`],
    ["[a][b] [c]", "<p>[a][b] [c]</p>"],
    ["a\u202Eb &#x202e;c \u001B[31mred", "<p>a\\u202eb \\u202ec red</p>"],
  ])("%j", (text, expected) => expect(markdown(text)).toBe(expected));

  test("what is deeper than anybody writes stays as text", () => {
    const deep = Array.from({ length: 200 }, (_, depth) => `${" ".repeat(depth * 2)}- x${depth}`).join("\n");
    expect(markdown(deep)).toContain("- x199");
    expect(markdown(`${">".repeat(500)} deep`)).toContain("deep");
  });

  test("a wide table is text, and a row has no more cells than the head", () => {
    expect(markdown(`${"|a".repeat(101)}\n${"|-".repeat(101)}\n|b`)).not.toContain("<table>");
    expect(markdown("|a|\n|-|\n|b|c|")).toContain("<tbody><tr><td>b</td></tr></tbody>");
  });

  test("so many elements are drawn, and the rest is told to be there", () => {
    const elements = (text: string) => {
      const { drawn: made, isCut } = drawMarkdown(read(text), 500);
      return { made: drawn(made).match(/<\w/g)!.length, isCut };
    };
    const texts = ["*a* ", "- a\n", "a\n\n", "> a\n\n", "`a` ", "```ts\n1 1 1\n```\n", "[**a** *b*](https://a.test/) "];
    for (const text of texts) {
      const { made, isCut } = elements(text.repeat(2_000));
      expect(isCut, text).toBe(true);
      expect(made, text).toBeWithin(150, 1_100);
    }
    const table = `${"|a".repeat(100)}\n${"|-".repeat(100)}\n${"|\n".repeat(2_000)}`;
    expect(elements(table).isCut).toBe(true);
    expect(elements(table).made).toBeLessThan(1_100);
    expect(elements("*a* ".repeat(100)).isCut).toBe(false);
  });

  test("so much code is coloured, in all of an answer", () => {
    const block = `\`\`\`ts\nconst a${" ".repeat(2_000)}\n\`\`\`\n`;
    expect(markdown(block.repeat(50)).match(/<keyword>/g)!.length).toBeWithin(10, 20);
    expect(drawn(drawMarkdown(read(`\`\`\`ts\n${"1 ".repeat(5_000)}\n\`\`\``), 1_000).drawn)).not.toContain("<number>");
  });

  test("no more marks stand on a letter than a language has", () => {
    const marks = "\u0300".repeat(9_000);
    expect(plainText(`a${marks}b`)).toBe(`a${"\u0300".repeat(10)} (8,990 marks left out)b`);
    expect(plainText("नमस्ते 👨‍👩‍👧‍👦 ❤️ e\u0301")).toBe("नमस्ते 👨‍👩‍👧‍👦 ❤️ e\u0301");
  });
});
