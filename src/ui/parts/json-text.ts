/** Levels that are indented: each line begins with as many blanks, which of thousands would be gigabytes. */
const INDENTED = 50;

/**
 * JSON to be read by people. Other programs may have nested it deeper than `JSON.stringify` can go: it never throws, and
 * indents nothing then.
 */
export function jsonText(value: unknown): string {
  return isDeeper(value, INDENTED) ? flatJson(value) : JSON.stringify(value, null, 2);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}

/** What is still to be written: a value, or text that stands between values. */
type Left = { readonly value: unknown } | { readonly text: string };

/** The same as `JSON.stringify(value)`, of values that come from JSON, without a call for each level. */
export function flatJson(value: unknown): string {
  let written = "";
  const left: Left[] = [{ value }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if ("text" in next) written += next.text;
    else if (typeof next.value !== "object" || next.value === null) written += JSON.stringify(next.value);
    else for (const part of partsOf(next.value)) left.push(part);
  }
  return written;
}

/** In reverse, as they are taken from the end. */
function partsOf(value: object): Left[] {
  const isArray = Array.isArray(value);
  const parts = Object.entries(value).flatMap(([name, part], index): Left[] => [
    { text: (index === 0 ? "" : ",") + (isArray ? "" : `${JSON.stringify(name)}:`) },
    { value: part },
  ]);
  return [{ text: isArray ? "[" : "{" }, ...parts, { text: isArray ? "]" : "}" }].toReversed();
}
