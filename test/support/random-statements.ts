import type { Random } from "./random.ts";

/** A statement that another program might run: ids and values from small sets, so that they collide. */
export function randomStatement(random: Random): string {
  return random.pick(KINDS)(random);
}

const or = (random: Random) => random.pick(["", "", " or replace", " or ignore", " or fail", " or abort"]);
const id = (random: Random, prefix: string) => `'${prefix}${random.below(6)}'`;
const agent = (random: Random) => id(random, "a");
const definition = (random: Random) => id(random, "d");
/** A parent that is there, or null: bare SQLite lets an `or replace` name one that is not, foreign keys or no. */
const parent = (random: Random) => `(select id from agents where id = ${agent(random)})`;
const orNull = (random: Random, text: string) => random.pick([text, text, "null"]);

const AGENT_STATUSES = ["'initializing'", "'planning'", "'waiting'", "'completed'", "'failed'", "'unheard of'"];
const PROMPT_STATUSES = ["'pending'", "'streaming'", "'completed'", "'unheard of'"];
const NUMBERS = [
  "0",
  "1",
  "0.25",
  "12",
  "null",
  "-3",
  "9e999",
  "-9e999",
  "9223372036854775807",
  "1e300",
  "'many'",
  "x'31'",
];
const TEXTS = ["'plain'", "''", "null", "'{\"a\":1}'", "x'ff'", "'é'", "12", "printf('%.*c', 3000, 'x')"];
const MODELS = ["'opus'", "'haiku'", "''", "null", "x'ff'"];
const TIMES = [
  "'2026-02-05 10:30:00'",
  "'2026-02-05T10:30:00.123456'",
  "'2026-02-05T10:30:00+02:00'",
  "'2026-02-05'",
  "'rubbish'",
  "''",
  "x'ff'",
  "1",
];

type Kind = (random: Random) => string;

const insertDefinition: Kind = (random) =>
  `insert${or(random)} into orchestrator_agents (id, name, description, agent_type, created_at) values (${definition(random)}, ${id(random, "n")}, ${random.pick(TEXTS)}, ${random.pick(["'planner'", "'skill'", "''"])}, ${random.pick(TIMES)})`;

const upsertDefinition: Kind = (random) =>
  `insert into orchestrator_agents (id, name, agent_type) values (${definition(random)}, ${id(random, "n")}, 'planner')
   on conflict ${random.pick(["(id) do update set name = excluded.name", "(name) do update set description = 'upsert'", "do nothing"])}`;

const updateDefinition: Kind = (random) =>
  `update${or(random)} orchestrator_agents set ${random.pick([
    `name = ${id(random, "n")}`,
    `id = ${definition(random)}`,
    `description = ${random.pick(TEXTS)}`,
    `created_at = ${random.pick(TIMES)}`,
    `name = ${id(random, "n")}, id = ${definition(random)}`,
  ])} where ${random.pick([`id = ${definition(random)}`, `name = ${id(random, "n")}`, "1"])}`;

const insertAgent: Kind = (random) =>
  `insert${or(random)} into agents (id, orchestrator_agent_id, session_id, parent_agent_id, status, context, started_at, cost_usd)
   values (${agent(random)}, ${definition(random)}, ${id(random, "s")}, ${parent(random)}, ${random.pick(AGENT_STATUSES)}, ${random.pick(TEXTS)}, ${random.pick(TIMES)}, ${random.pick(NUMBERS)})`;

const upsertAgent: Kind = (random) =>
  `insert into agents (id, orchestrator_agent_id, session_id) values (${agent(random)}, ${definition(random)}, ${id(random, "s")})
   on conflict (id) do update set status = ${random.pick(AGENT_STATUSES)}, session_id = excluded.session_id`;

const updateAgent: Kind = (random) =>
  `update${or(random)} agents set ${random.pick([
    `status = ${random.pick(AGENT_STATUSES)}`,
    `session_id = ${id(random, "s")}`,
    `parent_agent_id = ${parent(random)}`,
    `cost_usd = ${random.pick(NUMBERS)}`,
    `context = ${random.pick(TEXTS)}, error_message = ${random.pick(TEXTS)}`,
    `started_at = ${random.pick(TIMES)}`,
    `completed_at = ${random.pick(TIMES)}`,
    `id = ${agent(random)}`,
    `orchestrator_agent_id = ${definition(random)}`,
    `orchestrator_agent_id = ${definition(random)}, session_id = ${id(random, "s")}, cost_usd = ${random.pick(NUMBERS)}`,
  ])} where ${random.pick([`id = ${agent(random)}`, `session_id = ${id(random, "s")}`, `orchestrator_agent_id = ${definition(random)}`])}`;

