import { endOfComments, type JsonNode, parseJson, skipGap } from "./json-tree.ts";

/** Names of members and places in arrays, from the root on. */
export type JsonPath = readonly (string | number)[];

/** A JSON document that is changed as text: what is not touched keeps every blank, comment and place. */
export type JsonText = {
  readonly text: string;
  readonly root: JsonNode;
};

export function jsonText(text: string): JsonText {
  return { text, root: parseJson(text, true) };
}

/** What stands at a path; undefined when there is nothing. */
export function nodeAt(root: JsonNode, path: JsonPath): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const step of path) {
    // Of two members of one name the last counts, for every reader.
    node = typeof step === "number" ? node?.items?.[step] : node?.members?.findLast(({ key }) => key === step)?.node;
  }
  return node;
}

/** Puts a value at the end of the object or array at `path`; `key` is its name in an object. */
export function append(document: JsonText, path: JsonPath, key: string | null, value: unknown): JsonText {
  const { text, root } = document;
  const container = nodeAt(root, path)!;
  const { unit, eol } = styleOf(text);
  const outer = indentOfLine(text, container.start);
  const write = (indent: string): string => {
    const json = JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);
    return key === null ? json : `${JSON.stringify(key)}: ${json}`;
  };
  const last = childrenOf(container).at(-1);
  if (last === undefined) {
    const kept = text.slice(container.start + 1, container.end - 1).trimEnd();
    const inner = `${kept}${eol}${outer}${unit}${write(outer + unit)}${eol}${outer}`;
    return jsonText(splice(text, container.start + 1, container.end - 1, inner));
  }
  const indent = ownIndent(text, last.start) ?? outer + unit;
  // A comment behind the last one stays with it.
  const after = endOfComments(text, last.end);
  const comment = text.slice(last.end, after);
  return jsonText(splice(text, last.end, after, `,${comment}${eol}${indent}${write(indent)}`));
}

/** Takes out what stands at a path, with its comma and the blanks before it. */
export function removeAt(document: JsonText, path: JsonPath): JsonText {
  const { text, root } = document;
  const container = nodeAt(root, path.slice(0, -1))!;
  const children = childrenOf(container);
  const step = path.at(-1)!;
  const index = typeof step === "number" ? step : container.members!.findLastIndex(({ key }) => key === step);
  const child = children[index]!;
  const before = index === 0 ? container.start : skipGap(text, children[index - 1]!.end);
  const isLast = index === children.length - 1;
  // With the last one goes the comma before it, else the one behind.
  const behind = isLast ? child.end : skipGap(text, child.end) + 1;
  const between = isLast ? "" : text.slice(child.end, behind - 1);
  const head = text.slice(0, isLast && index > 0 ? before : before + 1);
  const comments = commentsBefore(text.slice(before + 1, child.start), text.slice(behind));
  const tail = between + text.slice(behind);
  if (children.length > 1 || comments !== "") return jsonText(head + comments + tail);
  const inner = text.slice(child.end, container.end - 1);
  return jsonText(head + (inner.trim() === "" ? "" : inner) + text.slice(container.end - 1));
}

/** Comments that stood before what goes, without the blanks behind them: but for the end of a line that they need. */
function commentsBefore(gap: string, rest: string): string {
  const kept = gap.trimEnd();
  return kept === "" || /^[ \t]*\r?\n/.test(rest) ? kept : gap;
}

function childrenOf({ members, items }: JsonNode): readonly { readonly start: number; readonly end: number }[] {
  return members ?? items ?? [];
}

function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

/** How a document is written: its indentation and line ends. */
function styleOf(text: string): { readonly unit: string; readonly eol: string } {
  const [, unit] = /\n([ \t]+)["[{]/.exec(text) ?? [];
  return { unit: unit ?? "  ", eol: text.includes("\r\n") ? "\r\n" : "\n" };
}

function indentOfLine(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^[ \t]*/.exec(line)![0];
}

/** The blanks before what begins its line; null when something else stands before it. */
function ownIndent(text: string, at: number): string | null {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return text.lastIndexOf("\n", at - 1) >= 0 && line.trim() === "" ? line : null;
}
