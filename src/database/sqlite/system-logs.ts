import type { SystemLogStore, TextIndexStore } from "#src/database/manager.ts";
import type { NewSystemLog, SystemLog } from "#src/domain/system-log.ts";
import { isAnyOf } from "./list.ts";
import { insertRow } from "./mutate.ts";
import { loadOf } from "./queue.ts";
import type { Reader } from "./reader.ts";
import { orderMillis, SYSTEM_LOG_COLUMNS, storedFields, storedJson, storedTime, toSystemLog } from "./rows.ts";
import { createSearchedList } from "./search.ts";
import { TEXT_SOURCES } from "./text-sources.ts";
import type { Writer } from "./writer.ts";

const FIELDS = {
  details: (value: unknown) => ({ details: storedJson(value) }),
  created_at: (value: string) => ({ created_at: storedTime(value), created_ms: orderMillis(value) }),
};

/** Inside a write. */
export function insertSystemLog(writer: Writer, row: NewSystemLog): SystemLog {
  return { id: insertRow(writer, "system_logs", storedFields(row, FIELDS)), ...row };
}

export function createSystemLogStore(reader: Reader, writer: Writer, texts: TextIndexStore): SystemLogStore {
  return {
    list: createSearchedList(reader, texts, TEXT_SOURCES.systemLogs, {
      table: "system_logs",
      columns: SYSTEM_LOG_COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {
        component: isAnyOf("component", "component", "system_logs_by_component"),
        level: isAnyOf("log_level", "level", "system_logs_by_level"),
      },
      toRow: toSystemLog,
    }),
    append: (row) => writer.write(() => insertSystemLog(writer, row), loadOf(row)),
  };
}
