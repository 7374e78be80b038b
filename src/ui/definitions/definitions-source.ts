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
    merge: withTail,
  };
  if (filter.q === undefined) return { ...list, reduce: (value, changes) => reduceDefinitions(value, changes, filter) };
  // Only the server can tell what a search finds.
  return { ...list, outdates: ({ type }) => type.startsWith("orchestrator_agent.") };
}

function splitSeq({ seq, ...value }: DefinitionList & { readonly seq: number }) {
  return { seq, value };
}

/** Rows anew; those behind them, which a "Show more" has put there meanwhile, stay. */
export function withTail(known: DefinitionList, read: DefinitionList): DefinitionList {
  const last = read.rows.at(-1);
  if (last === undefined || read.cursor === null) return read;
  const ids = new Set(read.rows.map(({ id }) => id));
  const tail = known.rows.filter((row) => !ids.has(row.id) && isBefore(last, row));
  return tail.length === 0 ? read : { rows: [...read.rows, ...tail], cursor: known.cursor };
}

export function reduceDefinitions(
  list: DefinitionList,
  changes: readonly Change[],
  filter: DefinitionFilter,
): DefinitionList {
  const last = new Map<string, DefinitionRow | null>();
  for (const change of changes) {
    switch (change.type) {
      case "orchestrator_agent.created":
      case "orchestrator_agent.updated":
        last.set(change.data.id, passes(change.data, filter) ? change.data : null);
        break;
      case "orchestrator_agent.deleted":
        last.set(String(change.id), null);
        break;
      default:
    }
  }
  return last.size === 0 ? list : withRows(list, last);
}

/** Puts in what became of some rows, null being gone, in one pass. */
function withRows(list: DefinitionList, last: Map<string, DefinitionRow | null>): DefinitionList {
  const { cursor } = list;
  let isSame = true;
  const rows = list.rows.flatMap((known) => {
    const row = last.get(known.id);
    if (row === undefined) return [known];
    isSame = false;
    last.delete(known.id);
    return row === null ? [] : [row];
  });
  const old = rows.length;
  for (const row of last.values()) {
    if (row === null) continue;
    const at = rows.findIndex((known) => isBefore(row, known));
    // What belongs behind the last row that was read comes with its page.
    if (at === -1 && cursor !== null) continue;
    rows.splice(at === -1 ? rows.length : at, 0, row);
  }
  return isSame && rows.length === old ? list : { cursor, rows };
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
