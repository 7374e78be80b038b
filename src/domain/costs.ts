import { z } from "zod";
import { Budget } from "./budget.ts";
import { Limit } from "./listing.ts";
import { statsRequest, type StatsRequest } from "./stats.ts";
import { Instant } from "./timestamp.ts";
import { Count, CountTotal, EXAMPLE_ID, UsdTotal } from "./values.ts";
import { COST_KEYS } from "./vocabulary.ts";

/** Agents that one sub-tree, and rows that one table of costs, is made of at the most. */
export const MOST_AGENTS = 10_000;

const amounts = {
  prompts: Count,
  tokens_input: CountTotal.meta({ description: "With those read from the cache and written to it" }),
  tokens_output: CountTotal,
  tokens_cache_read: CountTotal,
  tokens_cache_write: CountTotal,
  cost_usd: UsdTotal,
};

/** What agents have used: tokens of the prompts that are still there, and their own costs. */
export const Cost = z.strictObject(amounts).meta({ id: "Cost" });
export type Cost = z.infer<typeof Cost>;

const ModelCost = z.strictObject({
  model: z
    .string()
    .nullable()
    .meta({ description: "Null: prompts without one, and what agents cost beyond the prompts that are still there" }),
  ...amounts,
});

/** Where the costs of prompts are from, in US dollars. */
const CostSources = z.strictObject({
  reported: UsdTotal.meta({ description: "By who made the calls" }),
  computed: UsdTotal.meta({ description: "From a list of prices" }),
  unknown_prompts: Count.meta({ description: "Prompts of models that the list does not know: they are missing here" }),
});

/** What an agent cost, with all below it. */
export const AgentCost = z
  .strictObject({
    agent_id: z.string().meta({ examples: [EXAMPLE_ID] }),
    own: Cost,
    subtree: Cost.meta({ description: "Itself and all below it" }),
    by_model: z.array(ModelCost).meta({ description: "Of the sub-tree, the costliest first" }),
    sources: CostSources.meta({ description: "Of the sub-tree" }),
    agents: Count.meta({ description: "Agents of the sub-tree, itself included" }),
    budget: Budget.nullable().meta({
      description: "The nearest: its own, that of an agent above it, of its session, of its definition",
    }),
    truncated: z
      .literal(true)
      .optional()
      .meta({ description: `Present when only ${MOST_AGENTS} agents of the sub-tree are counted` }),
  })
  .meta({ id: "AgentCost" });
export type AgentCost = z.infer<typeof AgentCost>;

export type CostKey = (typeof COST_KEYS)[number];

/** A row of a table of costs: a `StatsRow` without a day, with a name, and with what is not known. */
export const CostRow = z
  .strictObject({
    key: z
      .string()
      .nullable()
      .meta({
        description:
          "Id of the agent or definition, the session, the model or the UTC day; null is no model, no readable time, or a definition that is gone",
        examples: ["claude-sonnet-5"],
      }),
    name: z.string().nullable().meta({
      description:
        "Of the definition, or of the agent (of a session its first one); an agent without a name goes by that of its definition",
    }),
    agents: Count,
    prompts: Count,
    tokens_input: CountTotal,
    tokens_output: CountTotal,
    cost_usd: UsdTotal.nullable().meta({
      description:
        "US dollars; null when nothing is known but that prompts have no known price. Of an agent by itself; of a session and a definition the sum of their agents; by model and day what prompts cost, and under model null what agents cost beyond them",
    }),
    unknown_prompts: Count.meta({
      description:
        "Prompts that are still there and have no known price: with any, the cost is at least `cost_usd`. By definition those of agents that started then",
    }),
  })
  .meta({ id: "CostRow" });
export type CostRow = z.infer<typeof CostRow>;

/** A row with what is not known: nothing is no cost where prompts have none that is known. */
export function withUnknown<Row extends Omit<CostRow, "unknown_prompts">>(
  row: Row,
  unknown: number,
): Row & Pick<CostRow, "cost_usd" | "unknown_prompts"> {
  const cost_usd = unknown > 0 && row.cost_usd === 0 ? null : row.cost_usd;
  return { ...row, cost_usd, unknown_prompts: unknown };
}

export const CostsQuery = z.strictObject({
  by: z.enum(COST_KEYS).default("day").meta({ default: "day", description: "What the costs are told by" }),
  since: Instant.optional().meta({
    description:
      "Agents by their start, sessions by their last activity; else whole UTC days, the first that of this time",
  }),
  until: Instant.optional().meta({
    description: "Before this time; else whole UTC days, the last that of the moment before",
  }),
  limit: Limit,
});
export type CostsQuery = z.output<typeof CostsQuery>;

/** Which rows are looked at: UTC milliseconds, from (inclusive), to (exclusive). Without both also those of no readable time. */
export type CostWindow = Pick<CostsQuery, "since" | "until" | "limit">;

const STATS_KEY = { definition: "orchestrator_agent", model: "model", day: "day" } as const satisfies Partial<
  Record<CostKey, string>
>;

/** Which kept totals answer a query. */
export type KeptCosts = StatsRequest & { readonly key: (typeof STATS_KEY)[keyof typeof STATS_KEY] };

/** The kept totals that answer a query by definition, model or day. */
export function keptTotals({ by, since, until }: CostsQuery): KeptCosts | null {
  if (by === "agent" || by === "session") return null;
  const key = STATS_KEY[by];
  return { ...statsRequest({ since, until, by: { key, daily: false } }), key };
}
