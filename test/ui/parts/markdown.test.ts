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
  ])("%j", (text, expected) => expect(markdown(text)).toBe(expected));

  test("a table keeps its head and its rows", () => {
    const table = markdown("| a | b |\n| - | -: |\n| **1** | 2 |");
    expect(table).toContain("<thead><tr><th>a</th><th>b</th></tr></thead>");
    expect(table).toContain("<tbody><tr><td><strong>1</strong></td><td>2</td></tr></tbody>");
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
    ["a\u202Eb &#x202e;c \u001B[31mred", "<p>a\\u202eb \\u202ec red</p>"],
  ])("%j", (text, expected) => expect(markdown(text)).toBe(expected));

  test("what is too long or too deep is left to plain text, in no time", () => {
    const began = performance.now();
    expect(markdownBlocks("a ".repeat(100_000))).toBeNull();
    expect(markdownBlocks(">".repeat(50_000))).toBeNull();
    expect(markdownBlocks(`a\n${"- ".repeat(20_000)}`)).toBeNull();
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(markdown(Array.from({ length: 200 }, (_, depth) => `${" ".repeat(depth * 2)}- x`).join("\n"))).toContain(
      "- x",
    );
  });
});
