import type { Cli } from "./cli.ts";
import { visible, visibleJson, visibleLines } from "#src/domain/visible.ts";

/** Lines that show a row whole: a name and its value each, long texts and JSON below their name. */
export function detailLines({ paint }: Cli, row: Readonly<Record<string, unknown>>): string[] {
  const width = Math.max(...Object.keys(row).map((name) => name.length)) + 2;
  return Object.entries(row).flatMap(([name, value]) => {
    const text = textOf(value);
    const title = paint.dim(name.padEnd(width));
    if (!text.includes("\n")) return [title + text];
    return [title.trimEnd(), ...text.split("\n").map((line) => `  ${line}`)];
  });
}

function textOf(value: unknown): string {
  if (value === null) return "-";
  if (typeof value === "string") return value.includes("\n") ? visibleLines(value) : visible(value);
  return visibleJson(value, typeof value === "object" ? 2 : undefined);
}
