import type { CostRow } from "#src/domain/costs.ts";
import { dayAfter, type Days } from "./range.ts";

/** Sums of rows. `cost_usd` is null when nothing is known; with `unknown_prompts` it is the least. */
export type Totals = Pick<
  CostRow,
  "agents" | "prompts" | "tokens_input" | "tokens_output" | "cost_usd" | "unknown_prompts"
>;

export function sumOf(rows: readonly CostRow[]): Totals {
  const sum = { agents: 0, prompts: 0, tokens_input: 0, tokens_output: 0, unknown_prompts: 0 };
  let cost = 0;
  for (const row of rows) {
    sum.agents += row.agents;
    sum.prompts += row.prompts;
    sum.tokens_input += row.tokens_input;
    sum.tokens_output += row.tokens_output;
    sum.unknown_prompts += row.unknown_prompts;
    cost += row.cost_usd ?? 0;
  }
  // Sums of amounts have binary dust.
  const rounded = Math.round(cost * 1e9) / 1e9;
  return { ...sum, cost_usd: rounded === 0 && sum.unknown_prompts > 0 ? null : rounded };
}

/** A day of the chart; `row` is null where nothing was used. */
export type ChartDay = { readonly day: string; readonly row: CostRow | null };

/** More bars than this nobody can tell apart. */
const MOST_DAYS = 1_000;

/** Every day of a range, the oldest first, those without costs too; at most the newest thousand. */
export function everyDay(rows: readonly CostRow[], { first, last }: Days): ChartDay[] {
  const byDay = new Map(rows.flatMap((row) => (row.key === null ? [] : [[row.key, row] as const])));
  // Years that ISO writes with a sign are not compared as text, and are in no chart.
  const known = [...byDay.keys()].filter((day) => day.length === 10).toSorted();
  const from = first ?? known[0];
  const to = last ?? known.at(-1);
  if (from === undefined || to === undefined) return [];
  const days: ChartDay[] = [];
  for (let day = to; day >= from && days.length < MOST_DAYS; day = dayAfter(day, -1)) {
    days.push({ day, row: byDay.get(day) ?? null });
  }
  return days.toReversed();
}
