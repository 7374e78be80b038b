import { DecisionOutdated, type PromptStore } from "#src/database/manager.ts";
import { createList, isAnyOf } from "./list.ts";
import { insertRow, updateRow } from "./mutate.ts";
import { READ_AT, type Reader } from "./reader.ts";
import { orderMillis, PROMPT_COLUMNS, type Stored, storedFields, storedTime, toPrompt } from "./rows.ts";
import type { Writer } from "./writer.ts";

const TABLE = "prompts";
const GET = `select ${PROMPT_COLUMNS}, ${READ_AT} from prompts where id = $id`;
const DELETE = "delete from prompts where id = $id";
const SESSION = "select session_id from agents where id = $agentId";
const BOOK =
  "update agents set cost_usd = max(0, round(ifnull(cost_usd, 0) + $amount, 9)) where id = (select agent_id from prompts where id = $id)";

const FIELDS = {
  created_at: (value: string) => ({ created_at: storedTime(value), created_ms: orderMillis(value) }),
  completed_at: (value: string | null) => ({ completed_at: storedTime(value) }),
};

export function createPromptStore(reader: Reader, writer: Writer): PromptStore {
  function book(id: string, amount: number): void {
    if (amount !== 0) writer.prepare(BOOK).run({ id, amount });
  }

  return {
    list: createList(reader, {
      table: TABLE,
      columns: PROMPT_COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {
        agent_id: isAnyOf("agent_id", "agent_id", true),
        session_id: isAnyOf("session_id", "session_id", true),
        status: isAnyOf("status", "status"),
        prompt_type: isAnyOf("prompt_type", "prompt_type"),
        model: isAnyOf("model_used", "model"),
      },
      toRow: toPrompt,
    }),
    get: (id) => reader.row(GET, { id }, toPrompt),
    insert: (row, agentCost) =>
      writer.write(() => {
        const agent = writer.prepare<{ session_id: string }>(SESSION).get({ agentId: row.agent_id });
        if (agent === null) throw new DecisionOutdated(`agent ${row.agent_id} is gone`);
        insertRow(writer, TABLE, { ...storedFields(row, FIELDS), session_id: agent.session_id });
        book(row.id, agentCost);
      }),
    update: (id, expected, set, agentCost) =>
      writer.write(() => {
        const now = toPrompt(writer.prepare<Stored>(GET).get({ id }) ?? gone(id));
        if (now.cost_usd !== expected.cost_usd) throw new DecisionOutdated(`the cost of prompt ${id} has changed`);
        updateRow(writer, TABLE, id, { status: expected.status }, storedFields(set, FIELDS));
        book(id, agentCost);
        return toPrompt(writer.prepare<Stored>(GET).get({ id })!);
      }),
    remove: (id) => writer.write(() => writer.prepare(DELETE).run({ id }).changes > 0),
  };
}

function gone(id: string): never {
  throw new DecisionOutdated(`prompt ${id} is gone`);
}
