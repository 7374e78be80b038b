import type { BudgetScope } from "#src/domain/budget.ts";
import { roundUsd } from "#src/domain/values.ts";
import type { Reader } from "./reader.ts";
import { readSubtree } from "./subtree.ts";

/** Levels above an agent that are looked at. */
const MOST_LEVELS = 1000;

/** An agent and those above it, from below. A cycle ends where it began: UNION keeps each once. */
const ABOVE = `above (id) as (select $agentId union
  select a.parent_agent_id from above b cross join agents a on a.id = b.id where a.parent_agent_id is not null limit ${MOST_LEVELS})`;
const BUDGETS = `with recursive ${ABOVE}
  select g.scope, g.id, g.max_cost_usd from above b cross join orchestrator_budgets g on g.scope = 'agent' and g.id = b.id
  union all select g.scope, g.id, g.max_cost_usd from agents a
    cross join orchestrator_budgets g on g.scope = 'session' and g.id = cast(a.session_id as text) where a.id = $agentId
  union all select g.scope, g.id, g.max_cost_usd from agents a
    cross join orchestrator_budgets g on g.scope = 'definition' and g.id = cast(a.orchestrator_agent_id as text) where a.id = $agentId`;

/** Whole dollars and the rest apart: a sum of integers that overflows is an error. */
const SUM = "ifnull(sum(nano / 1000000000), 0) as usd, ifnull(sum(nano % 1000000000), 0) as rest";
const KEPT: Readonly<Record<Exclude<BudgetScope, "agent">, string>> = {
  definition: `select ${SUM} from (
    select nano from orchestrator_definition_days where definition_id = $id
    union all select nano from orchestrator_purged_definition_days where definition_id = $id)`,
  session: `select ${SUM} from (
    select nano from orchestrator_sessions where session_id = $id
    union all select nano from orchestrator_purged_sessions where session_id = $id)`,
};

/** A budget as it is set. */
export type SetBudget = { readonly scope: BudgetScope; readonly id: string; readonly max_cost_usd: number };

/** The budgets that an agent's cost counts for, the nearest first: its own, those above it, its session's, its definition's. */
export function budgetsOf(reader: Reader, agentId: string): SetBudget[] {
  return reader.prepare<SetBudget>(BUDGETS).all({ agentId });
}

/** What has been spent of a budget, in US dollars, with what retention has removed of sessions and definitions. */
export async function spentOf(reader: Reader, { scope, id }: Pick<SetBudget, "scope" | "id">): Promise<number> {
  if (scope === "agent") return usdOf((await readSubtree(reader, id)).value.agents, ({ nano }) => nano);
  const { usd, rest } = await reader.read(() =>
    reader.prepare<{ usd: number; rest: number }>(KEPT[scope]).get({ id })!,
  );
  return roundUsd(usd + rest / 1e9);
}

/** A sum of 1e-9 US dollars, in US dollars. */
export function usdOf<Row>(rows: readonly Row[], nanoOf: (row: Row) => number): number {
  return roundUsd(rows.reduce((sum, row) => sum + nanoOf(row), 0) / 1e9);
}
