import type { Change, Entity } from "#src/domain/change.ts";
import type { Cursor } from "#src/domain/listing.ts";
import type { DatabaseManager } from "#src/database/manager.ts";

/** Rows by `<entity> <id>`, without their long fields: what a reader of the feed can know. */
export type KnownRows = Map<string, Readonly<Record<string, unknown>>>;

const LONG = new Set([
  "prompt_text",
  "response_text",
  "details",
  "context",
  "config",
  "metadata",
  "input_data",
  "output_data",
]);

type Lists = {
  list(
    filter: object,
    page: { limit: number; cursor?: Cursor },
  ): Promise<{ value: { rows: object[]; next: Cursor | null } }>;
};

/** Every row that the lists show. */
export async function listedRows(db: DatabaseManager): Promise<KnownRows> {
  const rows: KnownRows = new Map();
  const lists: Record<Exclude<Entity, "budget">, Lists> = {
    orchestrator_agent: db.orchestratorAgents,
    agent: db.agents,
    prompt: db.prompts,
    agent_log: db.agentLogs,
    system_log: db.systemLogs,
    workflow: db.workflows,
  };
  for (const [entity, store] of Object.entries(lists)) {
    for await (const row of allRows(store)) rows.set(`${entity} ${row["id"]}`, known(row));
  }
  return rows;
}

async function* allRows(store: Lists): AsyncGenerator<Record<string, unknown>> {
  let cursor: Cursor | null = null;
  do {
    const { value }: Awaited<ReturnType<Lists["list"]>> = await store.list(
      {},
      { limit: 1000, ...(cursor === null ? {} : { cursor }) },
    );
    yield* value.rows as Record<string, unknown>[];
    cursor = value.next;
  } while (cursor !== null);
}

function known(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([field]) => !LONG.has(field))
      .map(([field, value]) => [field, typeof value === "string" ? value.slice(0, 2000) : value]),
  );
}

/** The feed behind `after`, to its end. */
export async function changesAfter(db: DatabaseManager, after: number): Promise<Change[]> {
  const { headSeq } = await db.changes.state();
  const changes: Change[] = [];
  let cursor = after;
  while (cursor < headSeq) {
    const page = await db.changes.page(cursor, headSeq, 1000, {});
    changes.push(...page.changes);
    cursor = page.through;
  }
  return changes;
}

/** What a reader who knew `rows` knows after these changes. Of a log that is gone it hears nothing: see `withoutLostLogs`. */
export function fold(rows: KnownRows, changes: readonly Change[]): KnownRows {
  const result = new Map(rows);
  for (const { entity, id, op, data } of changes) {
    // It tells of a budget, which is no row.
    if (entity === "budget") continue;
    if (op === "deleted" || data === null) result.delete(`${entity} ${id}`);
    else result.set(`${entity} ${id}`, data);
  }
  return result;
}

/** Leaves out the logs that `table` no longer holds: removing a log makes no change. */
export function withoutLostLogs(rows: KnownRows, table: KnownRows): KnownRows {
  return new Map([...rows].filter(([key]) => table.has(key) || !key.includes("_log ")));
}

/** Sorted, so that two of them compare whatever order they came in. */
export function sorted(rows: KnownRows): [string, unknown][] {
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
