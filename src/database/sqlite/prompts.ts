import type { Prompt } from "#src/domain/prompt.ts";
import { DecisionOutdated, type PromptStore, type TextIndexStore } from "#src/database/manager.ts";
import { isAnyOf } from "./list.ts";
import { insertRow, updateRow } from "./mutate.ts";
import { loadOf } from "./queue.ts";
import { type Bindings, READ_AT, type Reader } from "./reader.ts";
import { orderMillis, PROMPT_COLUMNS, type Stored, storedFields, storedTime, toPrompt } from "./rows.ts";
import { createSearchedList } from "./search.ts";
import { NEW_DOCUMENT, TEXT_SOURCES } from "./text-sources.ts";
import type { Writer } from "./writer.ts";

const TABLE = "prompts";
const GET = `select ${PROMPT_COLUMNS}, ${READ_AT} from prompts where id = $id`;
const DELETE = "delete from prompts where id = $id";
const AGENT = "select session_id, orchestrator_agent_id as definition_id from agents where id = $agentId";
const BOOK =
  "update agents set cost_usd = max(0, round(ifnull(cost_usd, 0) + $amount, 9)) where id = (select agent_id from prompts where id = $id)";

/** How the fields of a prompt are stored. */
export const PROMPT_FIELDS = {
  created_at: (value: string) => ({ created_at: storedTime(value), created_ms: orderMillis(value) }),
  completed_at: (value: string | null) => ({ completed_at: storedTime(value) }),
};

/** Inside a write: inserts a prompt with the session of its agent; outdated when that agent is gone. */
export function insertPrompt(writer: Writer, row: Prompt): void {
  const agent = writer.prepare<Bindings>(AGENT).get({ agentId: row.agent_id });
  if (agent === null) throw new DecisionOutdated(`agent ${row.agent_id} is gone`);
  insertRow(writer, TABLE, { ...storedFields(row, PROMPT_FIELDS), ...agent }, NEW_DOCUMENT);
}

export function createPromptStore(reader: Reader, writer: Writer, texts: TextIndexStore): PromptStore {
  function book(id: string, amount: number): void {
    if (amount !== 0) writer.prepare(BOOK).run({ id, amount });
  }

  return {
    list: createSearchedList(reader, texts, TEXT_SOURCES.prompts, {
      table: TABLE,
      columns: PROMPT_COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {
        agent_id: isAnyOf("agent_id", "agent_id", "prompts_by_agent"),
        session_id: isAnyOf("session_id", "session_id", "prompts_by_session"),
        // Those two stand behind the texts in the row, so that it is quicker to walk than to test them.
        model: isAnyOf("model_used", "model", "prompts_by_model"),
        status: isAnyOf("status", "status", "prompts_by_status"),
        prompt_type: isAnyOf("prompt_type", "prompt_type", "prompts_by_type"),
      },
      toRow: toPrompt,
    }),
    get: (id) => reader.row(GET, { id }, toPrompt),
    insert: (row, agentCost) =>
      writer.write(() => {
        insertPrompt(writer, row);
        book(row.id, agentCost);
        return row;
      }, loadOf(row)),
    update: (id, expected, set, agentCost) =>
      writer.write(() => {
        const now = toPrompt(writer.prepare<Stored>(GET).get({ id }) ?? gone(id));
        if (now.cost_usd !== expected.cost_usd) throw new DecisionOutdated(`the cost of prompt ${id} has changed`);
        updateRow(writer, TABLE, id, { status: expected.status }, storedFields(set, PROMPT_FIELDS));
        book(id, agentCost);
        return toPrompt(writer.prepare<Stored>(GET).get({ id })!);
      }, loadOf(set)),
    remove: (id) => writer.write(() => writer.prepare(DELETE).run({ id }).changes > 0),
  };
}

function gone(id: string): never {
  throw new DecisionOutdated(`prompt ${id} is gone`);
}
