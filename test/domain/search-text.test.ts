import { describe, expect, test } from "bun:test";
import { highlightText, matchesText, parseTextQuery, SEARCHED } from "#src/domain/search-text.ts";
import { indexedText, wordsOf } from "#src/domain/words.ts";

describe("words", () => {
  test.each<[text: string, words: string[]]>([
    ["Plan written: src/app_main.ts", ["plan", "written", "src", "app", "main", "ts"]],
    ["don't 3.5 v2", ["don", "t", "3", "5", "v2"]],
    ["", []],
    ["… — !?", []],
    ["Überprüfung der GRÖSSE", ["uberprufung", "der", "grosse"]],
    ["Straße naïve Ærø Łódź", ["strasse", "naive", "aero", "lodz"]],
    ["İstanbul ISPARTA ısı", ["istanbul", "isparta", "isi"]],
    ["ΟΔΟΣ οδός", ["οδοσ", "οδοσ"]],
    ["Ещё ошибка", ["еще", "ошибка"]],
    ["ﬁle Ｗｉｄｅ ⅷ ⒈ ﷺ".slice(0, 11), ["file", "wide", "viii"]],
    ["⒈ x", ["1", "x"]],
    ["数据库API连接", ["数", "据", "库", "api", "连", "接"]],
    [
      "データベース、です。",
      [
        "テ\u3099".normalize("NFC"),
        "ー",
        "タ",
        "ヘ\u3099".normalize("NFC"),
        "ー",
        "ス",
        "て\u3099".normalize("NFC"),
        "す",
      ],
    ],
    ["ﾃﾞｰﾀ", ["デ", "ー", "タ"]],
    ["서버 오류", ["서", "버", "오", "류"]],
    ["ผู้ใช้", ["ผู้", "ใ", "ช้"]],
    ["خطأ مُحَمَّد", ["خطا", "محمد"]],
    ["त्रुटि", ["त्रुटि"]],
    ["done ✅ ⚠️", ["done", "✅", "⚠"]],
    ["𠮷野", ["𠮷", "野"]],
    ["a\u0000b", ["a", "b"]],
    ["lone \uD800 half", ["lone", "half"]],
  ])("%j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test("what is indexed parts into the same words at ASCII alone", () => {
    const texts = ["Plan_A: b-c", "数据库API", "Ещё: ß/İ", "ﷺ ⒈ ½ ①", "ส 🙂✅ x"];
    for (const text of texts) {
      const parted = indexedText(text)
        .toLowerCase()
        .split(/[\0-/:-@[-`{-\x7f]+/)
        .filter((word) => word !== "");
      expect(parted).toEqual(wordsOf(text));
    }
  });

  test("a word is folded the same whether it is remembered or not", () => {
    const long = "é".repeat(40);
    expect(wordsOf(long)).toEqual(["e".repeat(40)]);
    for (let number = 0; number < 10_050; number += 1) wordsOf(`é${number}`);
    expect(wordsOf("É1")).toEqual(["e1"]);
  });
});

const word = (text: string, isPrefix = false) => ({ words: wordsOf(text), isPrefix });

describe("what a person types", () => {
  test.each<[typed: string, wanted: object[], unwanted: object[]]>([
    ["timeout", [word("timeout", true)], []],
    ["time out", [word("time"), word("out", true)], []],
    ["time out ", [word("time"), word("out", true)], []],
    ['"time out"', [word("time out")], []],
    ['"time ou', [word("time ou", true)], []],
    ["“time out”", [word("time out")], []],
    ['a "b c" d', [word("a"), word("b c"), word("d", true)], []],
    ['foo"bar baz"', [word("foo"), word("bar baz")], []],
    ["err -debug", [word("err", true)], [word("debug")]],
    ['err -"a b" -c', [word("err", true)], [word("a b"), word("c")]],
    ["-only", [], [word("only")]],
    ["a-b", [word("a b", true)], []],
    ["src/app.ts", [word("src app ts", true)], []],
    ["--flag", [word("flag", true)], []],
    ["-flag", [], [word("flag")]],
    ["数据库 连接", [word("数据库"), word("连接", true)], []],
    ["a AND b OR NOT c*", [word("a"), word("and"), word("b"), word("or"), word("not"), word("c", true)], []],
    ["col:x ^y {z}", [word("col x"), word("y"), word("z", true)], []],
    ["! x ?", [word("x", true)], []],
  ])("%j", (typed, wanted, unwanted) => {
    expect(parseTextQuery(typed)).toEqual({ wanted, unwanted, literal: null } as never);
  });

  test("only so many characters count, however long it is", () => {
    const counted = "a ".repeat(SEARCHED / 2);
    expect(parseTextQuery(`${counted}${"w1 ".repeat(100_000)}`)).toEqual(parseTextQuery(counted));
    expect(parseTextQuery("!".repeat(1_000_000)).literal).toHaveLength(SEARCHED);
  });

  test.each(["!!!", '"', '""', "-", "  ", "=>", "(", "*", '-""', "\u0000"])(
    "%j holds no word: it is looked for as it is",
    (typed) => {
      expect(parseTextQuery(typed)).toEqual({ wanted: [], unwanted: [], literal: typed.trim() });
    },
  );
});

describe("which texts match", () => {
  test.each<[typed: string, texts: string[], matches: boolean]>([
    ["plan", ["The Planner"], true],
    ["lan", ["The Planner"], false],
    ["plan issue", ["planning issue"], false],
    ["issue plan", ["planning issue"], true],
    ["one two", ["one", "two"], true],
    ['"one two"', ["one", "two"], false],
    ['"one two"', ["zero one, two"], true],
    ['"one tw"', ["one two"], false],
    ["a -b", ["a b"], false],
    ["a -b", ["a bc"], true],
    ["-b", ["a"], true],
    ["-b", ["b"], false],
    ["-b", [], true],
    ["据库", ["数据库"], true],
    ["数库", ["数据库"], false],
    ["=>", ["a => b"], true],
    ["=>", ["a = b"], false],
    [" ", ["anything"], true],
  ])("%j in %j: %p", (typed, texts, matches) => {
    expect(matchesText(parseTextQuery(typed), texts)).toBe(matches);
  });
});

describe("the highlight", () => {
  const of = (typed: string, ...texts: string[]) => highlightText(parseTextQuery(typed), texts);

  test.each<[typed: string, texts: string[], html: string | null]>([
    ["plan", ["The Planner's plan"], "The <mark>Planner</mark>&#39;s <mark>plan</mark>"],
    ['"two three"', ["one two, three four"], "one <mark>two, three</mark> four"],
    ["grosse", ["Die Größe"], "Die <mark>Größe</mark>"],
    ["据库", ["数据库"], "数<mark>据库</mark>"],
    ["b", ["nothing", "a b"], "a <mark>b</mark>"],
    [
      "script",
      ["<script>alert('&')</script>"],
      "&lt;<mark>script</mark>&gt;alert(&#39;&amp;&#39;)&lt;/<mark>script</mark>&gt;",
    ],
    ["mark", ["<mark>x</mark>"], "&lt;<mark>mark</mark>&gt;x&lt;/<mark>mark</mark>&gt;"],
    ["=>", ["a => b"], "a <mark>=&gt;</mark> b"],
    ['a "a b"', ["a b"], "<mark>a b</mark>"],
    ["x", ["nothing"], null],
    ["-x", ["nothing"], null],
    [" ", ["nothing"], null],
  ])("%j in %j", (typed, texts, html) => {
    expect(of(typed, ...texts)).toBe(html);
  });

  test("shows what stands around the first match, cut between words", () => {
    const text = `${"before ".repeat(100)}needle ${"behind ".repeat(100)}`;
    const html = of("needle", text)!;
    expect(html).toMatch(/^…(before )+<mark>needle<\/mark> behind /);
    expect(html.endsWith("…")).toBe(true);
    expect(html.length).toBeLessThan(270);
  });

  test.each(["xneedle needles", "xneedle é needles", "xneedle xneedle"])("finds words where they begin: %j", (text) => {
    const html = text.includes(" needle") ? text.replace("needles", "<mark>needles</mark>") : null;
    expect(of("needle", text)).toBe(html);
  });

  test("cuts no character in two, and a match where it ends", () => {
    const html = of("x", `${"🙂".repeat(200)}x ${"🙂".repeat(300)}`)!;
    expect(html.isWellFormed()).toBe(true);
    expect(of("longword", `${"longword".repeat(100)}`)).toMatch(/^<mark>(longword)+<\/mark>…$/);
  });
});
