import type { OrchestratorAgent } from "#src/domain/orchestrator-agent.ts";
import { AGENT_STATUSES, ALIVE_STATUSES } from "#src/domain/vocabulary.ts";
import type { Dependents, OrchestratorAgentStore, TextIndexStore } from "#src/database/manager.ts";
import { REMOVE_AGENT_PARTS } from "./agents.ts";
import { isAnyOf, isTrue } from "./list.ts";
import { batchEnd, deleteRow, inSteps, insertRow, updateRow } from "./mutate.ts";
import { loadOf } from "./queue.ts";
import { oneRow, READ_AT, type Reader } from "./reader.ts";
import { DEFINITION_COLUMNS, orderMillis, storedFields, storedJson, storedTime, toDefinition } from "./rows.ts";
import { createSearchedList } from "./search.ts";
import { NEW_DOCUMENT, TEXT_SOURCES } from "./text-sources.ts";
import type { Writer } from "./writer.ts";

const TABLE = "orchestrator_agents";
const GET = `select ${DEFINITION_COLUMNS}, ${READ_AT} from orchestrator_agents where id = $id`;
const FIND_BY_NAME = `select ${DEFINITION_COLUMNS} from orchestrator_agents where name = $name`;

const FINAL = AGENT_STATUSES.filter((status) => !(ALIVE_STATUSES as readonly string[]).includes(status))
  .map((status) => `'${status}'`)
  .join(", ");
const ALIVE_WORKFLOW = "status in ('pending', 'in_progress')";

/** Agents may be millions: their totals are kept. Of workflows an index is counted. */
const DEPENDENTS = `
  select a.agents, a.alive_agents, w.workflows, w.alive_workflows from
    (select ifnull(sum(agents), 0) as agents, ifnull(sum(${ALIVE_STATUSES.join(" + ")}), 0) as alive_agents
       from orchestrator_definition_days where definition_id = $id) a,
    (select count(*) as workflows, count(*) filter (where ${ALIVE_WORKFLOW}) as alive_workflows
       from ai_developer_workflows where orchestrator_agent_id = $id) w`;

const NEXT_FINAL_AGENT = `select id from agents where orchestrator_agent_id = $id and status in (${FINAL}) limit 1`;
const DELETE_AGENT = "delete from agents where id = $agentId";
const REMOVE_REST = [
  `delete from ai_developer_workflows where rowid in (
     select rowid from ai_developer_workflows where orchestrator_agent_id = $id and not (${ALIVE_WORKFLOW}) limit $few)`,
  `delete from orchestrator_chat where rowid in (select rowid from orchestrator_chat where orchestrator_agent_id = $id limit $few)`,
];
const UNREFERENCED = `not exists (select 1 from agents where orchestrator_agent_id = $id)
  and not exists (select 1 from ai_developer_workflows where orchestrator_agent_id = $id)`;

const FIELDS = {
  is_active: (value: boolean) => ({ is_active: value ? 1 : 0 }),
  config: (value: unknown) => ({ config: storedJson(value) }),
  metadata: (value: unknown) => ({ metadata: storedJson(value) }),
  created_at: (value: string) => ({ created_at: storedTime(value), created_ms: orderMillis(value) }),
  updated_at: (value: string) => ({ updated_at: storedTime(value) }),
};

/** Inside a write. */
export function insertDefinition(writer: Writer, row: OrchestratorAgent): void {
  insertRow(writer, TABLE, storedFields(row, FIELDS), NEW_DOCUMENT);
}

export function createOrchestratorAgentStore(
  reader: Reader,
  writer: Writer,
  texts: TextIndexStore,
): OrchestratorAgentStore {
  return {
    list: createSearchedList(reader, texts, TEXT_SOURCES.orchestratorAgents, {
      table: TABLE,
      columns: DEFINITION_COLUMNS,
      time: "created_ms",
      id: "id",
      conditions: {
        agent_type: isAnyOf("agent_type", "agent_type", "orchestrator_agents_by_type"),
        is_active: isTrue("is_active", "is_active", "orchestrator_agents_by_active"),
      },
      toRow: toDefinition,
    }),
    get: (id) => reader.row(GET, { id }, toDefinition),
    findByName: (name) => reader.read(() => oneRow(reader.prepare(FIND_BY_NAME), { name }, toDefinition)),
    insert: (row) =>
      writer.write(() => {
        insertDefinition(writer, row);
        return row;
      }, loadOf(row)),
    update: (id, set) =>
      writer.write(() => {
        updateRow(writer, TABLE, id, {}, storedFields(set, FIELDS));
        return oneRow(writer.prepare(GET), { id }, toDefinition)!;
      }, loadOf(set)),
    dependents: (id) =>
      reader.read((): Dependents => {
        const row = reader.prepare<Record<string, number>>(DEPENDENTS).get({ id })!;
        return {
          agents: row["agents"]!,
          aliveAgents: row["alive_agents"]!,
          workflows: row["workflows"]!,
          aliveWorkflows: row["alive_workflows"]!,
        };
      }),
    removeDependents: (id) => writer.write(() => removeBatch(writer, id)),
    remove: (id) => writer.write(() => deleteRow(writer, TABLE, id, UNREFERENCED)),
  };
}

/** Bottom-up: agent by agent what belongs to it, then itself; then the workflows. True when none is left. */
function removeBatch(writer: Writer, id: string): boolean {
  const end = batchEnd();
  const nextAgent = writer.prepare<{ id: string }>(NEXT_FINAL_AGENT);
  for (let agent = nextAgent.get({ id }); agent !== null; agent = nextAgent.get({ id })) {
    if (!inSteps(writer, REMOVE_AGENT_PARTS, { id: agent.id }, end)) return false;
    writer.prepare(DELETE_AGENT).run({ agentId: agent.id });
    if (performance.now() > end) return false;
  }
  return inSteps(writer, REMOVE_REST, { id }, end);
}
