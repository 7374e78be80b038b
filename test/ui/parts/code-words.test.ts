import { expect, test } from "bun:test";
import { codeParts } from "#src/ui/parts/code-words.ts";

const told = (text: string, language: string) =>
  codeParts(text, language)
    .filter(({ kind }) => kind !== null)
    .map((part) => `${part.kind} ${part.text}`);

test.each([
  ["ts", "const a = 'b'; // c", ["keyword const", "string 'b'", "comment // c"]],
  ["TypeScript {1,3}", "return 1_000", ["keyword return", "number 1_000"]],
  ["js", "/* never closed const", ["comment /* never closed const"]],
  [
    "python",
    'def f():\n  """a\n  b"""\n  return None # c',
    ["keyword def", 'string """a\n  b"""', "keyword return", "keyword None", "comment # c"],
  ],
  [
    "sh",
    "for a in b; do echo '#1'; done",
    ["keyword for", "keyword in", "keyword do", "keyword echo", "string '#1'", "keyword done"],
  ],
  ["sql", "Select a -- b\nFROM c", ["keyword Select", "comment -- b", "keyword FROM"]],
  ["yaml", "a: true\n- b: 'c' # d", ["name a", "keyword true", "name - b", "string 'c'", "comment # d"]],
  ["json", '{"a": "b", "c": [1, null]}', ['name "a"', 'string "b"', 'name "c"', "number 1", "keyword null"]],
  [
    "html",
    '<a href="b">c</a><!-- d -->',
    ["keyword <a", 'string "b"', "keyword >", "keyword </a", "keyword >", "comment <!-- d -->"],
  ],
  ["css", "a:hover { color: #fff }", ["name a", "name color", "number #fff"]],
  ["diff", "@@ 1 @@\n-a\n+b\n c", ["comment @@ 1 @@", "removed -a", "added +b"]],
  ["brainfuck", "const a", []],
  ["", "const a", []],
])("%s: %j", (language, text, expected) => expect(told(text, language)).toEqual(expected));

test("nothing of the text is lost, changed or read again and again, whatever it is", () => {
  const pieces = [
    '"',
    "'",
    "`",
    "/*",
    "<!-",
    "<!--",
    "-",
    "#",
    "\\",
    "a",
    "1",
    '"""',
    "<a ",
    "- a",
    '"a" ',
    " ",
    "\n",
    "é",
  ];
  const languages = ["ts", "py", "sh", "sql", "yaml", "json", "html", "css", "diff"];
  for (const language of languages)
    for (const piece of pieces) {
      const text = piece.repeat(20_000 / piece.length) + pieces.join(" ");
      const began = performance.now();
      const whole = codeParts(text, language)
        .map((part) => part.text)
        .join("");
      expect(whole === text).toBe(true);
      expect(performance.now() - began, `${language} ${piece}`).toBeLessThan(500);
    }
});
