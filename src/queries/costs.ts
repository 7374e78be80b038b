import type { DatabaseManager, Read } from "#src/database/manager.ts";
import { type AgentCost, type CostRow, type CostsQuery, keptTotals, withUnknown } from "#src/domain/costs.ts";
import { found } from "./found.ts";

export function getAgentCost(db: DatabaseManager, id: string): Promise<Read<AgentCost>> {
  return found("runtime agent", id, db.costs.ofAgent(id));
}

export async function listCosts(db: DatabaseManager, query: CostsQuery): Promise<Read<CostRow[]>> {
  const request = keptTotals(query);
  if (request === null) return query.by === "agent" ? db.costs.byAgent(query) : db.costs.bySession(query);
  const { value, seq } = await db.stats.totals(request);
  const rows = value.slice(0, query.limit);
  const ids = query.by === "definition" ? rows.flatMap(({ key }) => key ?? []) : [];
  const names = ids.length === 0 ? new Map<string, string>() : await db.costs.definitionNames(ids);
  const unknown = await db.costs.unknownPrompts(request);
  const named = rows.map((row) => ({ name: names.get(row.key ?? "") ?? null, ...row }));
  return { seq, value: named.map((row) => withUnknown(row, unknown.get(row.key) ?? 0)) };
}
