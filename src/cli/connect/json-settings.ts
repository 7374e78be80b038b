import { Unmergeable } from "./agent.ts";
import { jsonText, type JsonText } from "./json-edit.ts";
import { JsonFault, parseJson } from "./json-tree.ts";

/** The settings in a text, an empty object where there is none. Throws `Unmergeable`. */
export function openSettings(text: string | null, allowsComments = false): JsonText {
  if (text === null || text.trim() === "") return jsonText("{}\n");
  try {
    const root = parseJson(text, allowsComments);
    if (root.members === undefined) throw new Unmergeable("it holds no JSON object");
    return { text, root };
  } catch (error) {
    if (error instanceof JsonFault) throw new Unmergeable(`it is no JSON (${error.message})`);
    throw error;
  }
}

/**
 * The text of settings that ours were taken out of; null when they are empty. Where they say what a copy of before says,
 * that copy itself: it may have written empty things in its own way.
 */
export function leftOver({ text, root }: JsonText, copies: readonly string[]): string | null {
  const rest = pruned(root.value);
  const before = copies.find((copy) => {
    try {
      return Bun.deepEquals(pruned(parseJson(copy, true).value), rest, true);
    } catch {
      return copy.trim() === "" && rest === undefined;
    }
  });
  if (before !== undefined) return before;
  return root.members!.length === 0 && /^\s*\{\s*\}\s*$/.test(text) ? null : text;
}

/** A value without what is empty; undefined when nothing is left. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(pruned).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, pruned(member)] as const);
  const kept = members.filter(([, member]) => member !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
