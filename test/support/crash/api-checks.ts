import type { Database } from "bun:sqlite";
import { type Client, createClient, listAll } from "#src/client/client.ts";
import type { Json } from "#test/support/json.ts";
import type { Random } from "#test/support/random.ts";
import { until } from "#test/support/until.ts";
import type { Command, Lookup } from "./commands.ts";
import { pathOf } from "./commands.ts";
import { request, type Shared } from "./http-writers.ts";
import { differences, type Kind, KINDS, type Ledger, MARKER_FIELD, type Row } from "./ledger.ts";

const TABLES: Readonly<Record<Kind, string>> = {
  definition: "orchestrator_agents",
  agent: "agents",
  prompt: "prompts",
  workflow: "ai_developer_workflows",
};

/** Looks for what was not answered: markers in the file, rows by the API. */
export function createLookup(url: string, db: Database): Lookup {
  async function get(kind: Kind, id: string): Promise<Row | null> {
    const response = await fetch(url + pathOf(kind, id));
    if (response.status === 404) return null;
    if (response.status !== 200) throw new Error(`GET ${kind} ${id} answered ${response.status}`);
    return (await response.json()) as Row;
  }
  return {
    get,
    async find(kind, marker) {
      const sql = `select id from ${TABLES[kind]} where ${MARKER_FIELD[kind]} = ?`;
      const [first, second] = db.query<{ id: string }, [string]>(sql).all(marker);
      if (second !== undefined) throw new Error(`${kind} ${marker} is there twice`);
      return first === undefined ? null : get(kind, first.id);
    },
    agentLogs: (marker) =>
      db
        .query<{ id: number; agent_id: string }, [string]>(
          "select id, agent_id from agent_logs where message like ? || ' line %' order by id",
        )
        .all(marker),
    systemLogs: (marker) =>
      db.query<{ id: number }, [string]>("select id from system_logs where message = ? || ' happened'").all(marker),
    repeat: async (command: Command) => (await fetch(url + command.path, request(command))).status,
  };
}

/** Everything that was answered is as it was answered, what was deleted is gone, and nothing else is there. */
export async function rowFaults(url: string, ledger: Ledger, shared: Shared): Promise<string[]> {
  const client = createClient({ url });
  const stored = await listEverything(client);
  const found: string[] = [];
  for (const kind of KINDS) {
    const known = new Map(stored[kind].map((row) => [row.id, row]));
    for (const [id, expected] of ledger.rows[kind]) {
      const wrong = differences(expected, known.get(id));
      if (Object.keys(wrong).length > 0) found.push(`${kind} ${id}: ${JSON.stringify(wrong)}`);
    }
    for (const id of ledger.gone[kind]) if (known.has(id)) found.push(`${kind} ${id} was deleted and is there`);
    for (const row of known.values()) {
      if (!ledger.rows[kind].has(row.id) && !isOfOthers(row, shared)) {
        found.push(`${kind} ${row.id} is there that was not stored: ${JSON.stringify(row)}`);
      }
    }
  }
  return found;
}

/** Rows of the processes that write the file directly are looked at elsewhere. */
function isOfOthers(row: Row, { definition, agents }: Shared): boolean {
  return row["session_id"] === "direct" || /^f\d+g/.test(row.id) || row.id === definition || agents.includes(row.id);
}

async function listEverything(client: Client): Promise<Record<Kind, Row[]>> {
  const [definition, agent, prompt, workflow] = await Promise.all([
    listAll(client.listOrchestratorAgents, {}),
    listAll(client.listRuntimeAgents, {}),
    listAll(client.listPrompts, {}),
    listAll(client.listWorkflows, {}),
  ]);
  const rows: Json = { definition, agent, prompt, workflow };
  return Object.fromEntries(KINDS.map((kind) => [kind, rows[kind].rows])) as Record<Kind, Row[]>;
}

const SEARCHED = 3;
const PATIENCE_MS = 30_000;

/** The text index catches up with the feed: words of answered logs are found, and of the newest of all. */
export async function searchWords(
  url: string,
  db: Database,
  ledger: Ledger,
  head: number,
  random: Random,
): Promise<void> {
  await until(
    "the text index to catch up",
    () => {
      const sql = "select cast(value as integer) as seq from orchestrator_meta where key = 'text_seq'";
      return (db.query<{ seq: number }, []>(sql).get()?.seq ?? -1) >= head;
    },
    PATIENCE_MS,
  );
  const client = createClient({ url });
  const batches = [...ledger.batches.values()];
  const logs = [...ledger.systemLogs];
  for (const { marker, ids } of [
    batches.at(-1),
    ...Array.from({ length: SEARCHED }, () => pickOne(batches, random)),
  ].flatMap((batch) => batch ?? [])) {
    const { rows } = await listAll(client.listAgentLogs, { q: marker });
    const found = new Set(rows.map(({ id }) => id));
    if (!ids.every((id) => found.has(id))) throw new Error(`a search for ${marker} finds ${found.size} logs`);
  }
  for (const [marker, id] of [logs.at(-1), pickOne(logs, random)].flatMap((log) => (log ? [log] : []))) {
    const { rows } = await listAll(client.listSystemLogs, { q: marker });
    if (!rows.some((row) => row.id === id)) throw new Error(`a search for ${marker} does not find system log ${id}`);
  }
}

function pickOne<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items.length === 0 ? undefined : random.pick(items);
}
