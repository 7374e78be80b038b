import { ApiError, type Change, listAll } from "#src/client/client.ts";
import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { atHead } from "#src/ui/store/at-head.ts";
import type { Source } from "#src/ui/store/source.ts";

/** What the list shows of the definitions; what is undefined is not narrowed. */
export type DefinitionFilter = {
  readonly q?: string | undefined;
  readonly agent_type?: string | undefined;
  readonly is_active?: boolean | undefined;
};

/** A definition as the feed tells of it. */
export type DefinitionRow = Omit<OrchestratorAgent, "config" | "metadata">;

export type DefinitionList = {
  /** The newest first. */
  readonly rows: readonly DefinitionRow[];
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null;
};

export const PAGE = 100;

export function definitionsSource(filter: DefinitionFilter): Source<DefinitionList> {
  const key = `definitions ${JSON.stringify([filter.q, filter.agent_type, filter.is_active])}`;
  const list: Source<DefinitionList> = {
    key,
    async load(client, options, known) {
      const most = Math.max(PAGE, known?.rows.length ?? 0);
      return splitSeq(await listAll(client.listOrchestratorAgents, { ...filter }, most, options));
    },
  };
  if (filter.q === undefined) return { ...list, reduce: (value, changes) => reduceDefinitions(value, changes, filter) };
  // Only the server can tell what a search finds.
  return { ...list, outdates: ({ type }) => type.startsWith("orchestrator_agent.") };
}

function splitSeq({ seq, ...value }: DefinitionList & { readonly seq: number }) {
  return { seq, value };
}

export function reduceDefinitions(
  list: DefinitionList,
  changes: readonly Change[],
  filter: DefinitionFilter,
): DefinitionList {
  return changes.reduce((now, change) => reduceOne(now, change, filter), list);
}

function reduceOne(list: DefinitionList, change: Change, filter: DefinitionFilter): DefinitionList {
  switch (change.type) {
    case "orchestrator_agent.created":
    case "orchestrator_agent.updated":
      return withRow(list, change.data, filter);
    case "orchestrator_agent.deleted":
      return without(list, String(change.id));
    default:
      return list;
  }
}

function withRow(list: DefinitionList, row: DefinitionRow, filter: DefinitionFilter): DefinitionList {
  if (!passes(row, filter)) return without(list, row.id);
  const { rows, cursor } = list;
  if (rows.some(({ id }) => id === row.id)) {
    return { cursor, rows: rows.map((known) => (known.id === row.id ? row : known)) };
  }
  const at = rows.findIndex((known) => isBefore(row, known));
  // What belongs behind the last row that was read comes with its page.
  if (at === -1) return cursor === null ? { cursor, rows: [...rows, row] } : list;
  return { cursor, rows: rows.toSpliced(at, 0, row) };
}

function without(list: DefinitionList, id: string): DefinitionList {
  const rows = list.rows.filter((row) => row.id !== id);
  return rows.length === list.rows.length ? list : { ...list, rows };
}

function passes(row: DefinitionRow, { agent_type, is_active }: DefinitionFilter): boolean {
  // A comma means "any of".
  if (agent_type !== undefined && !agent_type.split(",").includes(row.agent_type)) return false;
  return is_active === undefined || row.is_active === is_active;
}

/** In the order of the list: the newest first, those of no readable time last. */
function isBefore(one: DefinitionRow, other: DefinitionRow): boolean {
  const [a, b] = [one.created_at ?? "", other.created_at ?? ""];
  return a === b ? one.id > other.id : a > b;
}

/** One definition, whole; null when there is none of that id. */
export function definitionSource(id: string): Source<OrchestratorAgent | null> {
  return {
    key: `definition ${id}`,
    load: (client, options) =>
      atHead(client, options, async () => {
        try {
          return await client.getOrchestratorAgent(id, options);
        } catch (error) {
          if (error instanceof ApiError && error.status === 404) return null;
          throw error;
        }
      }),
    reduce: (value, changes) =>
      changes.some((change) => change.type === "orchestrator_agent.deleted" && change.id === id) ? null : value,
    // The feed leaves out the long fields.
    outdates: ({ type, id: of }) => of === id && /^orchestrator_agent\.(created|updated)$/.test(type),
  };
}

/** What agents of a definition took, over all time. */
export type Usage = { readonly agents: number; readonly cost_usd: number };

/** By definition; those that never ran are missing. */
export const USAGE: Source<ReadonlyMap<string, Usage>> = {
  key: "usage of definitions",
  load: (client, options) =>
    atHead(client, options, async () => {
      const rows = await client.getStats({ by: "orchestrator_agent" }, options);
      return new Map(rows.flatMap(({ key, agents, cost_usd }) => (key === null ? [] : [[key, { agents, cost_usd }]])));
    }),
  outdates: ({ type }) => type.startsWith("agent."),
};
