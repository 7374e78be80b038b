import { withoutEntities } from "./entities.ts";
import { readTarget } from "./markdown-target.ts";

/** A part of a line of Markdown; text is a string. */
export type Inline =
  | string
  | { readonly type: "strong" | "em" | "del"; readonly inlines: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "link"; readonly href: string; readonly inlines: readonly Inline[]; readonly raw: string }
  | { readonly type: "image"; readonly href: string; readonly alt: string; readonly raw: string }
  | { readonly type: "br" };

/** What may still be the beginning of something: its place among the parts, and in the text. */
type Open = {
  readonly mark: string;
  left: number;
  readonly place: number;
  readonly at: number;
  /** Of a row: how long it was, and whether it might as well have ended something. */
  readonly length?: number;
  readonly isBoth?: boolean;
};

/** More that is open at once is text: so much is looked through at each end. */
const MOST_OPEN = 40;
/** A longer row of `*` is an ornament. */
const LONGEST_RUN = 6;

const SPECIAL = /[\\`*_~[\]!<\n]|\bhttps?:\/\//gi;
const ESCAPED = /\\([!-/:-@[-`{-~])/y;
const BREAK = /\\?\n[ \t]*/y;
const IN_ANGLES = /<((?:https?:|mailto:)[^\s<>]*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>/iy;
const CELL_BREAK = /<br *\/?>/iy;
const BARE = /https?:\/\/[^\s<>"'`|\\]+/iy;
const WORD = /[\p{L}\p{N}_]/u;
const BLANK = /^\s?$/u;
const MARK = /[\p{P}\p{S}]/u;

/**
 * Reads the inside of a paragraph. It goes through the text once, whatever it holds, and makes text of what it does not know:
 * HTML, references, footnotes. @param isCell of a table, which has no other line ends than `<br>`
 */
export function readInlines(text: string, isCell = false): readonly Inline[] {
  const runs = backtickRuns(text);
  const parts: Inline[] = [];
  const open: Open[] = [];
  let at = 0;

  function matched(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(text);
  }
  function say(part: Inline, length: number): void {
    parts.push(part);
    at += length;
  }

  /** A row of `*`, `_` or `~`: ends what it can end, and else may begin something. */
  function emphasis(mark: string): void {
    let end = at;
    while (text[end] === mark) end += 1;
    const length = end - at;
    const { opens, closes } = flanks(text, at, end, mark);
    if (length > LONGEST_RUN || (mark === "~" && length !== 2)) return say(text.slice(at, end), length);
    const left = closes ? close(mark, length, opens) : length;
    if (left > 0) {
      const place = parts.length;
      if (opens && open.length < MOST_OPEN) open.push({ mark, left, place, at, length, isBoth: closes });
      parts.push(mark.repeat(left));
    }
    at = end;
  }

  function close(mark: string, length: number, isBoth: boolean): number {
    let left = length;
    while (left > 0) {
      // What is in brackets ends in brackets.
      const found = open.findLastIndex(
        (one) => one.mark.endsWith("[") || (one.mark === mark && isPair(one, length, isBoth)),
      );
      const opener = open[found];
      if (opener === undefined || opener.mark.endsWith("[")) break;
      const used = opener.left >= 2 && left >= 2 ? 2 : 1;
      const inlines = parts.splice(opener.place + 1);
      opener.left -= used;
      parts[opener.place] = mark.repeat(opener.left);
      parts.push({ type: mark === "~" ? "del" : used === 2 ? "strong" : "em", inlines });
      open.length = opener.left === 0 ? found : found + 1;
      left -= used;
    }
    return left;
  }

  /** The end of brackets, and where they lead to. */
  function target(): void {
    const found = open.findLastIndex(({ mark }) => mark === "[" || mark === "![");
    at += 1;
    const opener = open[found];
    const read = opener === undefined ? null : readTarget(text, at);
    if (opener === undefined || read === null) {
      if (opener !== undefined) open.length = found;
      parts.push("]");
      return;
    }
    const { href } = read;
    const inlines = parts.splice(opener.place + 1);
    const alt = text.slice(opener.at + opener.mark.length, at - 1);
    at = read.end;
    const raw = text.slice(opener.at, at);
    parts[opener.place] =
      opener.mark === "[" ? { type: "link", href, inlines, raw } : { type: "image", href, alt, raw };
    open.length = found;
    // There is no link in a link.
    if (opener.mark === "[") for (const one of open) if (one.mark === "[") one.left = 0;
    while (open.at(-1)?.left === 0) open.pop();
  }

  function bracket(mark: string): void {
    if (open.length < MOST_OPEN) open.push({ mark, left: 1, place: parts.length, at });
    say(mark, mark.length);
  }

  function address(): void {
    const lineBreak = isCell ? matched(CELL_BREAK) : null;
    if (lineBreak !== null) return say({ type: "br" }, lineBreak[0].length);
    const inAngles = text[at] === "<" ? matched(IN_ANGLES) : null;
    if (inAngles !== null) {
      const shown = inAngles[1]!;
      const href = /^(?:https?|mailto):/i.test(shown) ? shown : `mailto:${shown}`;
      return say({ type: "link", href, inlines: [shown], raw: inAngles[0] }, inAngles[0].length);
    }
    const bare = text[at] === "<" ? null : matched(BARE);
    if (bare === null) return say(text[at]!, 1);
    const shown = withoutEnd(bare[0]);
    if (open.some(({ mark }) => mark === "[")) return say(shown, shown.length);
    say({ type: "link", href: shown, inlines: [shown], raw: shown }, shown.length);
  }

  function code(): void {
    let length = 1;
    while (text[at + length] === "`") length += 1;
    const end = runs.next(at, length);
    if (end === null) return say("`".repeat(length), length);
    const inner = text.slice(at + length, end).replaceAll("\n", " ");
    const isPadded = inner.startsWith(" ") && inner.endsWith(" ") && inner.trim() !== "";
    say({ type: "code", text: isPadded ? inner.slice(1, -1) : inner }, end + length - at);
  }

  function escape(): void {
    const match = matched(ESCAPED);
    if (match !== null) return say(match[1]!, 2);
    if (text[at + 1] === "\n") return lineEnd();
    say("\\", 1);
  }

  function lineEnd(): void {
    const match = matched(BREAK)!;
    const last = parts.at(-1);
    const isHard = match[0].startsWith("\\") || (typeof last === "string" && last.endsWith("  "));
    if (typeof last === "string") parts[parts.length - 1] = last.trimEnd();
    say(isHard ? { type: "br" } : "\n", match[0].length);
  }

  const read: Readonly<Record<string, () => void>> = {
    "\\": escape,
    "`": code,
    "*": () => emphasis("*"),
    _: () => emphasis("_"),
    "~": () => emphasis("~"),
    "[": () => bracket("["),
    "!": () => (text[at + 1] === "[" ? bracket("![") : say("!", 1)),
    "]": target,
    "\n": lineEnd,
  };

  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    if (next > at) say(withoutEntities(text.slice(at, next)), next - at);
    if (at < text.length) (read[text[at]!] ?? address)();
  }
  return parts.filter((part) => part !== "");
}

/** CommonMark's rule of three, by which `**a*b*c**` is one thing in another. */
function isPair({ length: opener = 0, isBoth: opens = false }: Open, length: number, isBoth: boolean): boolean {
  if (!opens && !isBoth) return true;
  return (opener + length) % 3 !== 0 || (opener % 3 === 0 && length % 3 === 0);
}

/** Whether a row of marks can begin and end something, by what stands around it; `_` in a word does neither. */
function flanks(text: string, from: number, to: number, mark: string) {
  const [before, after] = [text[from - 1] ?? "", text[to] ?? ""];
  const left = !BLANK.test(after) && (!MARK.test(after) || BLANK.test(before) || MARK.test(before));
  const right = !BLANK.test(before) && (!MARK.test(before) || BLANK.test(after) || MARK.test(after));
  if (mark !== "_") return { opens: left, closes: right };
  return { opens: left && !WORD.test(before), closes: right && !WORD.test(after) };
}

/** Where rows of backticks stand, so that the end of each is found without searching for it again and again. */
function backtickRuns(text: string) {
  const places = new Map<number, number[]>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const known = places.get(run.length);
    if (known === undefined) places.set(run.length, [index]);
    else known.push(index);
  }
  const passed = new Map<number, number>();
  return {
    /** The next row of that length behind a place; asked for in order. */
    next(at: number, length: number): number | null {
      const all = places.get(length) ?? [];
      let index = passed.get(length) ?? 0;
      while (index < all.length && all[index]! <= at) index += 1;
      passed.set(length, index);
      return all[index] ?? null;
    },
  };
}

/** An address in a sentence ends before the marks that end the sentence; brackets in it are its own. */
function withoutEnd(address: string): string {
  let more = address.replaceAll(/[^)]/g, "").length - address.replaceAll(/[^(]/g, "").length;
  let end = address.length;
  for (; end > 8 && /[.,;:!?*_~\])]/.test(address[end - 1]!); end -= 1) {
    if (address[end - 1] !== ")") continue;
    if (more <= 0) break;
    more -= 1;
  }
  return address.slice(0, end);
}
