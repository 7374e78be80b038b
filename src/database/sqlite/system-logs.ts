import type { SystemLogStore } from "#src/database/manager.ts";
import { createList, holdsText, isAnyOf } from "./list.ts";
import { insertRow } from "./mutate.ts";
import type { Reader } from "./reader.ts";
import { orderMillis, SYSTEM_LOG_COLUMNS, storedFields, storedJson, storedTime, toSystemLog } from "./rows.ts";
import type { Writer } from "./writer.ts";

const FIELDS = {
  details: (value: unknown) => ({ details: storedJson(value) }),
  created_at: (value: string) => ({ created_at: storedTime(value), created_ms: orderMillis(value) }),
};

export function createSystemLogStore(reader: Reader, writer: Writer): SystemLogStore {
  return {
    list: createList(reader, {
      table: "system_logs",
      columns: SYSTEM_LOG_COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {
        level: isAnyOf("log_level", "level"),
        component: isAnyOf("component", "component"),
        q: holdsText(["message", "details"], "q"),
      },
      toRow: toSystemLog,
    }),
    append: (row) => writer.write(() => ({ id: insertRow(writer, "system_logs", storedFields(row, FIELDS)), ...row })),
  };
}
