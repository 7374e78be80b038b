import { describe, expect, test } from "bun:test";
import type { ComponentChildren, VNode } from "preact";
import { drawMarkdown } from "#src/ui/parts/markdown-drawn.tsx";

/** The elements as text: what the browser would be told to make, attributes of text alone. */
function drawn(node: ComponentChildren): string {
  if (Array.isArray(node)) return node.map(drawn).join("");
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (typeof node !== "object") return String(node);
  const { type, props } = node as VNode<Record<string, unknown>>;
  const inner = drawn((props["children"] ?? props["text"]) as ComponentChildren);
  if (typeof type === "function")
    return type.name === "Fragment" || props["text"] === undefined ? inner : `{${props["language"]}: ${inner}}`;
  const shown = ["href", "rel", "target", "start"].filter((name) => props[name] !== undefined);
  return `<${[type, ...shown.map((name) => `${name}=${props[name]}`)].join(" ")}>${inner}</${type}>`;
}

const markdown = (text: string) => drawn(drawMarkdown(text));

describe("Markdown is drawn as elements", () => {
  test.each([
    ["# One\n\n### Three", "<h4>One</h4><h6>Three</h6>"],
    ["**a** *b* ~~c~~ `d & <e>`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d & <e></code></p>"],
    ["- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"],
    ["3. a\n4. b", "<ol start=3><li>a</li><li>b</li></ol>"],
    ["> a\n>\n> b", "<blockquote><p>a</p><p>b</p></blockquote>"],
    ["```ts\nconst a = '<b>';\n```", "{ts: const a = '<b>';}"],
    ["```ts\nnever closed", "{ts: never closed}"],
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
    ["1. a\n   ```sh\n   ls\n   ```\n2. b", "<ol start=1><li>a{sh: ls}</li><li>b</li></ol>"],
    ["1. a\n  - b\n1. c", "<ol start=1><li>a<ul><li>b</li></ul></li><li>c</li></ol>"],
    ["- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"],
    ["- [ ] a\n- [x] **b**", "<ul><li>☐ a</li><li>☑ <strong>b</strong></li></ul>"],
    ["    a\n      b\n\nc", "{: a\n  b}<p>c</p>"],
    ["~~~\n```\n~~~", "{: ```}"],
    ["> a\nb", "<blockquote><p>a</p></blockquote><p>b</p>"],
    ["a | b", "<p>a | b</p>"],
    ["", ""],
  ])("%j", (text, expected) => expect(markdown(text)).toBe(expected));

  test("a table keeps its head and its rows", () => {
    const table = markdown("| a | b |\n| - | -: |\n| **1** | 2 |");
    expect(table).toContain("<thead><tr><th>a</th><th>b</th></tr></thead>");
    expect(table).toContain("<tbody><tr><td><strong>1</strong></td><td>2</td></tr></tbody>");
    expect(markdown("a\n\n| a |\n|--|\n| `x\\|y` | 3 |\n|\n\nb")).toContain(
      "<td><code>x|y</code></td></tr><tr><td></td></tr></tbody>",
    );
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
    ["[a](<https://a.test/ b> 'title')", `<p><a href=https://a.test/%20b ${LINK}>a</a></p>`],
    ["[![i](https://a.test/i.png)](https://a.test/)", `<p><a href=https://a.test/ ${LINK}>Image: i</a></p>`],
    ["[a *b](https://a.test/) c*", `<p><a href=https://a.test/ ${LINK}>a *b</a> c*</p>`],
    ["[a][b] [c]", "<p>[a][b] [c]</p>"],
    ["a\u202Eb &#x202e;c \u001B[31mred", "<p>a\\u202eb \\u202ec red</p>"],
  ])("%j", (text, expected) => expect(markdown(text)).toBe(expected));

  test("whatever it is, it is read in one go", () => {
    const pieces = [
      "*a ",
      "**",
      "[",
      "]",
      "![",
      "[a](",
      "_a_ ",
      "*",
      "`",
      "`a``b```",
      "<a ",
      "<http:",
      "http://a.b",
      "> ",
      "- ",
      "1. ",
      "|a",
      "~~",
      "\\",
      "&#",
      "#",
      "  \n",
      "- a\n",
      "\t",
    ];
    for (const piece of pieces) {
      const began = performance.now();
      const text = `${piece.repeat(Math.ceil(60_000 / piece.length))}x`;
      expect(markdown(text).length).toBeGreaterThan(0);
      expect(performance.now() - began, piece).toBeLessThan(1_000);
    }
  });

  test("what is deeper than anybody writes stays as text", () => {
    const deep = Array.from({ length: 200 }, (_, depth) => `${" ".repeat(depth * 2)}- x${depth}`).join("\n");
    expect(markdown(deep)).toContain("- x199");
    expect(markdown(`${">".repeat(500)} deep`)).toContain("deep");
  });
});
