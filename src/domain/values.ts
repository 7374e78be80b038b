import { z } from "zod";

const MAX_DEPTH = 100;
const MAX_USD = 1_000_000_000;

function isStorableText(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}

const UNSTORABLE = "text must not hold NUL or unpaired surrogates";

/** Text that can be stored and given back unchanged: no NUL, no unpaired surrogate. */
export function text(max?: number) {
  const base = max === undefined ? z.string() : z.string().max(max);
  return base.refine(isStorableText, UNSTORABLE);
}

/** Text that must not be empty. */
export function requiredText(max?: number) {
  const base = max === undefined ? z.string().min(1) : z.string().min(1).max(max);
  return base.refine(isStorableText, UNSTORABLE);
}

/** An id as the examples of the documentation show it. */
export const EXAMPLE_ID = "01997c1e-8f2a-7c3b-9d4e-5f6a7b8c9d0e";

/** An id in a request: any stored string. */
export const Id = requiredText(255).meta({
  description: "Any stored id; new ones are UUIDv7",
  examples: [EXAMPLE_ID],
});

/** What is wrong with a JSON value as something to store, or null when nothing is. Walks without recursion. */
function jsonFault(root: unknown): string | null {
  const pending: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (typeof value === "string" && !isStorableText(value)) return UNSTORABLE;
    if (typeof value === "number" && !Number.isFinite(value)) return "numbers must be finite";
    if (typeof value !== "object" || value === null) continue;
    if (depth === MAX_DEPTH) return `JSON must not be nested deeper than ${MAX_DEPTH} levels`;
    for (const [key, child] of Object.entries(value)) {
      if (!isStorableText(key)) return UNSTORABLE;
      pending.push({ value: child, depth: depth + 1 });
    }
  }
  return null;
}

/** Any JSON, stored and replaced whole. */
export const Json = z
  .unknown()
  .superRefine((value, context) => {
    const fault = jsonFault(value);
    if (fault !== null) context.addIssue({ code: "custom", message: fault });
  })
  .meta({ description: "Any JSON", examples: [{ issue: 42 }] });

/** A stored JSON field as it is shown: any JSON, or the text itself where another program stored plain text. */
export const StoredJson = z.unknown().meta({ description: "Any JSON; plain text of other programs comes as a string" });

/** An amount of money in US dollars, kept to 1e-9. */
export const Usd = z
  .number()
  .min(0)
  .max(MAX_USD)
  .meta({ description: "US dollars, kept to 1e-9", examples: [0.0125] });

/** An amount or a sum of amounts in US dollars, as it is shown: other programs store any. */
export const UsdTotal = z
  .number()
  .min(0)
  .meta({ description: "US dollars, kept to 1e-9", examples: [12.0125] });

/** Rounds US dollars to 1e-9, so that sums of amounts have no binary dust (nor a negative zero). */
export function roundUsd(amount: number): number {
  return Math.round(amount * 1e9) / 1e9 + 0;
}

/** A count of tokens, milliseconds or steps. */
export const Count = z
  .int()
  .min(0)
  .meta({ examples: [1200] });

/** A sum of counts: it may be larger than the largest number that holds every unit. */
export const CountTotal = z
  .number()
  .min(0)
  .meta({ type: "integer", examples: [1200] });
