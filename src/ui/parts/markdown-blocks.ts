import {
  asContinuation,
  FENCE,
  HEADING,
  indentOf,
  isBeginning,
  isBlank,
  isEmptyItem,
  isFenceEnd,
  isUnderline,
  MARKER,
  openParagraph,
  QUOTE,
  RULE,
  withoutIndent,
  withoutTabs,
} from "./markdown-lines.ts";
import { isTable, readTable, type Table } from "./markdown-tables.ts";

/** A block of Markdown; `text` is read further by `readInlines`. */
export type Block =
  | { readonly type: "paragraph"; readonly text: string }
  | { readonly type: "heading"; readonly level: number; readonly text: string }
  | { readonly type: "code"; readonly text: string; readonly language: string }
  | { readonly type: "quote"; readonly blocks: readonly Block[] }
  | { readonly type: "list"; readonly start: number | null; readonly items: readonly Item[] }
  | Table
  | { readonly type: "rule" };

/** Of a list; `done` is null where it is no task, and one that `isTight` has no paragraphs. */
export type Item = { readonly blocks: readonly Block[]; readonly done: boolean | null };

/** Deeper ones are text. */
const DEEPEST = 20;
const TASK = /^\[([ xX])\][ \t]+/;

/** Reads Markdown as agents write it: CommonMark and GitHub's tables and tasks, without HTML and references. */
export function readBlocks(text: string): readonly Block[] {
  return blocksOf(text.split("\n").map(withoutTabs), 0);
}

/** What was read, and the line behind it. */
type Read = { readonly block: Block; readonly next: number };

function blocksOf(lines: readonly string[], depth: number): readonly Block[] {
  if (depth > DEEPEST) return [{ type: "paragraph", text: lines.join("\n") }];
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    if (isBlank(lines[at])) {
      at += 1;
      continue;
    }
    const { block, next } = readOne(lines, at, depth);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

function readOne(lines: readonly string[], at: number, depth: number): Read {
  const line = lines[at]!;
  const fence = FENCE.exec(line);
  if (fence !== null) return fenced(lines, at, fence);
  if (indentOf(line) >= 4) return indented(lines, at);
  const heading = HEADING.exec(line);
  if (heading !== null) {
    const text = line
      .slice(heading[0].length)
      .trim()
      .replace(/(?:^|[ \t])#+$/, "");
    return { block: { type: "heading", level: heading[1]!.length, text }, next: at + 1 };
  }
  if (RULE.test(line)) return { block: { type: "rule" }, next: at + 1 };
  if (QUOTE.test(line)) return quote(lines, at, depth);
  if (MARKER.test(line)) return list(lines, at, depth);
  return isTable(lines, at) ? readTable(lines, at) : paragraph(lines, at);
}

function fenced(lines: readonly string[], at: number, fence: RegExpExecArray): Read {
  const indent = indentOf(fence[0]);
  const marks = fence[1] ?? fence[3]!;
  let next = at + 1;
  while (next < lines.length && !isFenceEnd(lines[next]!, marks)) next += 1;
  const text = lines.slice(at + 1, next).map((line) => withoutIndent(line, indent));
  const language = (fence[2] ?? fence[4]!).trim();
  return { block: { type: "code", text: text.join("\n"), language }, next: next + 1 };
}

function indented(lines: readonly string[], at: number): Read {
  let next = at;
  while (next < lines.length && (isBlank(lines[next]) || indentOf(lines[next]!) >= 4)) next += 1;
  const text = lines.slice(at, next).map((line) => withoutIndent(line, 4));
  return { block: { type: "code", text: text.join("\n").trimEnd(), language: "" }, next };
}

function quote(lines: readonly string[], at: number, depth: number): Read {
  const leavesOpen = openParagraph();
  const inner: string[] = [];
  let isOpen = false;
  let next = at;
  for (; next < lines.length; next += 1) {
    const line = lines[next]!;
    if (QUOTE.test(line)) {
      inner.push(line.replace(QUOTE, ""));
      isOpen = leavesOpen(inner.at(-1)!);
    } else if (isOpen && !isBlank(line) && !isEnd(lines, next)) inner.push(asContinuation(line));
    else break;
  }
  return { block: { type: "quote", blocks: blocksOf(inner, depth + 1) }, next };
}

function list(lines: readonly string[], at: number, depth: number): Read {
  const [, , first] = MARKER.exec(lines[at]!)!;
  const items: Item[] = [];
  let next = at;
  while (next < lines.length) {
    const marker = MARKER.exec(lines[next]!);
    if (marker === null || !isSameList(marker[2]!, first!) || RULE.test(lines[next]!)) break;
    const end = itemEnd(lines, next, marker[1]!.length);
    items.push(item(lines.slice(next, end), marker, depth));
    next = end;
    let after = end;
    while (after < lines.length && isBlank(lines[after])) after += 1;
    if (after > end && after < lines.length && MARKER.test(lines[after]!)) next = after;
  }
  const start = /^\d/.test(first!) ? Number.parseInt(first!, 10) : null;
  return { block: { type: "list", start, items }, next };
}

function isSameList(marker: string, first: string): boolean {
  const isNumber = (text: string) => /^\d/.test(text);
  return isNumber(marker) ? isNumber(first) && marker.at(-1) === first.at(-1) : marker === first;
}

/** The line behind an item: what is further in than its marker belongs to it, and lines that go on with its text. */
function itemEnd(lines: readonly string[], at: number, indent: number): number {
  let isAfterBlank = false;
  let next = at + 1;
  for (; next < lines.length; next += 1) {
    const line = lines[next]!;
    if (isBlank(line)) {
      isAfterBlank = true;
      continue;
    }
    if (indentOf(line) < indent + 2 && (isAfterBlank || isEnd(lines, next))) break;
    isAfterBlank = false;
  }
  while (isBlank(lines[next - 1])) next -= 1;
  return next;
}

function item(lines: readonly string[], marker: RegExpExecArray, depth: number): Item {
  const blanks = marker[3]!.length;
  const width = marker[0].length - (blanks > 4 ? blanks - 1 : 0);
  const head = lines[0]!.slice(width);
  const rest = lines.slice(1).map((line) => {
    const isOutside = indentOf(line) < marker[1]!.length + 2;
    return withoutIndent(isOutside ? asContinuation(line) : line, width);
  });
  const task = TASK.exec(head);
  const blocks = blocksOf([task === null ? head : head.slice(task[0].length), ...rest], depth + 1);
  return { blocks, done: task === null ? null : task[1] !== " " };
}

function paragraph(lines: readonly string[], at: number): Read {
  let next = at + 1;
  while (next < lines.length && !isBlank(lines[next]) && !beginsBlock(lines, next) && !isUnderline(lines[next]))
    next += 1;
  const text = lines
    .slice(at, next)
    .map((line) => line.trimStart())
    .join("\n")
    .trimEnd();
  const underline = isUnderline(lines[next]) ? lines[next]!.trim()[0] : undefined;
  if (underline === undefined) return { block: { type: "paragraph", text }, next };
  return { block: { type: "heading", level: underline === "=" ? 1 : 2, text }, next: next + 1 };
}

/** Whether a line ends the paragraph before it. */
function beginsBlock(lines: readonly string[], at: number): boolean {
  return !isUnderline(lines[at]) && !isEmptyItem(lines[at]!) && isEnd(lines, at);
}

/** Whether it ends the item or quote before it: from outside of these it underlines nothing. */
function isEnd(lines: readonly string[], at: number): boolean {
  return isBeginning(lines[at]!) || isTable(lines, at);
}
