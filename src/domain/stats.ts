import { z } from "zod";
import { Instant } from "./timestamp.ts";
import { Count, CountTotal, UsdTotal } from "./values.ts";

/** What totals can be taken by. */
export const STATS_KEYS = ["day", "model", "agent_type", "orchestrator_agent"] as const;
export type StatsKey = (typeof STATS_KEYS)[number];

/** Rows that one answer holds at the most: of the oldest days, and the cheapest, none. */
export const MOST_STATS_ROWS = 10_000;

/** Shorter names of keys. */
const SHORT: Readonly<Record<string, StatsKey>> = { type: "agent_type", agent: "orchestrator_agent" };

/** Which totals: by what, of which UTC days (both inclusive), and whether for each day by itself. */
export type StatsRequest = {
  readonly key: StatsKey;
  readonly daily: boolean;
  readonly firstDay: number;
  readonly lastDay: number;
};

/** A total. Source: what the store keeps beside its rows, with what retention has removed. */
export const StatsRow = z
  .strictObject({
    key: z
      .string()
      .nullable()
      .meta({
        description:
          "The day, the model, the type or the id of the definition; null is no model, no readable time, or a definition that is gone",
        examples: ["claude-sonnet-4-5"],
      }),
    day: z
      .string()
      .nullable()
      .optional()
      .meta({ description: "UTC day, when totals are taken by day", examples: ["2026-02-05"] }),
    agents: Count.meta({
      description: "Runtime agents that started then; by model, those with a prompt of it (a day at a time)",
    }),
    prompts: Count,
    tokens_input: CountTotal,
    tokens_output: CountTotal,
    cost_usd: UsdTotal.meta({
      description:
        "US dollars. By type and definition, what the agents cost that started then; by day and model, what the prompts cost, and under model null what agents cost beyond their prompts",
    }),
  })
  .meta({ id: "StatsRow", description: "A total over agents and prompts" });
export type StatsRow = z.infer<typeof StatsRow>;

const DAY_MS = 86_400_000;

/** The UTC day that a time lies in, counted from 1970. */
export function dayOf(millis: number): number {
  return Math.floor(millis / DAY_MS);
}

/** A counted day as `2026-02-05`; null for one that no calendar has. */
export function dayText(day: number): string | null {
  const date = new Date(day * DAY_MS);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().slice(0, -"T00:00:00.000Z".length);
}

const By = z
  .string()
  .default("day")
  .transform((text, context): Pick<StatsRequest, "key" | "daily"> => {
    const names = text.split(",");
    const [named = "day", ...more] = names.filter((name) => name !== "day");
    const key = SHORT[named] ?? named;
    if (more.length === 0 && (STATS_KEYS as readonly string[]).includes(key)) {
      return { key: key as StatsKey, daily: names.includes("day") };
    }
    context.addIssue({
      code: "custom",
      message: `expected one of ${STATS_KEYS.join(", ")}, or one of them and day (model,day)`,
    });
    return z.NEVER;
  })
  .meta({
    type: "string",
    default: "day",
    description: `One of ${STATS_KEYS.join(", ")}; with \`,day\` behind it, a row for each day. \`type\` and \`agent\` are short for the last two`,
    examples: ["model"],
  });

export const StatsQuery = z.strictObject({
  since: Instant.optional().meta({ description: "Whole UTC days: the first is that of this time" }),
  until: Instant.optional().meta({ description: "Whole UTC days: the last is that of the moment before this time" }),
  by: By,
});

/** The days of a query: a window takes every day that it touches. Without one, rows of no readable time count too. */
export function statsRequest({ since, until, by }: z.output<typeof StatsQuery>): StatsRequest {
  const unreadable = since === undefined && until === undefined;
  if (since !== undefined && until !== undefined && since >= until) return { ...by, firstDay: 0, lastDay: -1 };
  return {
    ...by,
    firstDay: since === undefined ? (unreadable ? -Number.MAX_SAFE_INTEGER : dayOf(-8.64e15)) : dayOf(since),
    lastDay: until === undefined ? Number.MAX_SAFE_INTEGER : dayOf(until - 1),
  };
}
