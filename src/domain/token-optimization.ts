import { z } from "zod";
import { quoteName, writeContext, type Clarification, type ContextMaterial, type LeftOut } from "./context-markdown.ts";
import { countCharacters, cutText, cutToTokens, markCut, type CountTokens } from "./cut-text.ts";

const limit = (max: number, usual: number) => z.int().min(0).max(max).default(usual);

/** How much may come into the context of a plan: lengths in characters (code points), summaries in tokens. */
export const TokenOptimization = z.strictObject({
  max_issue_body_length: limit(1_000_000, 2000),
  max_file_reference_size: limit(1_000_000, 5000),
  max_clarification_length: limit(1_000_000, 1000),
  max_docs_planning: limit(1000, 2),
  max_summary_tokens_planning: limit(1_000_000, 200),
  max_file_references: limit(1000, 3),
  max_screenshots: limit(1000, 3),
});
export type TokenOptimization = z.infer<typeof TokenOptimization>;

/** One thing that a limit made smaller. */
export type Cut = {
  /** `issue`, `file src/a.ts`, or a plural for items left out whole: `files`. Always one line. */
  readonly what: string;
  readonly unit: "characters" | "tokens" | "items";
  readonly from: number;
  readonly to: number;
  /** Less than 0 where the mark of the cut has more tokens than what it stands for. */
  readonly tokensSaved: number;
  /** The names of items left out whole, as they were given. */
  readonly leftOut: readonly string[];
};

/** A context within its limits. */
export type LimitedContext = {
  /** Markdown. */
  readonly context: string;
  readonly cuts: readonly Cut[];
  /** Tokens of the context as it would be with nothing cut. */
  readonly tokensBefore: number;
  readonly tokensAfter: number;
};

/** Writes the context of a plan within the limits. Every cut is marked in it, and reported. */
export function applyTokenLimits(
  material: ContextMaterial,
  limits: TokenOptimization,
  countTokens: CountTokens,
): LimitedContext {
  const count = remember(countTokens);
  const cuts: Cut[] = [];
  const shorten = (what: string, text: string, unit: "characters" | "tokens", max: number): string => {
    const result = unit === "tokens" ? cutToTokens(text, max, count) : cutText(text, max);
    if (result.cut === 0) return text;
    const measure = unit === "tokens" ? count : countCharacters;
    // A limit of 0 leaves no room for a mark; the context says it all the same.
    const shown = result.text === "" ? markCut(result.cut) : result.text;
    const [from, to] = [measure(text), measure(result.text)];
    cuts.push({ what, unit, from, to, tokensSaved: count(text) - count(shown), leftOut: [] });
    return shown;
  };
  const limited: ContextMaterial = {
    issue: shorten("issue", material.issue, "characters", limits.max_issue_body_length),
    clarifications: fitTogether(material.clarifications, limits.max_clarification_length).map(
      ({ name, text, room }, index) => {
        const what = `clarification ${quoteName(name ?? String(index + 1))}`;
        return { name, text: shorten(what, text, "characters", room) };
      },
    ),
    files: material.files.slice(0, limits.max_file_references).map(({ path, text }) => ({
      path,
      text: shorten(`file ${quoteName(path)}`, text, "characters", limits.max_file_reference_size),
    })),
    docs: material.docs.slice(0, limits.max_docs_planning).map(({ path, text }) => ({
      path,
      text: shorten(`document ${quoteName(path)}`, text, "tokens", limits.max_summary_tokens_planning),
    })),
    screenshots: material.screenshots.slice(0, limits.max_screenshots),
  };
  const leftOut = namesLeftOut(material, limited);
  cuts.push(...cutItems(material, limited, leftOut, count));
  const context = writeContext(limited, leftOut);
  const tokensAfter = count(context);
  return { context, cuts, tokensBefore: cuts.length === 0 ? tokensAfter : count(writeContext(material)), tokensAfter };
}

/** Those that fit together, in order. The last of them may be longer than its room, if some of it fits. */
function fitTogether(clarifications: readonly Clarification[], max: number): (Clarification & { room: number })[] {
  const fitting: (Clarification & { room: number })[] = [];
  let room = max;
  for (const clarification of clarifications) {
    const length = countCharacters(clarification.text);
    if (length > room && cutText(clarification.text, room).cut === length) break;
    fitting.push({ ...clarification, room });
    if (length > room) break;
    room -= length;
  }
  return fitting;
}

/** What is kept of every section is its beginning; these are the names of the rest. */
function namesLeftOut(material: ContextMaterial, limited: ContextMaterial): LeftOut {
  return {
    clarifications: material.clarifications
      .map(({ name }, index) => name ?? String(index + 1))
      .slice(limited.clarifications.length),
    files: material.files.slice(limited.files.length).map(({ path }) => path),
    docs: material.docs.slice(limited.docs.length).map(({ path }) => path),
    screenshots: material.screenshots.slice(limited.screenshots.length),
  };
}

const PLURALS = { clarifications: "clarifications", files: "files", docs: "documents", screenshots: "screenshots" };

const NOTHING: ContextMaterial = { issue: "", clarifications: [], files: [], docs: [], screenshots: [] };

function cutItems(material: ContextMaterial, limited: ContextMaterial, leftOut: LeftOut, count: CountTokens): Cut[] {
  const cuts: Cut[] = [];
  for (const section of ["clarifications", "files", "docs", "screenshots"] as const) {
    const [from, to] = [material[section].length, limited[section].length];
    if (from === to) continue;
    const kept = { ...NOTHING, [section]: limited[section] };
    const all = { ...NOTHING, [section]: [...limited[section], ...material[section].slice(to)] };
    cuts.push({
      what: PLURALS[section],
      unit: "items",
      from,
      to,
      tokensSaved: count(writeContext(all)) - count(writeContext(kept, { [section]: leftOut[section] })),
      leftOut: leftOut[section],
    });
  }
  return cuts;
}

/** Long texts are asked for more than once, and counting is slow. */
function remember(countTokens: CountTokens): CountTokens {
  const counts = new Map<string, number>();
  return (text) => {
    const known = counts.get(text) ?? countTokens(text);
    counts.set(text, known);
    return known;
  };
}
