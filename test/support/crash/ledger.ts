import type { Json } from "#test/support/json.ts";

export const KINDS = ["definition", "agent", "prompt", "workflow"] as const;
export type Kind = (typeof KINDS)[number];

/** A row as the API answers it. A field that is `undefined` may be anything. */
export type Row = { readonly id: string; readonly [field: string]: Json };

/** Logs that were written by one command: all of them are there, or none. */
export type LogBatch = { readonly agentId: string; readonly marker: string; readonly ids: readonly number[] };

/** How the rows of one kind are found: by the field that holds the marker of the command that made them. */
export const MARKER_FIELD: Readonly<Record<Kind, string>> = {
  definition: "name",
  agent: "name",
  prompt: "prompt_name",
  workflow: "adw_name",
};

/** What must be in the store, as far as it was answered with 2xx or was found there after a crash. */
export type Ledger = ReturnType<typeof createLedger>;

export function createLedger() {
  const rows: Record<Kind, Map<string, Row>> = {
    definition: new Map(),
    agent: new Map(),
    prompt: new Map(),
    workflow: new Map(),
  };
  const gone: Record<Kind, Set<string>> = {
    definition: new Set(),
    agent: new Set(),
    prompt: new Set(),
    workflow: new Set(),
  };
  const batches = new Map<string, LogBatch>();
  const systemLogs = new Map<string, number>();
  /** How often the status of an agent was changed: so many `state_change` logs it has. */
  const transitions = new Map<string, number>();

  function keep(kind: Kind, row: Row): void {
    rows[kind].set(row.id, row);
  }

  function get(kind: Kind, id: string): Row {
    const row = rows[kind].get(id);
    if (row === undefined) throw new Error(`the test does not know ${kind} ${id}`);
    return row;
  }

  function remove(kind: Kind, id: string): void {
    rows[kind].delete(id);
    gone[kind].add(id);
  }

  return {
    rows,
    gone,
    batches,
    systemLogs,
    transitions,
    keep,
    get,
    keepLogs: (batch: LogBatch) => void batches.set(batch.marker, batch),
    /** An agent that is in the ledger costs so much more; when it was changed is then not known. */
    book(agentId: string, amount: number): void {
      const agent = rows.agent.get(agentId);
      if (agent === undefined || amount === 0) return;
      keep("agent", { ...agent, cost_usd: agent["cost_usd"] + amount, updated_at: undefined });
    },
    countTransition: (id: string) => void transitions.set(id, (transitions.get(id) ?? 0) + 1),
    /** An agent goes with its prompts and logs. */
    removeAgent(id: string): void {
      for (const prompt of rows.prompt.values()) if (prompt["agent_id"] === id) remove("prompt", prompt.id);
      for (const batch of batches.values()) if (batch.agentId === id) batches.delete(batch.marker);
      transitions.delete(id);
      remove("agent", id);
    },
    remove,
  };
}

/** The fields in which a row is not what is expected, with both values. */
export function differences(expected: object, actual: object | undefined): Record<string, unknown> {
  if (actual === undefined) return { row: "is missing" };
  const found = Object.entries(expected)
    .filter(([name, value]) => value !== undefined && !Bun.deepEquals(value, (actual as Row)[name], true))
    .map(([name, value]) => [name, { expected: value, actual: (actual as Row)[name] }]);
  return Object.fromEntries(found);
}

export function isLike(expected: object, actual: object): boolean {
  return Object.keys(differences(expected, actual)).length === 0;
}
