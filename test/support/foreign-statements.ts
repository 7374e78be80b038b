import { CONFLICT_HISTORIES } from "./foreign-conflicts.ts";

/** What other programs do to the file: their statements, and the exact changes that each history leaves. */
export type ForeignHistory = {
  readonly name: string;
  /** A statement, or one that must fail with this text. */
  readonly statements: readonly (string | { readonly fails: string; readonly saying: string })[];
  /** `<entity>.<op> <id>` in order (a sorted group comes in any order); ids of logs count from the newest before. */
  readonly changes: readonly (string | readonly string[])[];
};

/** Rows that every history begins with; in a file of ours that is empty otherwise. */
export const FOREIGN_SEED = `
  insert into orchestrator_agents (id, name, agent_type) values ('d1', 'one', 'planner'), ('d2', 'two', 'builder'), ('d3', 'three', 'tester');
  insert into agents (id, orchestrator_agent_id, session_id, parent_agent_id, started_at) values
    ('a1', 'd1', 's1', null, '2026-02-05T10:30:00.123456'), ('a2', 'd1', 's1', 'a1', '2026-02-05 10:31:00'),
    ('a3', 'd2', 's2', null, '2026-02-05 10:32:00');
  update agents set external_id = 'x' || id;
  insert into prompts (id, agent_id, prompt_type, prompt_text) values ('p1', 'a1', 'adw', 'plan'), ('p2', 'a3', 'command', 'build');
  insert into agent_logs (agent_id, log_type, message) values ('a1', 'milestone', 'planned');
  insert into ai_developer_workflows (id, orchestrator_agent_id, adw_name, workflow_type) values ('w1', 'd1', 'adw-1', 'sdlc'), ('w2', null, 'adw-2', 'patch');`;

const FOREIGN_KEYS_OFF = "pragma foreign_keys = off";
const AGENT = "agents (id, orchestrator_agent_id, session_id)";
const ALIVE = "'executing'";

