import type { ForeignHistory } from "./foreign-statements.ts";

const FOREIGN_KEYS_OFF = "pragma foreign_keys = off";
const RECURSIVE = "pragma recursive_triggers = on";
const DEFINITION = "orchestrator_agents (id, name, agent_type)";
const AGENT = "agents (id, orchestrator_agent_id, session_id)";
const ALIVE = "'executing'";

/** Statements that meet a key that is taken: REPLACE, IGNORE, FAIL and UPSERT. */
export const CONFLICT_HISTORIES: readonly ForeignHistory[] = [
  {
    name: "REPLACE of the same id is an update",
    statements: [
      "insert or replace into prompts (id, agent_id, prompt_type, prompt_text) values ('p1', 'a1', 'adw', 'again')",
      "replace into ai_developer_workflows (id, adw_name, workflow_type) values ('w1', 'adw-1', 'other')",
      `insert or replace into ${AGENT} values ('a2', 'd1', 's1')`,
    ],
    changes: ["prompt.updated p1", "workflow.updated w1", "agent.updated a2"],
  },
  {
    name: "REPLACE of a parent loses its prompts and frees its children, and is one update",
    statements: [`insert or replace into ${AGENT} values ('a1', 'd1', 's1')`],
    changes: [["agent.updated a2", "prompt.deleted p1"], "agent.updated a1"],
  },
  {
    name: "REPLACE of a parent by its external id: the children are freed, the parent is deleted",
    statements: [
      "insert or replace into agents (id, orchestrator_agent_id, session_id, external_id) values ('a9', 'd1', 's1', 'xa1')",
    ],
    changes: [["agent.updated a2", "prompt.deleted p1"], "agent.deleted a1", "agent.created a9"],
  },
  {
    name: "REPLACE of a definition takes what hangs on it",
    statements: [`insert or replace into ${DEFINITION} values ('d2', 'two', 'planner')`],
    changes: ["prompt.deleted p2", "agent.deleted a3", "orchestrator_agent.updated d2"],
  },
  {
    name: "REPLACE by a name that another id has deletes that one",
    statements: [`insert or replace into ${DEFINITION} values ('d9', 'three', 'planner')`],
    changes: ["orchestrator_agent.deleted d3", "orchestrator_agent.created d9"],
  },
  {
    name: "REPLACE that hits one row by id and another by name",
    statements: [FOREIGN_KEYS_OFF, `insert or replace into ${DEFINITION} values ('d1', 'three', 'planner')`],
    changes: ["orchestrator_agent.deleted d3", "orchestrator_agent.updated d1"],
  },
  {
    name: "REPLACE with recursive triggers says that the old row went",
    statements: [
      RECURSIVE,
      FOREIGN_KEYS_OFF,
      `insert or replace into ${DEFINITION} values ('d1', 'three', 'planner')`,
      `update agents set status = ${ALIVE} where id = 'a1'`,
    ],
    changes: [
      ["orchestrator_agent.deleted d1", "orchestrator_agent.deleted d3"],
      "orchestrator_agent.created d1",
      "agent.updated a1",
    ],
  },
  {
    name: "UPDATE with recursive triggers is one change",
    statements: [
      RECURSIVE,
      "update agents set session_id = 's7', started_at = '2026-02-05' where id = 'a1'",
      "update orchestrator_agents set created_at = '2026-02-05' where id = 'd1'",
      "update ai_developer_workflows set created_at = '2026-02-05' where id = 'w1'",
      "update prompts set agent_id = 'a3' where id = 'p1'",
    ],
    changes: ["agent.updated a1", "orchestrator_agent.updated d1", "workflow.updated w1", "prompt.updated p1"],
  },
  {
    name: "INSERT OR IGNORE of what is there leaves nothing, and misleads no later statement",
    statements: [
      `insert or ignore into ${AGENT} values ('a1', 'd1', 's1')`,
      `update agents set status = ${ALIVE} where id = 'a3'`,
      `insert or ignore into ${AGENT} values ('a1', 'd1', 's1')`,
      `insert into ${AGENT} values ('a9', 'd1', 's1')`,
      `insert or ignore into ${DEFINITION} values ('d9', 'one', 'planner')`,
      "update orchestrator_agents set description = 'x' where id = 'd2'",
      "insert or ignore into prompts (id, agent_id, prompt_type, prompt_text) values ('p1', 'a1', 'adw', 'x')",
      "update prompts set cost_usd = 1 where id = 'p2'",
      "insert or ignore into ai_developer_workflows (id, adw_name, workflow_type) values ('w1', 'x', 'y')",
      "update ai_developer_workflows set status = 'failed' where id = 'w2'",
    ],
    changes: [
      "agent.updated a3",
      "agent.created a9",
      "orchestrator_agent.updated d2",
      "prompt.updated p2",
      "workflow.updated w2",
    ],
  },
  {
    name: "INSERT OR FAIL keeps what came before the failure, and misleads no later statement",
    statements: [
      { fails: `insert or fail into ${AGENT} values ('a8', 'd1', 's1'), ('a1', 'd1', 's1')`, saying: "UNIQUE" },
      `update agents set status = ${ALIVE} where id = 'a3'`,
    ],
    changes: ["agent.created a8", "agent.updated a3"],
  },
  {
    name: "UPDATE OR IGNORE onto a taken key leaves nothing, and misleads no later statement",
    statements: [
      "update or ignore orchestrator_agents set name = 'two' where id = 'd1'",
      "update orchestrator_agents set description = 'x' where id = 'd3'",
      "update or ignore agents set external_id = 'xa1' where id = 'a3'",
      `update agents set status = ${ALIVE} where id = 'a2'`,
    ],
    changes: ["orchestrator_agent.updated d3", "agent.updated a2"],
  },
  {
    name: "UPDATE OR REPLACE onto a taken name, external id and id deletes the owner",
    statements: [
      "update or replace orchestrator_agents set name = 'three' where id = 'd2'",
      FOREIGN_KEYS_OFF,
      "update or replace agents set external_id = 'xa3' where id = 'a2'",
      "update or replace prompts set id = 'p2' where id = 'p1'",
    ],
    changes: [
      "orchestrator_agent.deleted d3",
      "orchestrator_agent.updated d2",
      "agent.deleted a3",
      "agent.updated a2",
      "prompt.deleted p1",
      "prompt.updated p2",
    ],
  },
  {
    name: "a new id is another row",
    statements: [
      "update agents set id = 'a9' where id = 'a2'",
      "update prompts set id = 'p9' where id = 'p1'",
      "update ai_developer_workflows set id = 'w9' where id = 'w2'",
      "update orchestrator_agents set id = 'd9' where id = 'd3'",
    ],
    changes: [
      "agent.deleted a2",
      "agent.created a9",
      "prompt.deleted p1",
      "prompt.created p9",
      "workflow.deleted w2",
      "workflow.created w9",
      "orchestrator_agent.deleted d3",
      "orchestrator_agent.created d9",
    ],
  },
  {
    name: "UPSERT",
    statements: [
      `insert into ${DEFINITION} values ('d9', 'one', 'tester') on conflict (name) do update set agent_type = excluded.agent_type`,
      `insert into ${DEFINITION} values ('d1', 'four', 'tester') on conflict (id) do update set name = excluded.name`,
      `insert into ${DEFINITION} values ('d1', 'five', 'tester') on conflict do nothing`,
      `insert into ${AGENT} values ('a1', 'd1', 's1') on conflict (id) do update set status = ${ALIVE}`,
      `insert into ${AGENT} values ('a9', 'd1', 's1') on conflict (id) do update set status = ${ALIVE}`,
      "update orchestrator_agents set description = 'x' where id = 'd2'",
    ],
    changes: [
      "orchestrator_agent.updated d1",
      "orchestrator_agent.updated d1",
      "agent.updated a1",
      "agent.created a9",
      "orchestrator_agent.updated d2",
    ],
  },
];
