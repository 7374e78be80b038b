import { z } from "zod";
import type { NewAgentLog } from "./agent-log.ts";
import { EXAMPLE_ID, UsdTotal } from "./values.ts";

/** What a budget is set for: an agent with all below it, all agents of a definition, all agents of a session. */
const BUDGET_SCOPES = ["agent", "definition", "session"] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** What is told of a budget, each once for an amount: near its end, and at it. */
const BUDGET_LEVELS = ["warning", "exceeded"] as const;
export type BudgetLevel = (typeof BUDGET_LEVELS)[number];

/** The share of a budget from which on it is near its end. */
const WARNING_SHARE = 0.8;

/** Why a `max_cost_usd` that is no positive number is no error: `config` is any JSON. */
export const CONFIG_HELP =
  "Any JSON. `max_cost_usd` in it, a number above 0, is a budget in US dollars; anything else there is none";

/** A budget and what it has been spent on; nothing stops at it. */
export const Budget = z
  .strictObject({
    scope: z.enum(BUDGET_SCOPES).meta({
      description: "Whose costs count: an agent's with all below it, all of a definition, all of a session",
    }),
    id: z.string().meta({
      description: "Of the agent or definition, or the `session_id`",
      examples: [EXAMPLE_ID],
    }),
    max_cost_usd: UsdTotal.meta({ examples: [10] }),
    cost_usd: UsdTotal.meta({ examples: [8.5] }),
    share: z
      .number()
      .min(0)
      .meta({ description: "`cost_usd` of `max_cost_usd`; 1 is all of it", examples: [0.85] }),
  })
  .meta({ id: "Budget", description: "A `max_cost_usd` of a `config`, and how much of it is spent" });
export type Budget = z.infer<typeof Budget>;

/** A budget with its share, free of binary dust: 0.08 of 0.1 is 0.8. */
export function budgetOf(budget: Omit<Budget, "share">): Budget {
  return { ...budget, share: Math.round((budget.cost_usd / budget.max_cost_usd) * 1e9) / 1e9 };
}

/** What is to be told of it; null while there is enough left. */
export function budgetLevel({ share }: Budget): BudgetLevel | null {
  if (share >= 1) return "exceeded";
  return share >= WARNING_SHARE ? "warning" : null;
}

/** The log of the agent that brought a budget there. `name`: of whom it is set for, where there is one. `now` is RFC 3339. */
export function budgetLog(
  budget: Budget,
  level: BudgetLevel,
  { agentId, name, now }: { readonly agentId: string; readonly name: string | null; readonly now: string },
): NewAgentLog {
  const { scope, id, max_cost_usd: most, cost_usd: cost, share } = budget;
  const whose = scope === "agent" && id === agentId ? "of this agent" : `of ${scope} ${name ?? id}`;
  const percent = Math.floor(share * 100);
  return {
    agent_id: agentId,
    log_level: level === "exceeded" ? "ERROR" : "WARNING",
    log_type: level === "exceeded" ? "error" : "cost_update",
    message: `Budget ${whose} ${level === "exceeded" ? "exceeded" : "nearly spent"}: ${percent} %, ${cost} of ${most} US dollars`,
    details: { scope, id, max_cost_usd: most, cost_usd: cost, share },
    created_at: now,
  };
}
