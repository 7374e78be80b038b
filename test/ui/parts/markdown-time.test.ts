import { expect, test } from "bun:test";
import { plainText } from "#src/ui/parts/agent-text.tsx";
import { readBlocks } from "#src/ui/parts/markdown-blocks.ts";
import { drawMarkdown } from "#src/ui/parts/markdown-drawn.tsx";

/** The longest that is drawn as Markdown. */
const LENGTH = 99_000;
const times = (piece: string, count = LENGTH / piece.length) => piece.repeat(count);

/** What readers of Markdown have stood still over, here and elsewhere. */
const HOSTILE: Readonly<Record<string, string>> = {
  "a fence that is none": `\`\`\`${times(" ")}\``,
  "a fence of tildes that is none": `~~~${times(" ")}\``,
  "a row of tildes and a backtick": `${times("~")}\``,
  "delimiters that are none": `a|b\n-${times(" ")}x`,
  "delimiters that never end": `a|b\n${times("-|")}x`,
  "a target that never ends": `[a](${times(" ")}x`,
  "a target of brackets": `[a](${times("(")}`,
  "a target in angles": `[a](<${times("<")}`,
  "an address of brackets": `http://a${times(")")}`,
  "an address of dots": `http://${times("a.")}`,
  "titles that never end": times('[a](b "c'),
  "quotes in quotes": `${times("> ", 5_000)}a`,
  "items in items": Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth)}- a`).join("\n"),
  "a table of short rows": `${times("|a", 1_000)}|\n${times("|-", 1_000)}|\n${times("|\n", 2_000)}`,
  "heads that are none": times("a|b\n-|-|-\n"),
  "mail addresses without an end": `<${times("a.")}@`,
  "a row of backticks of each length": Array.from({ length: 440 }, (_, length) => `${"`".repeat(length + 1)}a`).join(
    "",
  ),
  "a heading of hashes": `# ${times(" #")}x`,
  "a rule that is none": `${times("- ")}x`,
  "an underline that is none": `a\n--${times(" ")}x`,
  "an item and its blank lines": `${times("+ ", 19)}a${times("\n")}b`,
  "a quote of fences": times("> - ```\n"),
  "a quote and its other lines": `> a\n${times("b\n")}`,
  "marks on a letter": times("\u0300"),
  "colours that are none": times("\u001B[0"),
};
const PIECES =
  "*a |*a* |**|*a **b |***|*|_a|_a_ |[|]|![|[a](|[a](b)|[a]: |`|`a``b|`a``b```|<|<a |<!--|<http:|<a@b.c|http://a.b |http://|a@|a.|>|> |-|- |- a\n|-\n|- [ ] |1. |# |~~|~~a|\\|&|&a|&#|&amp;|a\n\n|a\n|a  \n|a\\\n|  \n|\n| |\t|> a\nb\n|- a\n\n\n";

test("whatever an answer holds, it is read and drawn in a time that grows with it alone", () => {
  const texts = new Map(Object.entries(HOSTILE));
  texts.set("|a", times("|a"));
  for (const piece of PIECES.split("|")) texts.set(piece, `${times(piece)}x`);
  const slow: string[] = [];
  for (const [name, text] of texts) {
    // The fastest of three: what else the machine does is not what is measured.
    let took = Infinity;
    for (let round = 0; round < 3 && took > MOST_MS; round += 1) took = Math.min(took, timeOf(text));
    if (took > MOST_MS) slow.push(`${JSON.stringify(name)}: ${Math.round(took)} ms`);
  }
  expect(slow).toEqual([]);
});

/** Linear ones take up to a tenth of it; one that is not takes many seconds. */
const MOST_MS = 1_500;

function timeOf(text: string): number {
  const began = performance.now();
  const { drawn } = drawMarkdown(readBlocks(plainText(text)), Infinity);
  expect(drawn).toBeArray();
  return performance.now() - began;
}
