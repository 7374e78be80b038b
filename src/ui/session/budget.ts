import type { Session } from "#src/domain/session.ts";

/** A budget in US dollars, and the part of it that is spent; 1 is all of it. */
export type SessionBudget = { readonly most: number; readonly share: number };

/** As the server sees it: a `max_cost_usd` above 0 in the session's `config`; anything else there is none. */
export function budgetOf({ config, cost_usd }: Pick<Session, "config" | "cost_usd">): SessionBudget | null {
  if (config === null || typeof config !== "object" || Array.isArray(config)) return null;
  const most = (config as Readonly<Record<string, unknown>>)["max_cost_usd"];
  if (typeof most !== "number" || !Number.isFinite(most) || most <= 0) return null;
  return { most, share: Math.round((cost_usd / most) * 1e9) / 1e9 };
}
