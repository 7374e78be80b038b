import { describe, expect, test } from "bun:test";
import { highlightText, parseTextQuery } from "#src/domain/search-text.ts";
import { type HighlightPart, parseHighlight, startedNear } from "#src/ui/logs/highlight.ts";

const plain = (text: string): HighlightPart => ({ text, isMark: false });
const mark = (text: string): HighlightPart => ({ text, isMark: true });

describe("a highlight is read into parts", () => {
  test.each<[string, HighlightPart[]]>([
    ["", []],
    ["nothing", [plain("nothing")]],
    ["<mark>all</mark>", [mark("all")]],
    ["one <mark>two</mark> three", [plain("one "), mark("two"), plain(" three")]],
    ["<mark>a</mark><mark>b</mark>", [mark("a"), mark("b")]],
    ["a &lt;b&gt; &amp;amp; &quot;c&quot; &#39;d&#39;", [plain("a <b> &amp; \"c\" 'd'")]],
    ["<mark>&lt;mark&gt;</mark>", [mark("<mark>")]],
  ])("%s", (html, parts) => {
    expect(parseHighlight(html)).toEqual(parts);
  });
});

describe("what is no highlight stays text", () => {
  test.each<[string, HighlightPart[]]>([
    ["<b>bold</b>", [plain("<b>bold</b>")]],
    ["<mark class=x>a</mark>", [plain("<mark class=x>a</mark>")]],
    ["<script>alert(1)</script>", [plain("<script>alert(1)</script>")]],
    ["</mark>a", [plain("</mark>a")]],
    ["a<mark>b", [plain("a"), mark("b")]],
    ["a<mark>b<mark>c</mark>d", [plain("a"), mark("b<mark>c"), plain("d")]],
    ["a &unknown; &lt b &", [plain("a &unknown; &lt b &")]],
    ["a<mar", [plain("a<mar")]],
  ])("%s", (html, parts) => {
    expect(parseHighlight(html)).toEqual(parts);
  });
});

test("what the server highlights reads as the text that was stored", () => {
  const text = `<img src=x onerror="alert(1)"> & it's the issue 42 of <mark>nobody</mark>`;
  const html = highlightText(parseTextQuery("issue nobody"), [text])!;
  const parts = parseHighlight(html);
  expect(parts.map((part) => part.text).join("")).toBe(text);
  expect(parts.filter(({ isMark }) => isMark)).toEqual([mark("issue"), mark("nobody")]);
});

test("a line begins just before its first match", () => {
  const long = "a long beginning that nobody needs to see before it";
  expect(startedNear([plain(long), mark("hit"), plain(" end")])).toEqual([
    plain("…needs to see before it"),
    mark("hit"),
    plain(" end"),
  ]);
  for (const parts of [[plain(long)], [mark("hit"), plain(long)], [plain("short "), mark("hit")], []]) {
    expect(startedNear(parts)).toBe(parts);
  }
});
