import type { AgentCost, CostRow, CostWindow, KeptCosts } from "#src/domain/costs.ts";
import type { Read } from "./manager.ts";

/** What agents have cost, US dollars exact to 1e-9. Nothing is added up over more than 10,000 agents or sessions. */
export interface CostStore {
  /** An agent and all below it; null for an unknown one. */
  ofAgent(id: string): Promise<Read<AgentCost | null>>;
  /** The costliest of the newest 10,000 agents of a window, which goes by their start. */
  byAgent(window: CostWindow): Promise<Read<CostRow[]>>;
  /** The costliest of the 10,000 sessions of a window that were active last, which it goes by. */
  bySession(window: CostWindow): Promise<Read<CostRow[]>>;
  /** How many prompts of unknown cost there are, by the keys of kept totals; nothing for a key that has none. */
  unknownPrompts(request: KeptCosts): Promise<ReadonlyMap<string | null, number>>;
  /** Names of these definitions, as far as they are there. */
  definitionNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Watches budgets, whoever writes costs or budgets. Several processes may do so on one store: each is told of once. */
export interface BudgetStore {
  /**
   * Looks for a few milliseconds at budgets that are new, and at those of agents that have changed, and writes what there
   * is to tell: a log and a change in one transaction. `done` when all has been looked at. Without budgets it costs one
   * query. `now`: UTC milliseconds.
   */
  step(now: number): Promise<{ readonly done: boolean }>;
}
