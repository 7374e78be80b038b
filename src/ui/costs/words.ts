import type { CostKey } from "#src/domain/costs.ts";
import { formatUsd, NUMBERS } from "#src/ui/parts/format.ts";
import { once } from "#src/ui/parts/once.ts";
import type { RangeName } from "./range.ts";

export const BY: Readonly<Record<CostKey, string>> = {
  day: "Day",
  model: "Model",
  definition: "Definition",
  session: "Session",
  agent: "Agent",
};

export const RANGE: Readonly<Record<RangeName, string>> = {
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
  month: "This month",
  all: "All",
  own: "Other",
};

/** What is to be known of a table that counts in its own way. */
export const NOTE: Readonly<Record<CostKey, string>> = {
  day: "What prompts cost on that UTC day, and what agents that started on it cost beyond their prompts.",
  model: "What prompts of these UTC days cost, by the model that answered.",
  definition: "All that agents cost that started on these UTC days, by their definition.",
  session: "Sessions with activity on these UTC days, with all that they cost: it may be more than the total above.",
  agent: "Agents that started on these UTC days, with all that each cost by itself.",
};

/** A row that has no key. */
export const NO_KEY: Readonly<Record<CostKey, string>> = {
  day: "No readable time",
  model: "No model",
  definition: "Definition that is gone",
  session: "No session",
  agent: "No agent",
};

const usd = (digits: number) =>
  once(
    () =>
      new Intl.NumberFormat(NUMBERS, {
        style: "currency",
        currency: "USD",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }),
  );
const cents = usd(2);
const smaller = usd(4);

/** Dollars of a column with so many digits that its amounts stand below each other; `most` is the largest. */
export function formatAmong(most: number): (amount: number) => string {
  if (most < 1) return (amount) => smaller().format(amount);
  return (amount) => (amount > 0 && amount < 0.005 ? "< $0.01" : cents().format(amount));
}

/** A cost with what is not known of it: the least, or nothing at all. */
export function sayCost(
  cost: number | null,
  unknownPrompts: number,
  format: (amount: number) => string = formatUsd,
): string {
  if (cost === null) return "unknown";
  return unknownPrompts > 0 ? `at least ${format(cost)}` : format(cost);
}