export const FOREIGN_HISTORIES: readonly ForeignHistory[] = [
  ...CONFLICT_HISTORIES,
  {
    name: "explicit column lists, as the ancestor inserts",
    statements: [
      "INSERT INTO orchestrator_agents (id, name, description, agent_type, capabilities, default_model, created_at, updated_at) VALUES ('adw-orchestrator-2', 'ADW', 'd', 'orchestrator', NULL, NULL, '2026-02-05T10:30:00.000001', '2026-02-05T10:30:00.000001')",
      "INSERT INTO agents (id, orchestrator_agent_id, session_id, parent_agent_id, status, context, config, started_at, cost_usd) VALUES ('adw-run', 'adw-orchestrator-2', 's9', NULL, 'initializing', 'adw_plan_iso', NULL, datetime('now'), 0.0)",
      "INSERT INTO prompts (id, agent_id, prompt_type, prompt_text, status, created_at) VALUES ('p9', 'adw-run', 'adw', 'plan it', 'pending', '2026-02-05T10:30:00')",
      "INSERT INTO agent_logs (agent_id, log_level, log_type, message, details) VALUES ('adw-run', 'INFO', 'state_change', 'started', 'not json')",
      "INSERT INTO system_logs (log_level, component, message) VALUES ('WARNING', 'adw', 'slow')",
      "INSERT INTO ai_developer_workflows (id, adw_name, workflow_type) VALUES ('w9', 'adw-9', 'sdlc')",
      "UPDATE agents SET status = 'completed' WHERE id = 'adw-run'",
      "UPDATE prompts SET status = 'completed', response_text = 'done', tokens_input = 10, completed_at = datetime('now') WHERE id = 'p9'",
      "UPDATE ai_developer_workflows SET status = 'in_progress', started_at = datetime('now') WHERE id = 'w9'",
      "UPDATE orchestrator_agents SET description = 'x' WHERE id = 'adw-orchestrator-2'",
    ],
    changes: [
      "orchestrator_agent.created adw-orchestrator-2",
      "agent.created adw-run",
      "prompt.created p9",
      "agent_log.created +1",
      "system_log.created +1",
      "workflow.created w9",
      "agent.updated adw-run",
      "prompt.updated p9",
      "workflow.updated w9",
      "orchestrator_agent.updated adw-orchestrator-2",
    ],
  },
  {
    name: "an update that changes nothing leaves nothing",
    statements: [
      "update agents set status = status",
      "update orchestrator_agents set name = name",
      "update prompts set cost_usd = 0.0 where id = 'p1'",
    ],
    changes: [],
  },
  {
    name: "one statement over many rows",
    statements: [
      `update agents set status = ${ALIVE} where id in ('a1', 'a2', 'a3')`,
      "insert into system_logs (component, message) select 'adw', id from agents where id in ('a1', 'a2')",
    ],
    changes: [
      "agent.updated a1",
      "agent.updated a2",
      "agent.updated a3",
      "system_log.created +1",
      "system_log.created +2",
    ],
  },
  {
    name: "what is rolled back leaves nothing",
    statements: [
      "begin",
      `update agents set status = ${ALIVE} where id = 'a1'`,
      "delete from prompts where id = 'p1'",
      "rollback",
    ],
    changes: [],
  },
  {
    name: "times in any form, and rubbish",
    statements: [
      `insert into agents (id, orchestrator_agent_id, session_id, started_at, completed_at) values
        ('t1', 'd1', 's', 'yesterday', ''), ('t2', 'd1', 's', '2026-99-99T99:99:99', '2026-02-30'), ('t3', 'd1', 's', '', 'x'),
        ('t4', 'd1', 's', x'ff00', x'00'), ('t5', 'd1', 's', 12345, 9e999), ('t6', 'd1', 's', '2026-02-05T10:30:00+02:00', '2026-02-05')`,
      "insert into prompts (id, agent_id, prompt_type, prompt_text, created_at) values ('t7', 't1', 'adw', 'x', 'never')",
      "insert into ai_developer_workflows (id, adw_name, workflow_type, created_at, updated_at) values ('t8', 'x', 'y', '???', x'80')",
      "insert into system_logs (component, message, created_at) values ('adw', 'x', 'soon')",
      "update agents set started_at = '2026-02-05 23:59:59' where id = 't1'",
      "update agents set started_at = 'rubbish again' where id = 't1'",
    ],
    changes: [
      ...["t1", "t2", "t3", "t4", "t5", "t6"].map((id) => `agent.created ${id}`),
      "prompt.created t7",
      "workflow.created t8",
      "system_log.created +1",
      "agent.updated t1",
      "agent.updated t1",
    ],
  },
  {
    name: "BLOBs in every column that takes them",
    statements: [
      "insert into orchestrator_agents (id, name, description, agent_type, capabilities) values ('b1', x'62ff', x'ff', x'61', x'c3')",
      "insert into agents (id, orchestrator_agent_id, session_id, context, config, error_message, cost_usd) values ('b2', 'b1', x'7331', x'ff', x'00', x'fffe', x'31')",
      "insert into prompts (id, agent_id, prompt_type, prompt_text, prompt_name, model_used, tokens_input, latency_ms) values ('b3', 'b2', 'adw', x'ff', x'ff', x'c3', x'39', x'')",
      "insert into agent_logs (agent_id, log_type, message, details) values ('b2', 'error', x'ff', x'ff')",
      "update agents set error_message = x'e282' where id = 'b2'",
      "update prompts set response_text = x'ff' where id = 'b3'",
      "insert into ai_developer_workflows (id, adw_name, workflow_type, input_data, total_steps) values ('b4', x'ff', x'ff', x'ff', x'ff')",
    ],
    changes: [
      "orchestrator_agent.created b1",
      "agent.created b2",
      "prompt.created b3",
      "agent_log.created +1",
      "agent.updated b2",
      "prompt.updated b3",
      "workflow.created b4",
    ],
  },
  {
    name: "infinities, huge numbers and text for numbers",
    statements: [
      "update agents set cost_usd = 9e999 where id = 'a1'",
      "update agents set cost_usd = -9e999 where id = 'a1'",
      "update agents set cost_usd = 'much' where id = 'a1'",
      "update prompts set tokens_input = 9223372036854775807, tokens_output = -9223372036854775808, latency_ms = 1e308, cost_usd = 1e300 where id = 'p1'",
      "update ai_developer_workflows set total_steps = 9e999, completed_steps = 'many', duration_seconds = 1.5 where id = 'w1'",
      "update agents set cost_usd = null where id = 'a1'",
    ],
    changes: [
      "agent.updated a1",
      "agent.updated a1",
      "agent.updated a1",
      "prompt.updated p1",
      "workflow.updated w1",
      "agent.updated a1",
    ],
  },
  {
    name: "long text is cut in the change and whole in the row",
    statements: ["update orchestrator_agents set description = printf('%.*c', 5000, 'x') where id = 'd1'"],
    changes: ["orchestrator_agent.updated d1"],
  },
  {
    name: "a statement that fails leaves nothing",
    statements: [
      { fails: `insert into ${AGENT} values ('a1', 'd1', 's1')`, saying: "UNIQUE" },
      { fails: "update agents set status = 'bored' where id = 'a1'", saying: "CHECK" },
      { fails: `insert into ${AGENT} values ('a9', 'nobody', 's1')`, saying: "FOREIGN KEY" },
      {
        fails: "insert into prompts (id, agent_id, prompt_type, prompt_text) values ('p9', 'a1', 'adw', null)",
        saying: "NOT NULL",
      },
      `update agents set status = ${ALIVE} where id = 'a3'`,
    ],
    changes: ["agent.updated a3"],
  },
  {
    name: "DELETE of an agent takes its prompts and logs, and frees its children",
    statements: ["delete from agents where id = 'a1'"],
    changes: [["agent.updated a2", "prompt.deleted p1"], "agent.deleted a1"],
  },
  {
    name: "DELETE of a definition cascades to the bottom",
    statements: ["delete from orchestrator_agents where id = 'd2'"],
    changes: ["prompt.deleted p2", "agent.deleted a3", "orchestrator_agent.deleted d2"],
  },
  {
    name: "DELETE without foreign keys takes the row alone",
    statements: [
      FOREIGN_KEYS_OFF,
      "delete from orchestrator_agents where id = 'd1'",
      "delete from agents where id = 'a1'",
    ],
    changes: ["orchestrator_agent.deleted d1", "agent.deleted a1"],
  },
  {
    name: "DELETE of everything",
    statements: [
      "delete from prompts where id in ('p1', 'p2')",
      "delete from ai_developer_workflows where id in ('w1', 'w2')",
    ],
    changes: ["prompt.deleted p1", "prompt.deleted p2", "workflow.deleted w1", "workflow.deleted w2"],
  },
  {
    name: "logs are appended only: no update and no delete of them is told",
    statements: [
      "insert into agent_logs (agent_id, log_type, message) values ('a3', 'error', 'x')",
      "delete from agent_logs where agent_id = 'a1'",
      "update system_logs set details = 'y'",
      "insert or replace into agent_logs (id, agent_id, log_type, message) select max(id), 'a3', 'error', 'y' from agent_logs",
    ],
    changes: ["agent_log.created +1", "agent_log.created +1"],
  },
  {
    name: "orphans, written without foreign keys",
    statements: [
      FOREIGN_KEYS_OFF,
      `insert into ${AGENT} values ('o1', 'nobody', 's1')`,
      "insert into prompts (id, agent_id, prompt_type, prompt_text) values ('o2', 'nobody', 'adw', 'x')",
      "insert into agent_logs (agent_id, log_type, message) values ('nobody', 'error', 'x')",
      "update prompts set agent_id = 'a1' where id = 'o2'",
    ],
    changes: ["agent.created o1", "prompt.created o2", "agent_log.created +1", "prompt.updated o2"],
  },
  {
    name: "rows without an id",
    statements: [
      "insert into system_logs (component, message) values ('adw', 'before')",
      `insert into ${AGENT} values (null, 'd1', 's1')`,
      `update agents set status = ${ALIVE} where id is null`,
      "delete from agents where id is null",
    ],
    changes: ["system_log.created +1", "agent.created ", "agent.updated ", "agent.deleted "],
  },
];

/** What was told, in the form of a history's list: where that has a group, as many, sorted as groups are. */
export function arranged(told: readonly string[], changes: ForeignHistory["changes"]): unknown[] {
  const rest = [...told];
  const shaped = changes.map((change) =>
    typeof change === "string" ? rest.shift() : rest.splice(0, change.length).toSorted(),
  );
  return [...shaped, ...rest];
}