const insertPrompt: Kind = (random) =>
  `insert${or(random)} into prompts (id, agent_id, prompt_type, prompt_text, status, model_used, tokens_input, cost_usd, latency_ms, created_at)
   values (${id(random, "p")}, ${agent(random)}, 'adw', ${random.pick(TEXTS)}, ${random.pick(PROMPT_STATUSES)}, ${random.pick(MODELS)}, ${random.pick(NUMBERS)}, ${random.pick(NUMBERS)}, ${random.pick(NUMBERS)}, ${random.pick(TIMES)})`;

const updatePrompt: Kind = (random) =>
  `update${or(random)} prompts set ${random.pick([
    `status = ${random.pick(PROMPT_STATUSES)}`,
    `agent_id = ${agent(random)}`,
    `response_text = ${random.pick(TEXTS)}, tokens_output = ${random.pick(NUMBERS)}`,
    `id = ${id(random, "p")}`,
    `created_at = ${random.pick(TIMES)}`,
    `cost_usd = ${random.pick(NUMBERS)}, model_used = ${random.pick(MODELS)}`,
    `cost_usd = ${random.pick(NUMBERS)}, agent_id = ${agent(random)}, model_used = ${random.pick(MODELS)}, created_at = ${random.pick(TIMES)}`,
  ])} where ${random.pick([`id = ${id(random, "p")}`, `agent_id = ${agent(random)}`])}`;

const insertWorkflow: Kind = (random) =>
  `insert${or(random)} into ai_developer_workflows (id, orchestrator_agent_id, adw_name, workflow_type, total_steps, created_at)
   values (${id(random, "w")}, ${orNull(random, definition(random))}, ${random.pick(TEXTS)}, 'sdlc', ${random.pick(NUMBERS)}, ${random.pick(TIMES)})`;

const updateWorkflow: Kind = (random) =>
  `update${or(random)} ai_developer_workflows set ${random.pick([
    "status = 'completed'",
    `id = ${id(random, "w")}`,
    `description = ${random.pick(TEXTS)}`,
    `duration_seconds = ${random.pick(NUMBERS)}`,
  ])} where id = ${id(random, "w")}`;

const insertLog: Kind = (random) =>
  random.pick([
    `insert into agent_logs (agent_id, log_type, message, created_at) values (${agent(random)}, 'milestone', ${random.pick(TEXTS)}, ${random.pick(TIMES)})`,
    `insert into system_logs (component, message, created_at) select 'adw', id, ${random.pick(TIMES)} from agents order by id`,
    `insert${or(random)} into agent_logs (id, agent_id, log_type, message, created_at) values (${1 + random.below(9)}, ${agent(random)}, 'error', ${random.pick(TEXTS)}, ${random.pick(TIMES)})`,
    `insert${or(random)} into system_logs (id, component, message, created_at) values (${1 + random.below(9)}, 'adw', ${random.pick(TEXTS)}, ${random.pick(TIMES)})`,
  ]);

const remove: Kind = (random) =>
  `delete from ${random.pick([
    `agents where id = ${agent(random)}`,
    `agents where session_id = ${id(random, "s")}`,
    `orchestrator_agents where id = ${definition(random)}`,
    `prompts where id = ${id(random, "p")}`,
    `prompts where agent_id = ${agent(random)}`,
    `ai_developer_workflows where id = ${id(random, "w")}`,
    `agent_logs where agent_id = ${agent(random)}`,
    `system_logs where id = ${1 + random.below(9)}`,
  ])}`;

/** Those that appear twice are twice as likely. */
const KINDS: readonly Kind[] = [
  insertDefinition,
  insertDefinition,
  upsertDefinition,
  updateDefinition,
  insertAgent,
  insertAgent,
  insertAgent,
  upsertAgent,
  updateAgent,
  updateAgent,
  insertPrompt,
  insertPrompt,
  updatePrompt,
  updatePrompt,
  insertWorkflow,
  updateWorkflow,
  insertLog,
  remove,
];
