import type { AgentLog, NewAgentLog } from "#src/domain/agent-log.ts";
import { type AgentLogStore, DecisionOutdated } from "#src/database/manager.ts";
import { createList, holdsText, isAnyOf } from "./list.ts";
import type { Reader } from "./reader.ts";
import { AGENT_LOG_COLUMNS, orderMillis, storedJson, storedTime, toAgentLog } from "./rows.ts";
import type { Writer } from "./writer.ts";

const INSERT = `
  insert into agent_logs (agent_id, log_level, log_type, message, details, created_at, created_ms, session_id)
    select $agent_id, $log_level, $log_type, $message, $details, $created_at, $created_ms, session_id
    from agents where id = $agent_id`;
const UNKNOWN = "select value as id from json_each($ids) where value not in (select id from agents where id = value)";

/** Inserts a log with the session of its agent; outdated when that agent is gone. */
export function insertAgentLog(writer: Writer, log: NewAgentLog): AgentLog {
  const { changes, lastInsertRowid } = writer.prepare(INSERT).run({
    agent_id: log.agent_id,
    log_level: log.log_level,
    log_type: log.log_type,
    message: log.message,
    details: storedJson(log.details),
    created_at: storedTime(log.created_at),
    created_ms: orderMillis(log.created_at),
  });
  if (changes === 0) throw new DecisionOutdated(`agent ${log.agent_id} is gone`);
  return { id: Number(lastInsertRowid), ...log };
}

export function createAgentLogStore(reader: Reader, writer: Writer): AgentLogStore {
  return {
    list: createList(reader, {
      table: "agent_logs",
      columns: AGENT_LOG_COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {
        agent_id: isAnyOf("agent_id", "agent_id", true),
        session_id: isAnyOf("session_id", "session_id", true),
        level: isAnyOf("log_level", "level"),
        log_type: isAnyOf("log_type", "log_type"),
        q: holdsText(["message", "details"], "q"),
      },
      toRow: toAgentLog,
    }),
    append: (rows) => writer.write(() => rows.map((row) => insertAgentLog(writer, row))),
    unknownAgents: (ids) =>
      reader.read(() =>
        reader
          .prepare<{ id: string }>(UNKNOWN)
          .all({ ids: JSON.stringify([...new Set(ids)]) })
          .map((row) => row.id),
      ),
  };
}
