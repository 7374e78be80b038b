import type { Json } from "#test/support/json.ts";
import { isLike, type Kind, type Ledger, type Row } from "./ledger.ts";

/** Looks into the store after a crash. */
export type Lookup = {
  /** The row that carries a marker; throws when there are two. */
  find(kind: Kind, marker: string): Promise<Row | null>;
  get(kind: Kind, id: string): Promise<Row | null>;
  agentLogs(marker: string): readonly { readonly id: number; readonly agent_id: string }[];
  systemLogs(marker: string): readonly { readonly id: number }[];
  /** Sends a command again; gives the status of its answer. */
  repeat(command: Command): Promise<number>;
};

/** What became of a command that was sent and not answered. */
export type Fate = "stored" | "absent";

/** A command of the API, what its answer tells the ledger, and how to find out about it when there was none. */
export type Command = {
  readonly method: "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** A refusal that other writers may bring about. */
  readonly mayConflict?: boolean;
  /** A 2xx came, with this. */
  answered(body: Json): void;
  /** It was sent and a crash came. Throws when it is there by half; brings the ledger up to date otherwise. */
  settle(lookup: Lookup): Promise<Fate>;
};

const PATHS: Readonly<Record<Kind, string>> = {
  definition: "/api/agents",
  agent: "/api/runtime/agents",
  prompt: "/api/runtime/prompts",
  workflow: "/api/runtime/workflows",
};

export const pathOf = (kind: Kind, id?: string) => (id === undefined ? PATHS[kind] : `${PATHS[kind]}/${id}`);

/** @param fields what is sent; the marker is among them */
export function creation(
  ledger: Ledger,
  kind: Kind,
  marker: string,
  fields: Readonly<Record<string, Json>>,
  onKept: (row: Row) => void = () => {},
): Command {
  function keep(row: Row): void {
    ledger.keep(kind, row);
    if (kind === "prompt") ledger.book(row["agent_id"], row["cost_usd"] ?? 0);
    onKept(row);
  }
  return {
    method: "POST",
    path: pathOf(kind),
    body: fields,
    answered: keep,
    async settle(lookup) {
      const row = await lookup.find(kind, marker);
      if (row === null) return "absent";
      if (!isLike(fields, row)) throw new Error(`${kind} ${marker} is there by half: ${JSON.stringify(row)}`);
      keep(row);
      return "stored";
    },
  };
}

/** Fields that a change moves along with those that it names. */
const MOVED = { updated_at: undefined, completed_at: undefined, started_at: undefined, duration_seconds: undefined };

/** A change of a row that nobody else changes. */
export function update(
  ledger: Ledger,
  kind: Exclude<Kind, "definition">,
  id: string,
  set: Readonly<Record<string, Json>>,
): Command {
  const before = ledger.get(kind, id);
  function keep(row: Row): void {
    if (kind === "agent" && row["status"] !== before["status"]) ledger.countTransition(id);
    if (kind === "prompt") ledger.book(row["agent_id"], (row["cost_usd"] ?? 0) - (before["cost_usd"] ?? 0));
    ledger.keep(kind, row);
  }
  return {
    method: "PATCH",
    path: pathOf(kind, id),
    body: set,
    answered: keep,
    async settle(lookup) {
      const row = await lookup.get(kind, id);
      if (row === null) throw new Error(`${kind} ${id} is missing: a change of it was cut off`);
      if (isLike(before, row)) return "absent";
      if (!isLike({ ...before, ...MOVED, ...set }, row)) {
        throw new Error(`a change of ${kind} ${id} is there by half: ${JSON.stringify({ before, set, row })}`);
      }
      keep(row);
      return "stored";
    },
  };
}

/** A change of the status of an agent that all writers change. */
export function sharedUpdate(id: string, set: Readonly<Record<string, Json>>): Command {
  return {
    method: "PATCH",
    path: pathOf("agent", id),
    body: set,
    mayConflict: true,
    answered: () => {},
    // Who was last is not known; that its log was written with it is seen in the chain of all of them.
    settle: () => Promise.resolve("absent"),
  };
}

export function logBatch(ledger: Ledger, agentId: string, marker: string, size: number): Command {
  const body = Array.from({ length: size }, (_, line) => ({
    agent_id: agentId,
    log_type: "tool_call",
    message: `${marker} line ${line}`,
    details: { line },
  }));
  return {
    method: "POST",
    path: "/api/runtime/logs",
    body,
    answered: (logs: Json) => ledger.keepLogs({ agentId, marker, ids: logs.map(({ id }: { id: number }) => id) }),
    async settle(lookup) {
      const logs = lookup.agentLogs(marker);
      if (logs.length === 0) return "absent";
      if (logs.length !== size) throw new Error(`${logs.length} of the ${size} logs ${marker} are there`);
      ledger.keepLogs({ agentId, marker, ids: logs.map(({ id }) => id) });
      return "stored";
    },
  };
}

export function systemLog(ledger: Ledger, marker: string): Command {
  return {
    method: "POST",
    path: "/api/system/logs",
    body: { component: "crash", message: `${marker} happened` },
    answered: ({ id }: Json) => void ledger.systemLogs.set(marker, id),
    async settle(lookup) {
      const [log, another] = lookup.systemLogs(marker);
      if (another !== undefined) throw new Error(`the system log ${marker} is there twice`);
      if (log === undefined) return "absent";
      ledger.systemLogs.set(marker, log.id);
      return "stored";
    },
  };
}

/** A delete that goes bottom-up in batches: cut off, it is sent again and must finish. */
function deletion(kind: Kind, path: string, id: string, onGone: () => void): Command {
  const command: Command = {
    method: "DELETE",
    path,
    answered: onGone,
    async settle(lookup) {
      const wasThere = (await lookup.get(kind, id)) !== null;
      const status = await lookup.repeat(command);
      if (status !== (wasThere ? 204 : 404)) throw new Error(`DELETE ${path}, repeated, answered ${status}`);
      onGone();
      return wasThere ? "absent" : "stored";
    },
  };
  return command;
}

export function agentDeletion(ledger: Ledger, id: string): Command {
  return deletion("agent", pathOf("agent", id), id, () => ledger.removeAgent(id));
}

/** With all its agents, which have ended. */
export function cascade(ledger: Ledger, id: string): Command {
  return deletion("definition", `${pathOf("definition", id)}?cascade=true`, id, () => {
    for (const agent of ledger.rows.agent.values()) {
      if (agent["orchestrator_agent_id"] === id) ledger.removeAgent(agent.id);
    }
    for (const workflow of ledger.rows.workflow.values()) {
      if (workflow["orchestrator_agent_id"] === id) ledger.remove("workflow", workflow.id);
    }
    ledger.remove("definition", id);
  });
}
