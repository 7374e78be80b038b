import { indentOf } from "./markdown-lines.ts";

/** On which side of its column a cell stands; null is the beginning. */
type Side = "center" | "end" | null;

/** A table as it was written: a row may have fewer cells than the head, never more. */
export type Table = {
  readonly type: "table";
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly sides: readonly Side[];
};

/** A table with more columns is text: short rows of it would be thousands of cells. */
const MOST_COLUMNS = 100;
const DELIMITER = /^:?-+:?$/;

/** Whether the line at a place and the one below are the head of a table. */
export function isTable(lines: readonly string[], at: number): boolean {
  const below = lines[at + 1];
  if (below === undefined || !lines[at]!.includes("|") || !below.includes("-") || indentOf(below) >= 4) return false;
  const delimiters = cells(below);
  if (delimiters.length > MOST_COLUMNS || !delimiters.every((cell) => DELIMITER.test(cell))) return false;
  return cells(lines[at]!).length === delimiters.length;
}

/** Reads the table at a place, and tells the line behind it. */
export function readTable(lines: readonly string[], at: number): { readonly block: Table; readonly next: number } {
  const head = cells(lines[at]!);
  const sides = cells(lines[at + 1]!).map(sideOf);
  let next = at + 2;
  const rows: string[][] = [];
  for (; next < lines.length && lines[next]!.includes("|"); next += 1)
    rows.push(cells(lines[next]!).slice(0, head.length));
  return { block: { type: "table", head, rows, sides }, next };
}

function sideOf(delimiter: string): Side {
  if (!delimiter.endsWith(":")) return null;
  return delimiter.startsWith(":") ? "center" : "end";
}

function cells(line: string): string[] {
  const row = line.trim().replace(/^\|/, "");
  const inner = row.endsWith("|") && !row.endsWith("\\|") ? row.slice(0, -1) : row;
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}
