import type { CostKey, CostRow } from "#src/domain/costs.ts";
import { csvOf } from "#src/ui/parts/csv.ts";
import { type Days, sayDays } from "./range.ts";

const KEY_COLUMNS: Readonly<Record<CostKey, readonly string[]>> = {
  day: ["day"],
  model: ["model"],
  definition: ["definition_id", "name"],
  session: ["session_id", "name"],
  agent: ["agent_id", "name"],
};
const COLUMNS = ["agents", "prompts", "tokens_input", "tokens_output", "cost_usd", "unknown_prompts"] as const;

/** Costs as they are read from the API: a cost that nobody knows is an empty cell. */
export function costsCsv(by: CostKey, rows: readonly CostRow[]): string {
  const keys = KEY_COLUMNS[by];
  return csvOf(
    [...keys, ...COLUMNS],
    rows.map((row) => [...[row.key, row.name].slice(0, keys.length), ...COLUMNS.map((column) => row[column])]),
  );
}

export function costsFileName(by: CostKey, days: Days): string {
  return `costs-by-${by}-${sayDays(days, "-to-")}.csv`;
}
