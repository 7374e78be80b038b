import { type Pairs, valueOf, withoutPair, withPair } from "./line-reader.ts";
import { isRecord, oneLine, shown } from "./values.ts";

/** Calls of tools that have begun and not ended, by their ids: the line of an end tells neither tool nor input. */
export type OpenTools = Pairs<OpenTool>;
export type OpenTool = { readonly tool: string; readonly input: unknown };

const MOST_OPEN = 50;
/** Characters of an input, as JSON. Its whole is in the log of the beginning. */
const MOST_INPUT = 4_000;
const PIECE = 300;

export function withTool(tools: OpenTools, id: string, tool: string, input: unknown): OpenTools {
  return withPair(tools, id, { tool, input: brief(input) }, MOST_OPEN);
}

export function openTool(tools: OpenTools, id: string | null): OpenTool {
  return valueOf(tools, id) ?? { tool: "a tool without a name", input: undefined };
}

export const withoutTool = (tools: OpenTools, id: string | null): OpenTools => withoutPair(tools, id);

/** The input, or of a long one its short fields and the beginnings of others. */
function brief(input: unknown): unknown {
  const whole = shown(input);
  if (JSON.stringify(whole).length <= MOST_INPUT) return whole;
  if (!isRecord(whole)) return oneLine(whole, PIECE);
  const pieces = Object.entries(whole).map(([name, value]) => [
    name,
    typeof value === "object" ? null : typeof value === "string" ? value.slice(0, PIECE).toWellFormed() : value,
  ]);
  return Object.fromEntries(pieces.slice(0, 10));
}
