import type { AgentLog, NewAgentLog } from "#src/domain/agent-log.ts";
import { type AgentLogStore, DecisionOutdated, type TextIndexStore } from "#src/database/manager.ts";
import { isAnyOf } from "./list.ts";
import { loadOf } from "./queue.ts";
import type { Bindings, Reader } from "./reader.ts";
import { AGENT_LOG_COLUMNS, orderMillis, storedJson, storedTime, toAgentLog } from "./rows.ts";
import { createSearchedList } from "./search.ts";
import { TEXT_SOURCES } from "./text-sources.ts";
import type { Writer } from "./writer.ts";

const FIELDS = ["agent_id", "log_level", "log_type", "message", "details", "created_at", "created_ms"] as const;
const COLUMNS = `${FIELDS.join(", ")}, session_id`;

/** Rows of one statement, the most first: what SQLite keeps in case it must undo a statement costs more than its rows. */
const TOGETHER = [50, 10, 1].map((count) => ({ count, sql: insertSql(count) }));

/** Inserts so many logs, each with the session of its agent; those without an agent are left out. */
function insertSql(count: number): string {
  const row = (index: number) => `(${FIELDS.map((field) => `$${field}_${index}`).join(", ")})`;
  const rows = Array.from({ length: count }, (_, index) => row(index)).join(", ");
  return `with given (${FIELDS.join(", ")}) as (values ${rows})
    insert into agent_logs (${COLUMNS})
    select ${FIELDS.map((field) => `g.${field}`).join(", ")}, a.session_id from given g cross join agents a on a.id = g.agent_id`;
}

const UNKNOWN = "select value as id from json_each($ids) where value not in (select id from agents where id = value)";

/** Inserts a log with the session of its agent; outdated when that agent is gone. */
export function insertAgentLog(writer: Writer, log: NewAgentLog): AgentLog {
  return insertAgentLogs(writer, [log])[0]!;
}

/** The same of several, in order. */
export function insertAgentLogs(writer: Writer, logs: readonly NewAgentLog[]): AgentLog[] {
  const rows: AgentLog[] = [];
  for (const { count, sql } of TOGETHER) {
    while (logs.length - rows.length >= count) {
      rows.push(...insertTogether(writer, sql, logs.slice(rows.length, rows.length + count)));
    }
  }
  return rows;
}

function insertTogether(writer: Writer, sql: string, logs: readonly NewAgentLog[]): AgentLog[] {
  const bindings: Bindings = {};
  for (const [index, log] of logs.entries()) {
    bindings[`agent_id_${index}`] = log.agent_id;
    bindings[`log_level_${index}`] = log.log_level;
    bindings[`log_type_${index}`] = log.log_type;
    bindings[`message_${index}`] = log.message;
    bindings[`details_${index}`] = storedJson(log.details);
    bindings[`created_at_${index}`] = storedTime(log.created_at);
    bindings[`created_ms_${index}`] = orderMillis(log.created_at);
  }
  const { changes, lastInsertRowid } = writer.prepare(sql).run(bindings);
  if (changes < logs.length) throw new DecisionOutdated("the agent of a log is gone");
  // AUTOINCREMENT counts on from row to row, and nobody else writes meanwhile.
  const first = Number(lastInsertRowid) - logs.length + 1;
  return logs.map((log, index) => ({ id: first + index, ...log }));
}

export function createAgentLogStore(reader: Reader, writer: Writer, texts: TextIndexStore): AgentLogStore {
  return {
    list: createSearchedList(reader, texts, TEXT_SOURCES.agentLogs, {
      table: "agent_logs",
      columns: AGENT_LOG_COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {
        agent_id: isAnyOf("agent_id", "agent_id", "agent_logs_by_agent"),
        session_id: isAnyOf("session_id", "session_id", "agent_logs_by_session"),
        level: isAnyOf("log_level", "level", "agent_logs_by_level"),
        log_type: isAnyOf("log_type", "log_type", "agent_logs_by_type"),
      },
      toRow: toAgentLog,
    }),
    append: (rows) => writer.write(() => insertAgentLogs(writer, rows), loadOf(...rows)),
    unknownAgents: (ids) =>
      reader.read(() =>
        reader
          .prepare<{ id: string }>(UNKNOWN)
          .all({ ids: JSON.stringify([...new Set(ids)]) })
          .map((row) => row.id),
      ),
  };
}
