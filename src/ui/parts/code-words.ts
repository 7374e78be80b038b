/** What a part of code is; null is nothing in particular. */
type Kind = "comment" | "string" | "number" | "keyword" | "name" | "added" | "removed" | null;
export type CodePart = { readonly kind: Kind; readonly text: string };

/**
 * A family of languages: an expression whose groups are kinds, and the words that are keywords. Each of its branches reads on
 * without looking back, whatever the text.
 */
type Family = {
  readonly pattern: RegExp;
  readonly keywords: ReadonlySet<string>;
  readonly isAnyCase?: boolean;
};

const words = (text: string) => new Set(text.split(" "));
const pattern = (...branches: readonly RegExp[]) => new RegExp(branches.map(({ source }) => source).join("|"), "gmu");

const SLASHES = /(?<comment>\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?)/;
const HASH = /(?<comment>(?<![^\s;])#[^\n]*)/;
const QUOTES = /(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[^]|[^`\\])*`?)/;
const LONG_QUOTES =
  /(?<string>"""(?:[^"]|"(?!""))*(?:""")?|'''(?:[^']|'(?!''))*(?:''')?|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/;
const NUMBER = /(?<number>(?<![\w$])\d[\w.]*)/;
const WORD = /(?<word>[\p{L}_$][\p{L}\p{N}_$]*)/u;
const KEY = /(?<name>^[ \t]*(?:- +)?[\w./-]+(?=[ \t]*[:=])|^\[[^\]\n]*\])/;

const C_LIKE: Family = {
  pattern: pattern(SLASHES, QUOTES, NUMBER, WORD),
  keywords: words(
    "abstract as async await bool boolean break case catch chan char class const continue default defer delete do double else enum export extends extern false final finally float fn for from func function go goto if impl implements import in instanceof int interface is let long loop match mod module mut namespace new nil null number of override package private protected pub public readonly return satisfies self static string struct super switch template this throw throws trait true try type typeof undefined union unsafe use using var void where while with yield",
  ),
};
const PYTHON: Family = {
  pattern: pattern(HASH, LONG_QUOTES, NUMBER, WORD),
  keywords: words(
    "and as assert async await begin break case class continue def del do elif else elsif end ensure except False finally for from global if import in is lambda match module next nil None nonlocal not or pass raise require rescue return self True then try unless while with yield",
  ),
};
const SHELL: Family = {
  pattern: pattern(HASH, QUOTES, WORD),
  keywords: words(
    "case cd do done echo elif else esac exit export fi for function if in local read return set source sudo then unset until while ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM RUN USER WORKDIR",
  ),
};
const SQL: Family = {
  pattern: pattern(/(?<comment>--[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?)/, QUOTES, NUMBER, WORD),
  keywords: words(
    "add all alter and as asc begin between by case check column commit conflict constraint create cross default delete desc distinct do drop else end exists foreign from full group having if in index inner insert into is join key left like limit not null on or order outer primary references replace returning right rollback select set table then transaction trigger union unique update using values view when where with",
  ),
  isAnyCase: true,
};
const KEYED: Family = {
  pattern: pattern(KEY, HASH, QUOTES, NUMBER, WORD),
  keywords: words("true false null yes no on off"),
};
const JSON_LIKE: Family = {
  pattern: pattern(/(?<name>"(?:\\.|[^"\\\n])*"(?=\s*:))/, SLASHES, QUOTES, NUMBER, WORD),
  keywords: words("true false null"),
};
const MARKUP: Family = {
  pattern: pattern(
    /(?<comment><!--(?:[^-]|-(?!->))*(?:-->)?)/,
    /(?<keyword><[/!?]?[A-Za-z][\w:.-]*|[/?]?>)/,
    /(?<string>"[^"<>]*"|'[^'<>]*')/,
  ),
  keywords: new Set(),
};
const STYLES: Family = {
  pattern: pattern(
    SLASHES,
    QUOTES,
    /(?<name>(?<![\w-])[\w-]+(?=\s*:))/,
    /(?<keyword>@[\w-]+)/,
    /(?<number>(?<![\w-])-?\d[\w.%]*|#[\da-fA-F]{3,8}\b)/,
  ),
  keywords: new Set(),
};
const DIFF: Family = {
  pattern: pattern(/(?<comment>^(?:diff |index |---|\+\+\+|@@)[^\n]*)/, /(?<added>^\+[^\n]*)/, /(?<removed>^-[^\n]*)/),
  keywords: new Set(),
};

const FAMILIES: readonly (readonly [Family, string])[] = [
  [
    C_LIKE,
    "typescript ts tsx mts javascript js jsx mjs cjs java c h cpp c++ cs csharp go rust rs kotlin kt swift php dart scala",
  ],
  [PYTHON, "python py ruby rb"],
  [SHELL, "bash sh shell zsh console dockerfile makefile"],
  [SQL, "sql sqlite postgres postgresql mysql"],
  [KEYED, "yaml yml toml ini env properties"],
  [JSON_LIKE, "json jsonc json5 jsonl"],
  [MARKUP, "html xml svg vue"],
  [STYLES, "css scss less"],
  [DIFF, "diff patch"],
];
const BY_NAME = new Map(FAMILIES.flatMap(([family, names]) => names.split(" ").map((name) => [name, family] as const)));

/**
 * Code in parts that are shown apart. Kept this small because every reader loads it: it knows comments, strings, numbers and
 * keywords, and no grammar. @param language as an agent names it; an unknown one gives one part
 */
export function codeParts(text: string, language: string): readonly CodePart[] {
  const family = BY_NAME.get(
    language
      .trim()
      .split(/[\s{,:]/, 1)[0]!
      .toLowerCase(),
  );
  if (family === undefined) return [{ kind: null, text }];
  const parts: { kind: Kind; text: string }[] = [];
  let end = 0;
  for (const match of text.matchAll(family.pattern)) {
    const kind = kindOf(match, family);
    if (kind === null || match[0] === "") continue;
    if (match.index > end) parts.push({ kind: null, text: text.slice(end, match.index) });
    parts.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ kind: null, text: text.slice(end) });
  return parts;
}

function kindOf({ 0: found, groups = {} }: RegExpExecArray, { keywords, isAnyCase = false }: Family): Kind {
  if (groups["word"] !== undefined) return keywords.has(isAnyCase ? found.toLowerCase() : found) ? "keyword" : null;
  return (Object.keys(groups).find((name) => groups[name] !== undefined) ?? null) as Kind;
}
