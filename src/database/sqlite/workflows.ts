import type { WorkflowStore } from "#src/database/manager.ts";
import { createList, isAnyOf } from "./list.ts";
import { insertRow, updateRow } from "./mutate.ts";
import { loadOf } from "./queue.ts";
import { READ_AT, type Reader } from "./reader.ts";
import {
  orderMillis,
  type Stored,
  storedFields,
  storedJson,
  storedTime,
  toWorkflow,
  WORKFLOW_COLUMNS,
} from "./rows.ts";
import type { Writer } from "./writer.ts";

const TABLE = "ai_developer_workflows";
const GET = `select ${WORKFLOW_COLUMNS}, ${READ_AT} from ai_developer_workflows where id = $id`;

const FIELDS = {
  input_data: (value: unknown) => ({ input_data: storedJson(value) }),
  output_data: (value: unknown) => ({ output_data: storedJson(value) }),
  metadata: (value: unknown) => ({ metadata: storedJson(value) }),
  started_at: (value: string | null) => ({ started_at: storedTime(value) }),
  completed_at: (value: string | null) => ({ completed_at: storedTime(value) }),
  created_at: (value: string) => ({ created_at: storedTime(value), created_ms: orderMillis(value) }),
  updated_at: (value: string) => ({ updated_at: storedTime(value) }),
};

export function createWorkflowStore(reader: Reader, writer: Writer): WorkflowStore {
  return {
    list: createList(reader, {
      table: TABLE,
      columns: WORKFLOW_COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {
        status: isAnyOf("status", "status", "workflows_by_status"),
        workflow_type: isAnyOf("workflow_type", "workflow_type", "workflows_by_type"),
      },
      toRow: toWorkflow,
    }),
    get: (id) => reader.row(GET, { id }, toWorkflow),
    insert: (row) =>
      writer.write(() => {
        insertRow(writer, TABLE, storedFields(row, FIELDS));
        return row;
      }, loadOf(row)),
    update: (id, expected, set) =>
      writer.write(() => {
        updateRow(writer, TABLE, id, { status: expected.status }, storedFields(set, FIELDS));
        return toWorkflow(writer.prepare<Stored>(GET).get({ id })!);
      }, loadOf(set)),
  };
}
