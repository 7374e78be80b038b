import type { AgentStore } from "#src/database/manager.ts";
import { insertAgentLog } from "./agent-logs.ts";
import { currentSql, SUMMARY_COLUMNS } from "./current-agents.ts";
import { createList, isAnyOf } from "./list.ts";
import { deleteRow, inSteps, insertRow, updateRow } from "./mutate.ts";
import { loadOf } from "./queue.ts";
import { oneRow, READ_AT, type Reader } from "./reader.ts";
import { AGENT_COLUMNS, orderMillis, type Stored, storedFields, storedJson, storedTime, toAgent } from "./rows.ts";
import type { Writer } from "./writer.ts";

const TABLE = "agents";
const GET = `select ${AGENT_COLUMNS}, ${READ_AT} from agents where id = $id`;
const FIND_BY_EXTERNAL_ID = `select ${AGENT_COLUMNS} from agents where external_id = $externalId`;

const CURRENT = currentSql(SUMMARY_COLUMNS);

/** What belongs to an agent, a few rows at a time: what a cascade would do at once. */
export const REMOVE_AGENT_PARTS = [
  "delete from prompts where rowid in (select rowid from prompts where agent_id = $id limit $few)",
  "delete from agent_logs where rowid in (select rowid from agent_logs where agent_id = $id limit $few)",
  "delete from orchestrator_chat where rowid in (select rowid from orchestrator_chat where agent_id = $id limit $few)",
  `delete from orchestrator_ingest_keys where (conversation_id, key) in (
    select k.conversation_id, k.key from orchestrator_conversations o cross join orchestrator_ingest_keys k on k.conversation_id = o.id
    where o.agent_id = $id limit $few)`,
  `delete from orchestrator_calls where (conversation_id, rank, call) in (
    select c.conversation_id, c.rank, c.call from orchestrator_conversations o cross join orchestrator_calls c on c.conversation_id = o.id
    where o.agent_id = $id limit $few)`,
  "update agents set parent_agent_id = null where rowid in (select rowid from agents where parent_agent_id = $id limit $few)",
];
const UNREFERENCED = `not exists (select 1 from prompts where agent_id = $id)
  and not exists (select 1 from agent_logs where agent_id = $id)
  and not exists (select 1 from agents where parent_agent_id = $id)`;

/** How the fields of an agent are stored. */
export const AGENT_FIELDS = {
  context: (value: unknown) => ({ context: storedJson(value) }),
  config: (value: unknown) => ({ config: storedJson(value) }),
  metadata: (value: unknown) => ({ metadata: storedJson(value) }),
  started_at: (value: string) => ({ started_at: storedTime(value), started_ms: orderMillis(value) }),
  updated_at: (value: string) => ({ updated_ms: orderMillis(value) }),
  completed_at: (value: string | null) => ({ completed_at: storedTime(value) }),
  // Activity ends silence, and only the store finds it.
  quiet_since: () => ({}),
  lost: () => ({}),
};

export function createAgentStore(reader: Reader, writer: Writer): AgentStore {
  return {
    list: createList(reader, {
      table: TABLE,
      columns: AGENT_COLUMNS,
      time: "started_ms",
      id: "id",
      conditions: {
        parent_agent_id: isAnyOf("parent_agent_id", "parent_agent_id", "agents_by_parent"),
        session_id: isAnyOf("session_id", "session_id", "agents_by_session"),
        orchestrator_agent_id: isAnyOf("orchestrator_agent_id", "orchestrator_agent_id", "agents_by_definition"),
        status: isAnyOf("status", "status", "agents_by_status"),
      },
      toRow: toAgent,
    }),
    get: (id) => reader.row(GET, { id }, toAgent),
    findByExternalId: (externalId) =>
      reader.read(() => oneRow(reader.prepare(FIND_BY_EXTERNAL_ID), { externalId }, toAgent)),
    insert: (row) =>
      writer.write(() => {
        insertRow(writer, TABLE, storedFields(row, AGENT_FIELDS));
        return row;
      }, loadOf(row)),
    update: (id, expected, change, log) =>
      writer.write(
        () => {
          updateRow(writer, TABLE, id, { status: expected.status }, storedFields(change.set, AGENT_FIELDS));
          if (log !== null) insertAgentLog(writer, log);
          return oneRow(writer.prepare(GET), { id }, toAgent)!;
        },
        loadOf(change.set, ...(log === null ? [] : [log])),
      ),
    removeDependents: (id) => writer.write(() => inSteps(writer, REMOVE_AGENT_PARTS, { id })),
    remove: (id) => writer.write(() => deleteRow(writer, TABLE, id, UNREFERENCED)),
    current: (endedSince, limit) =>
      reader.snapshot(() =>
        reader
          .prepare<Stored>(CURRENT)
          .all({ endedSince, limit: limit + 1 })
          .map(toAgent),
      ),
  };
}
