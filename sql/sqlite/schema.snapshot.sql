CREATE TABLE agent_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id TEXT NOT NULL,
    log_level TEXT NOT NULL DEFAULT 'INFO',
    log_type TEXT NOT NULL,
    message TEXT NOT NULL,
    details TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), session_id text, created_ms integer,
    FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
    CHECK (log_level IN ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')),
    CHECK (log_type IN ('state_change', 'milestone', 'error', 'performance', 'tool_call', 'cost_update'))
);

CREATE VIRTUAL TABLE agent_logs_text using fts5 (text, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3 4');

CREATE TABLE 'agent_logs_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'agent_logs_text_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'agent_logs_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'agent_logs_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE VIRTUAL TABLE agent_logs_words using fts5vocab (agent_logs_text, instance);

CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    orchestrator_agent_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    parent_agent_id TEXT,
    status TEXT NOT NULL DEFAULT 'initializing',
    context TEXT,
    config TEXT,
    started_at TEXT NOT NULL DEFAULT (datetime('now')),
    completed_at TEXT,
    cost_usd REAL DEFAULT 0.0,
    error_message TEXT, name text, external_id text, metadata text, started_ms integer, updated_ms integer, prompts_nano integer not null default 0, purged_nano integer not null default 0, last_activity_ms integer, silence integer not null default 0,
    FOREIGN KEY (orchestrator_agent_id) REFERENCES orchestrator_agents(id) ON DELETE CASCADE,
    FOREIGN KEY (parent_agent_id) REFERENCES agents(id) ON DELETE SET NULL,
    CHECK (status IN ('pending', 'initializing', 'idle', 'planning', 'executing', 'reviewing', 'waiting', 'completed', 'failed', 'cancelled'))
);

CREATE TABLE ai_developer_workflows (
    id TEXT PRIMARY KEY,
    orchestrator_agent_id TEXT,
    adw_name TEXT NOT NULL,
    workflow_type TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'pending',
    current_step TEXT,
    total_steps INTEGER DEFAULT 0,
    completed_steps INTEGER DEFAULT 0,
    started_at TEXT,
    completed_at TEXT,
    duration_seconds INTEGER,
    input_data TEXT DEFAULT '{}',
    output_data TEXT DEFAULT '{}',
    error_message TEXT,
    error_step TEXT,
    error_count INTEGER DEFAULT 0,
    metadata TEXT DEFAULT '{}',
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')), created_ms integer,
    FOREIGN KEY (orchestrator_agent_id) REFERENCES orchestrator_agents(id) ON DELETE CASCADE,
    CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'cancelled'))
);

CREATE TABLE changes (
  seq integer primary key autoincrement,
  at_ms integer not null,
  entity text not null,
  op text not null,
  entity_id,
  agent_id text,
  session_id text,
  data text
);

CREATE TABLE orchestrator_agent_models (
  agent_id text not null,
  model text not null,
  day integer not null,
  prompts integer not null,
  primary key (agent_id, model, day)
) without rowid;

CREATE TABLE orchestrator_agents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    agent_type TEXT NOT NULL,
    capabilities TEXT,
    default_model TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')), is_active integer not null default 1, metadata text, created_ms integer, doc integer, config text,
    CHECK (length(agent_type) > 0)
);

CREATE VIRTUAL TABLE orchestrator_agents_text using fts5 (text, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3 4');

CREATE TABLE 'orchestrator_agents_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'orchestrator_agents_text_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'orchestrator_agents_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'orchestrator_agents_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE VIRTUAL TABLE orchestrator_agents_words using fts5vocab (orchestrator_agents_text, instance);

CREATE TABLE orchestrator_budget_notices (
  scope text not null,
  id text not null,
  max_cost_usd real not null,
  level text not null,
  at_ms integer not null,
  primary key (scope, id, max_cost_usd, level)
) without rowid;

CREATE TABLE orchestrator_budgets (
  revision integer primary key autoincrement,
  scope text not null,
  id text not null,
  max_cost_usd real not null,
  unique (scope, id)
);

CREATE TABLE orchestrator_call_sums (
  prompt_id text not null,
  conversation_id integer not null,
  rank integer not null,
  model text not null,
  cost_source text not null,
  price_version text not null,
  calls integer not null default 0,
  tokens_input integer not null default 0,
  tokens_output integer not null default 0,
  -- Beside the sums: how many of the calls have such a number.
  tokens_cache_read integer not null default 0,
  cache_reads integer not null default 0,
  tokens_cache_write integer not null default 0,
  cache_writes integer not null default 0,
  nano integer not null default 0,
  priced integer not null default 0,
  primary key (prompt_id, conversation_id, rank, model, cost_source, price_version)
) without rowid;

CREATE TABLE orchestrator_calls (
  conversation_id integer not null references orchestrator_conversations(id) on delete cascade,
  rank integer not null,
  call text not null,
  -- It stays when the prompt goes, whoever deletes it: the agent has paid, and a call that is told again moves that by the rest.
  prompt_id text,
  -- Whether its prompt is known by time only.
  timed integer not null,
  sent_ms integer,
  model text,
  tokens_input integer not null,
  tokens_output integer not null,
  tokens_cache_read integer,
  tokens_cache_write integer,
  -- Billionths of a US dollar; null for a price that is not known.
  nano integer,
  cost_source text not null,
  price_version text,
  response text,
  -- The key under which it has a log.
  log_key text not null,
  primary key (conversation_id, rank, call)
) without rowid;

CREATE TABLE orchestrator_chat (
    id TEXT PRIMARY KEY,
    orchestrator_agent_id TEXT NOT NULL,
    sender_type TEXT NOT NULL,
    receiver_type TEXT NOT NULL,
    message TEXT NOT NULL,
    summary TEXT,
    agent_id TEXT,
    metadata TEXT DEFAULT '{}',
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    FOREIGN KEY (orchestrator_agent_id) REFERENCES orchestrator_agents(id) ON DELETE CASCADE,
    FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
    CHECK (sender_type IN ('user', 'orchestrator', 'agent')),
    CHECK (receiver_type IN ('user', 'orchestrator', 'agent'))
);

CREATE TABLE orchestrator_conversations (
  id integer primary key,
  -- Hash of the source and its own id.
  conversation text not null unique,
  agent_id text not null references agents(id) on delete cascade,
  -- Grows with every write about it: a decision holds for the one it was made on.
  revision integer not null,
  -- JSON of the engine.
  state text not null,
  -- The cost that is booked for calls without a prompt.
  loose_nano integer not null default 0,
  -- Of the last report, by our clock (UTC milliseconds): what was told is forgotten when nothing was heard for long.
  updated_ms integer not null,
  -- 1 while it is at work as far as telemetry tells, which nothing else does: it never says that a turn has ended.
  ends_idle integer not null default 0
);

CREATE TABLE orchestrator_counts (
  name text primary key,
  rows integer not null
) without rowid;

CREATE TABLE orchestrator_definition_days (
  definition_id text not null,
  day integer not null,
  agents integer not null default 0,
  pending integer not null default 0,
  initializing integer not null default 0,
  idle integer not null default 0,
  planning integer not null default 0,
  executing integer not null default 0,
  reviewing integer not null default 0,
  waiting integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  cancelled integer not null default 0,
  prompts integer not null default 0,
  tokens_input integer not null default 0,
  tokens_output integer not null default 0,
  nano integer not null default 0,
  primary key (definition_id, day)
) without rowid;

CREATE TABLE orchestrator_idempotency (
  number integer primary key,
  -- SHA-256 of who asked and of the key, and of all that was asked for; both in base64url.
  key text not null unique,
  request text not null,
  status integer not null,
  -- Null where only that it was done is kept: the answer held a secret, or was let go at the limit of the store.
  body text,
  location text,
  row_id text,
  -- UTC milliseconds.
  created_ms integer not null
);

CREATE TABLE orchestrator_ingest_keys (
  conversation_id integer not null references orchestrator_conversations(id) on delete cascade,
  key text not null,
  ref integer,
  rank integer,
  primary key (conversation_id, key)
) without rowid;

CREATE TABLE orchestrator_leases (
  name text primary key,
  owner text not null,
  until_ms integer not null
) without rowid;

CREATE TABLE orchestrator_meta (
  key text primary key,
  value text not null
) without rowid;

CREATE TABLE orchestrator_migrations (version integer primary key, name text not null, checksum text not null, applied_at text not null);

CREATE TABLE orchestrator_model_days (
  day integer not null,
  model text not null,
  agents integer not null default 0,
  prompts integer not null default 0,
  tokens_input integer not null default 0,
  tokens_output integer not null default 0,
  nano integer not null default 0,
  primary key (day, model)
) without rowid;

CREATE TABLE orchestrator_purged_definition_days (
  definition_id text not null,
  day integer not null,
  agents integer not null default 0,
  pending integer not null default 0,
  initializing integer not null default 0,
  idle integer not null default 0,
  planning integer not null default 0,
  executing integer not null default 0,
  reviewing integer not null default 0,
  waiting integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  cancelled integer not null default 0,
  prompts integer not null default 0,
  tokens_input integer not null default 0,
  tokens_output integer not null default 0,
  nano integer not null default 0,
  primary key (definition_id, day)
) without rowid;

CREATE TABLE orchestrator_purged_model_days (
  day integer not null,
  model text not null,
  agents integer not null default 0,
  prompts integer not null default 0,
  tokens_input integer not null default 0,
  tokens_output integer not null default 0,
  nano integer not null default 0,
  primary key (day, model)
) without rowid;

CREATE TABLE orchestrator_purged_sessions (
  session_id text primary key,
  agents integer not null default 0,
  pending integer not null default 0,
  initializing integer not null default 0,
  idle integer not null default 0,
  planning integer not null default 0,
  executing integer not null default 0,
  reviewing integer not null default 0,
  waiting integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  cancelled integer not null default 0,
  prompts integer not null default 0,
  tokens_input integer not null default 0,
  tokens_output integer not null default 0,
  nano integer not null default 0
) without rowid;

CREATE TABLE orchestrator_replaced (
  entity text not null,
  id text not null,
  agent_id text,
  session_id text,
  data text,
  definition_id text,
  day integer,
  status text,
  model text,
  tokens_input integer,
  tokens_output integer,
  nano integer,
  beyond integer,
  purged_nano integer,
  doc integer,
  primary key (entity, id)
) without rowid;

CREATE TABLE orchestrator_session_configs (
  session_id text primary key,
  config text not null,
  updated_ms integer not null
) without rowid;

CREATE TABLE "orchestrator_sessions" (
  session_id text primary key,
  first_ms integer not null,
  last_ms integer not null,
  agents integer not null default 0,
  pending integer not null default 0,
  initializing integer not null default 0,
  idle integer not null default 0,
  planning integer not null default 0,
  executing integer not null default 0,
  reviewing integer not null default 0,
  waiting integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  cancelled integer not null default 0,
  prompts integer not null default 0,
  tokens_input integer not null default 0,
  tokens_output integer not null default 0,
  nano integer not null default 0
);

CREATE TABLE orchestrator_stale_texts (
  source text not null,
  doc integer not null,
  primary key (source, doc)
) without rowid;

CREATE TABLE orchestrator_streams (
  stream text primary key,
  lines integer not null,
  context text not null,
  updated_ms integer not null
) without rowid;

CREATE TABLE orchestrator_tokens (
  -- With count(*), the greatest number ever given tells whether the set of tokens has changed.
  number integer primary key autoincrement,
  id text not null unique,
  name text not null,
  scope text not null,
  -- Its first characters, which are no secret: by them it is found, and told apart in lists.
  prefix text not null unique,
  hash text not null,
  -- UTC milliseconds.
  created_ms integer not null,
  last_used_ms integer,
  expires_ms integer
);

CREATE TABLE orchestrator_turns (
  -- The order in which they became known.
  number integer primary key,
  prompt_id text not null unique references prompts(id) on delete cascade,
  conversation_id integer not null references orchestrator_conversations(id) on delete cascade,
  -- Hash of the source's own id; null when it gives none.
  source_key text,
  -- By the sender's clock, UTC milliseconds; null when nobody has told.
  sent_ms integer,
  -- When a hook or stream opened it, by our clock; null when only telemetry knows of it.
  opened_ms integer,
  -- Hash of the text it was opened with.
  text_hash text,
  -- Whether a hook or stream gave its response.
  answered integer not null default 0,
  -- The latest failure of a call, by the sender's clock.
  failed_ms integer,
  failed_error text,
  -- 1 when it ended because nothing was heard of it: a call that is told late does not open it again.
  ended_idle integer not null default 0
);

CREATE TABLE prompts (
    id TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL,
    prompt_type TEXT NOT NULL,
    prompt_name TEXT,
    prompt_text TEXT NOT NULL,
    response_text TEXT,
    status TEXT NOT NULL DEFAULT 'pending',
    model_used TEXT,
    tokens_input INTEGER DEFAULT 0,
    tokens_output INTEGER DEFAULT 0,
    cost_usd REAL DEFAULT 0.0,
    latency_ms INTEGER,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    completed_at TEXT,
    error_message TEXT, session_id text, created_ms integer, definition_id text, doc integer, tokens_cache_read integer, tokens_cache_write integer, cost_source text, price_version text,
    FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
    CHECK (prompt_type IN ('adw', 'command', 'followup', 'correction', 'tool_call')),
    CHECK (status IN ('pending', 'streaming', 'completed', 'failed', 'cancelled'))
);

CREATE VIRTUAL TABLE prompts_text using fts5 (text, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3 4');

CREATE TABLE 'prompts_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'prompts_text_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'prompts_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'prompts_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE VIRTUAL TABLE prompts_words using fts5vocab (prompts_text, instance);

CREATE TABLE system_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    log_level TEXT NOT NULL DEFAULT 'INFO',
    component TEXT NOT NULL,
    message TEXT NOT NULL,
    details TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), created_ms integer,
    CHECK (log_level IN ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'))
);

CREATE VIRTUAL TABLE system_logs_text using fts5 (text, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3 4');

CREATE TABLE 'system_logs_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'system_logs_text_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'system_logs_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'system_logs_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE VIRTUAL TABLE system_logs_words using fts5vocab (system_logs_text, instance);

CREATE INDEX agent_logs_by_agent on agent_logs (agent_id, created_ms, id);

CREATE INDEX agent_logs_by_level on agent_logs (log_level, created_ms);

CREATE INDEX agent_logs_by_session on agent_logs (session_id, created_ms, id);

CREATE INDEX agent_logs_by_time on agent_logs (created_ms, id);

CREATE INDEX agent_logs_by_type on agent_logs (log_type, created_ms);

CREATE INDEX agents_by_definition on agents (orchestrator_agent_id, started_ms, id);

CREATE UNIQUE INDEX agents_by_external_id on agents (external_id);

CREATE INDEX agents_by_parent on agents (parent_agent_id, started_ms, id);

CREATE INDEX agents_by_session on agents (session_id, started_ms, id);

CREATE INDEX agents_by_silence on agents (silence, last_activity_ms)
  where status in ('pending', 'initializing', 'idle', 'planning', 'executing', 'reviewing');

CREATE INDEX agents_by_status on agents (status, started_ms, id);

CREATE INDEX agents_by_time on agents (started_ms, id);

CREATE INDEX agents_by_update on agents (updated_ms);

CREATE INDEX agents_silent on agents (session_id, silence)
  where silence <> 0 and status in ('pending', 'initializing', 'idle', 'planning', 'executing', 'reviewing');

CREATE INDEX idx_adw_created ON ai_developer_workflows(created_at DESC);

CREATE INDEX idx_adw_orch ON ai_developer_workflows(orchestrator_agent_id);

CREATE INDEX idx_adw_status ON ai_developer_workflows(status);

CREATE INDEX idx_adw_type ON ai_developer_workflows(workflow_type);

CREATE INDEX idx_agent_logs_agent ON agent_logs(agent_id);

CREATE INDEX idx_agents_orch ON agents(orchestrator_agent_id);

CREATE INDEX idx_agents_session ON agents(session_id);

CREATE INDEX idx_chat_agent ON orchestrator_chat(agent_id);

CREATE INDEX idx_chat_orch ON orchestrator_chat(orchestrator_agent_id);

CREATE INDEX idx_chat_orch_created ON orchestrator_chat(orchestrator_agent_id, created_at DESC);

CREATE INDEX idx_chat_sender ON orchestrator_chat(sender_type);

CREATE INDEX idx_prompts_agent ON prompts(agent_id);

CREATE INDEX idx_prompts_status ON prompts(status);

CREATE INDEX idx_system_logs_level ON system_logs(log_level);

CREATE INDEX orchestrator_agents_by_active on orchestrator_agents (is_active, created_ms, id);

CREATE INDEX orchestrator_agents_by_doc on orchestrator_agents (doc);

CREATE INDEX orchestrator_agents_by_time on orchestrator_agents (created_ms, id);

CREATE INDEX orchestrator_agents_by_type on orchestrator_agents (agent_type, created_ms, id);

CREATE INDEX orchestrator_calls_answered on orchestrator_calls (prompt_id, rank, sent_ms, call) where response is not null;

CREATE INDEX orchestrator_calls_by_prompt on orchestrator_calls (prompt_id, sent_ms);

CREATE INDEX orchestrator_calls_by_sent on orchestrator_calls (conversation_id, sent_ms) where timed = 1;

CREATE INDEX orchestrator_calls_loose on orchestrator_calls (conversation_id) where prompt_id is null;

CREATE INDEX orchestrator_conversations_by_agent on orchestrator_conversations (agent_id);

CREATE INDEX orchestrator_conversations_by_update on orchestrator_conversations (updated_ms);

CREATE INDEX orchestrator_conversations_ends_idle on orchestrator_conversations (updated_ms) where ends_idle = 1;

CREATE INDEX orchestrator_definition_days_by_day on orchestrator_definition_days (day);

CREATE INDEX orchestrator_idempotency_by_created on orchestrator_idempotency (created_ms);

CREATE INDEX orchestrator_idempotency_long on orchestrator_idempotency (created_ms) where length(body) > 1000;

CREATE INDEX orchestrator_purged_definition_days_by_day on orchestrator_purged_definition_days (day);

CREATE INDEX orchestrator_streams_by_update on orchestrator_streams (updated_ms);

CREATE INDEX orchestrator_tokens_by_created on orchestrator_tokens (created_ms, id);

CREATE INDEX orchestrator_turns_by_conversation on orchestrator_turns (conversation_id);

CREATE INDEX orchestrator_turns_by_key on orchestrator_turns (conversation_id, source_key);

CREATE INDEX orchestrator_turns_by_sent on orchestrator_turns (conversation_id, sent_ms);

CREATE INDEX orchestrator_turns_told_late on orchestrator_turns (conversation_id, sent_ms) where opened_ms is null;

CREATE INDEX prompts_by_agent on prompts (agent_id, created_ms, id);

CREATE INDEX prompts_by_doc on prompts (doc);

CREATE INDEX prompts_by_model on prompts (model_used, created_ms, id);

CREATE INDEX prompts_by_session on prompts (session_id, created_ms, id);

CREATE INDEX prompts_by_status on prompts (status, created_ms, id);

CREATE INDEX prompts_by_time on prompts (created_ms, id);

CREATE INDEX prompts_by_type on prompts (prompt_type, created_ms, id);

CREATE INDEX prompts_of_unknown_cost on prompts (created_ms, id, model_used, definition_id) where cost_source = 'unknown';

CREATE INDEX prompts_of_unknown_cost_by_session on prompts (session_id) where cost_source = 'unknown';

CREATE INDEX sessions_by_activity on orchestrator_sessions (last_ms, session_id);

CREATE INDEX system_logs_by_component on system_logs (component, created_ms);

CREATE INDEX system_logs_by_level on system_logs (log_level, created_ms);

CREATE INDEX system_logs_by_time on system_logs (created_ms, id);

CREATE INDEX workflows_by_definition on ai_developer_workflows (orchestrator_agent_id, status);

CREATE INDEX workflows_by_status on ai_developer_workflows (status, created_ms, id);

CREATE INDEX workflows_by_time on ai_developer_workflows (created_ms, id);

CREATE INDEX workflows_by_type on ai_developer_workflows (workflow_type, created_ms, id);

CREATE TRIGGER budget_agents_delete after delete on agents
begin
  delete from orchestrator_budgets where scope = 'agent' and id = cast(old.id as text);
  delete from orchestrator_budget_notices where scope = 'agent' and id = cast(old.id as text);
end;

CREATE TRIGGER budget_agents_insert after insert on agents
when instr(cast(new.config as text), '"max_cost_usd"') > 0 or exists (select 1 from orchestrator_budgets where scope = 'agent' and id = cast(new.id as text))
begin
  delete from orchestrator_budgets where scope = 'agent' and id = cast(new.id as text);
  insert into orchestrator_budgets (scope, id, max_cost_usd)
    select 'agent', id, usd from (
      select cast(new.id as text) as id, case when json_valid(t) then
        case when json_type(t, '$.max_cost_usd') in ('integer', 'real') then json_extract(t, '$.max_cost_usd') end end as usd
      from (select cast(new.config as text) as t) where instr(t, '"max_cost_usd"') > 0
    ) where id is not null and usd > 0 and usd <= 1e300;
end;

CREATE TRIGGER budget_agents_update after update of id, config on agents
when (old.config is not new.config or old.id is not new.id) and (instr(cast(new.config as text), '"max_cost_usd"') > 0
  or exists (select 1 from orchestrator_budgets where scope = 'agent' and id in (cast(old.id as text), cast(new.id as text))))
begin
  delete from orchestrator_budgets where scope = 'agent' and id in (cast(old.id as text), cast(new.id as text));
  insert into orchestrator_budgets (scope, id, max_cost_usd)
    select 'agent', id, usd from (
      select cast(new.id as text) as id, case when json_valid(t) then
        case when json_type(t, '$.max_cost_usd') in ('integer', 'real') then json_extract(t, '$.max_cost_usd') end end as usd
      from (select cast(new.config as text) as t) where instr(t, '"max_cost_usd"') > 0
    ) where id is not null and usd > 0 and usd <= 1e300;
end;

CREATE TRIGGER budget_definitions_delete after delete on orchestrator_agents
begin
  delete from orchestrator_budgets where scope = 'definition' and id = cast(old.id as text);
  delete from orchestrator_budget_notices where scope = 'definition' and id = cast(old.id as text);
end;

CREATE TRIGGER budget_definitions_insert after insert on orchestrator_agents
when instr(cast(new.config as text), '"max_cost_usd"') > 0 or exists (select 1 from orchestrator_budgets where scope = 'definition' and id = cast(new.id as text))
begin
  delete from orchestrator_budgets where scope = 'definition' and id = cast(new.id as text);
  insert into orchestrator_budgets (scope, id, max_cost_usd)
    select 'definition', id, usd from (
      select cast(new.id as text) as id, case when json_valid(t) then
        case when json_type(t, '$.max_cost_usd') in ('integer', 'real') then json_extract(t, '$.max_cost_usd') end end as usd
      from (select cast(new.config as text) as t) where instr(t, '"max_cost_usd"') > 0
    ) where id is not null and usd > 0 and usd <= 1e300;
end;

CREATE TRIGGER budget_definitions_update after update of id, config on orchestrator_agents
when (old.config is not new.config or old.id is not new.id) and (instr(cast(new.config as text), '"max_cost_usd"') > 0
  or exists (select 1 from orchestrator_budgets where scope = 'definition' and id in (cast(old.id as text), cast(new.id as text))))
begin
  delete from orchestrator_budgets where scope = 'definition' and id in (cast(old.id as text), cast(new.id as text));
  insert into orchestrator_budgets (scope, id, max_cost_usd)
    select 'definition', id, usd from (
      select cast(new.id as text) as id, case when json_valid(t) then
        case when json_type(t, '$.max_cost_usd') in ('integer', 'real') then json_extract(t, '$.max_cost_usd') end end as usd
      from (select cast(new.config as text) as t) where instr(t, '"max_cost_usd"') > 0
    ) where id is not null and usd > 0 and usd <= 1e300;
end;

CREATE TRIGGER budget_session_configs_delete after delete on orchestrator_session_configs
begin
  delete from orchestrator_budgets where scope = 'session' and id = cast(old.session_id as text);
  delete from orchestrator_budget_notices where scope = 'session' and id = cast(old.session_id as text);
end;

CREATE TRIGGER budget_session_configs_insert after insert on orchestrator_session_configs
when instr(cast(new.config as text), '"max_cost_usd"') > 0 or exists (select 1 from orchestrator_budgets where scope = 'session' and id = cast(new.session_id as text))
begin
  delete from orchestrator_budgets where scope = 'session' and id = cast(new.session_id as text);
  insert into orchestrator_budgets (scope, id, max_cost_usd)
    select 'session', id, usd from (
      select cast(new.session_id as text) as id, case when json_valid(t) then
        case when json_type(t, '$.max_cost_usd') in ('integer', 'real') then json_extract(t, '$.max_cost_usd') end end as usd
      from (select cast(new.config as text) as t) where instr(t, '"max_cost_usd"') > 0
    ) where id is not null and usd > 0 and usd <= 1e300;
end;

CREATE TRIGGER budget_session_configs_update after update of session_id, config on orchestrator_session_configs
when (old.config is not new.config or old.session_id is not new.session_id) and (instr(cast(new.config as text), '"max_cost_usd"') > 0
  or exists (select 1 from orchestrator_budgets where scope = 'session' and id in (cast(old.session_id as text), cast(new.session_id as text))))
begin
  delete from orchestrator_budgets where scope = 'session' and id in (cast(old.session_id as text), cast(new.session_id as text));
  insert into orchestrator_budgets (scope, id, max_cost_usd)
    select 'session', id, usd from (
      select cast(new.session_id as text) as id, case when json_valid(t) then
        case when json_type(t, '$.max_cost_usd') in ('integer', 'real') then json_extract(t, '$.max_cost_usd') end end as usd
      from (select cast(new.config as text) as t) where instr(t, '"max_cost_usd"') > 0
    ) where id is not null and usd > 0 and usd <= 1e300;
end;

CREATE TRIGGER feed_agent_books instead of insert on orchestrator_agent_books
begin
  insert into orchestrator_sessions (session_id, first_ms, last_ms, agents, pending, initializing, idle, planning, executing, reviewing, waiting, completed, failed, cancelled, nano)
    select new.session_id, 9007199254740991, -9007199254740991, new.sign, new.sign * (new.status is 'pending'), new.sign * (new.status is 'initializing'), new.sign * (new.status is 'idle'), new.sign * (new.status is 'planning'), new.sign * (new.status is 'executing'), new.sign * (new.status is 'reviewing'), new.sign * (new.status is 'waiting'), new.sign * (new.status is 'completed'), new.sign * (new.status is 'failed'), new.sign * (new.status is 'cancelled'), new.sign * new.nano
    where new.session_id is not null
    on conflict (session_id) do update set agents = agents + excluded.agents, pending = pending + excluded.pending, initializing = initializing + excluded.initializing, idle = idle + excluded.idle, planning = planning + excluded.planning, executing = executing + excluded.executing, reviewing = reviewing + excluded.reviewing, waiting = waiting + excluded.waiting, completed = completed + excluded.completed, failed = failed + excluded.failed, cancelled = cancelled + excluded.cancelled, nano = nano + excluded.nano;
  insert into orchestrator_definition_days (definition_id, day, agents, pending, initializing, idle, planning, executing, reviewing, waiting, completed, failed, cancelled, nano)
    select new.definition_id, new.day, new.sign, new.sign * (new.status is 'pending'), new.sign * (new.status is 'initializing'), new.sign * (new.status is 'idle'), new.sign * (new.status is 'planning'), new.sign * (new.status is 'executing'), new.sign * (new.status is 'reviewing'), new.sign * (new.status is 'waiting'), new.sign * (new.status is 'completed'), new.sign * (new.status is 'failed'), new.sign * (new.status is 'cancelled'), new.sign * new.nano
    where new.definition_id is not null
    on conflict (definition_id, day) do update set agents = agents + excluded.agents, pending = pending + excluded.pending, initializing = initializing + excluded.initializing, idle = idle + excluded.idle, planning = planning + excluded.planning, executing = executing + excluded.executing, reviewing = reviewing + excluded.reviewing, waiting = waiting + excluded.waiting, completed = completed + excluded.completed, failed = failed + excluded.failed, cancelled = cancelled + excluded.cancelled, nano = nano + excluded.nano;
  insert into orchestrator_model_days (day, model, nano)
    select new.day, '', new.sign * new.beyond where new.beyond <> 0
    on conflict (day, model) do update set nano = nano + excluded.nano;
end;

CREATE TRIGGER feed_agent_logs_before_insert before insert on agent_logs
when new.id is not -1 and exists (select 1 from agent_logs where id = new.id)
begin
  insert into orchestrator_replaced (entity, id, doc)
    select 'agent_log', cast(id as text), ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (id & 4194303) from agent_logs where id = new.id
    on conflict (entity, id) do update set doc = excluded.doc;
end;

CREATE TRIGGER feed_agent_logs_delete after delete on agent_logs
begin
  delete from orchestrator_replaced where entity = 'agent_log' and id = cast(old.id as text);
  insert into orchestrator_stale_texts (source, doc) values ('agent_log', ((min(max(old.created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (old.id & 4194303)) on conflict do nothing;
  update orchestrator_counts set rows = rows - 1 where name = 'agent_logs';
end;

CREATE TRIGGER feed_agent_logs_insert after insert on agent_logs
begin
  update agent_logs set
    created_ms = coalesce(created_ms, (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    )),
    session_id = coalesce(session_id, (select session_id from agents where id = new.agent_id))
  where id = new.id and (created_ms is null or session_id is null);
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast(session_id as text), m, m from (
      select session_id, case when created_ms < -1e15 then cast(round((julianday('now') - 2440587.5) * 86400000) as integer) else created_ms end as m from agent_logs where id = new.id
    ) where session_id is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms)
    where excluded.first_ms < first_ms or excluded.last_ms > last_ms;
  update agents set silence = 0 where id = new.agent_id and silence <> 0;
  update agents set last_activity_ms = ifnull(new.created_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) where id = new.agent_id and (last_activity_ms is null or last_activity_ms not between ifnull(new.created_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) and max(ifnull(new.created_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)), cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) + 86400000);
  update orchestrator_counts set rows = rows + 1 where name = 'agent_logs';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'agent_log', 'created', id, cast(agent_id as text), cast(session_id as text)
    from agent_logs where id = new.id;
end;

CREATE TRIGGER feed_agent_logs_insert_replaced after insert on agent_logs
when exists (select 1 from orchestrator_replaced where entity = 'agent_log' and id = cast(new.id as text))
begin
  insert into orchestrator_stale_texts (source, doc) select entity, doc from orchestrator_replaced where entity = 'agent_log' and id = cast(new.id as text) on conflict do nothing;
  update orchestrator_counts set rows = rows - 1 where name = 'agent_logs';
  delete from orchestrator_replaced where entity = 'agent_log' and id = cast(new.id as text);
end;

CREATE TRIGGER feed_agent_logs_update after update of id, agent_id, created_at, message, details on agent_logs
when old.id is not new.id or old.agent_id is not new.agent_id or old.created_at is not new.created_at or old.message is not new.message or old.details is not new.details
begin
  update agent_logs set
    created_ms = (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    ),
    session_id = (select session_id from agents where id = new.agent_id)
  where id = new.id and (old.agent_id is not new.agent_id or old.created_at is not new.created_at);
  insert into orchestrator_stale_texts (source, doc) values ('agent_log', ((min(max(old.created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (old.id & 4194303)) on conflict do nothing;
  insert into orchestrator_stale_texts (source, doc) select 'agent_log', ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (id & 4194303) from agent_logs where id = new.id on conflict do nothing;
end;

CREATE TRIGGER feed_agents_before_insert before insert on agents
when exists (select 1 from orchestrator_replaced where entity = 'agent') or exists (select 1 from agents where id = new.id) or exists (select 1 from agents where external_id = new.external_id)
begin
  delete from orchestrator_replaced where entity = 'agent';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data, purged_nano, definition_id, day, status, nano, beyond)
    select 'agent', ifnull(cast(id as text), ''), cast(id as text), cast(session_id as text), json_object(
      'id', cast(id as text),
      'orchestrator_agent_id', cast(orchestrator_agent_id as text),
      'session_id', cast(session_id as text),
      'parent_agent_id', cast(parent_agent_id as text),
      'name', substr(cast(name as text), 1, 2000),
      'external_id', cast(external_id as text),
      'status', cast(status as text),
      'started_at', cast(started_at as text),
      'updated_ms', case when updated_ms between -1e300 and 1e300 then updated_ms end,
      'completed_at', cast(completed_at as text),
      'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
      'error_message', substr(cast(error_message as text), 1, 2000),
      'silence', case when silence in (1, 2) then silence end,
      'last_activity_ms', case when silence in (1, 2) and last_activity_ms between -1e300 and 1e300 then last_activity_ms end
    ),
      purged_nano,
      cast(orchestrator_agent_id as text),
      (started_ms - ((started_ms % 86400000) + 86400000) % 86400000) / 86400000,
      cast(status as text),
      case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end,
      max(0, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end - prompts_nano - purged_nano)
    from agents where id = new.id or external_id = new.external_id
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_agents_before_update before update of id, external_id on agents
when old.id is not new.id or old.external_id is not new.external_id
begin
  delete from orchestrator_replaced where entity = 'agent';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data, purged_nano, definition_id, day, status, nano, beyond)
    select 'agent', ifnull(cast(id as text), ''), cast(id as text), cast(session_id as text), json_object(
      'id', cast(id as text),
      'orchestrator_agent_id', cast(orchestrator_agent_id as text),
      'session_id', cast(session_id as text),
      'parent_agent_id', cast(parent_agent_id as text),
      'name', substr(cast(name as text), 1, 2000),
      'external_id', cast(external_id as text),
      'status', cast(status as text),
      'started_at', cast(started_at as text),
      'updated_ms', case when updated_ms between -1e300 and 1e300 then updated_ms end,
      'completed_at', cast(completed_at as text),
      'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
      'error_message', substr(cast(error_message as text), 1, 2000),
      'silence', case when silence in (1, 2) then silence end,
      'last_activity_ms', case when silence in (1, 2) and last_activity_ms between -1e300 and 1e300 then last_activity_ms end
    ),
      purged_nano,
      cast(orchestrator_agent_id as text),
      (started_ms - ((started_ms % 86400000) + 86400000) % 86400000) / 86400000,
      cast(status as text),
      case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end,
      max(0, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end - prompts_nano - purged_nano)
    from agents where (id = new.id or external_id = new.external_id) and rowid <> old.rowid
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_agents_delete after delete on agents
begin
  delete from orchestrator_replaced where entity = 'agent' and id is cast(old.id as text);
  insert into orchestrator_agent_books (sign, session_id, definition_id, day, status, nano, beyond)
    select -1, session_id, definition_id, day, status, nano, beyond from (select cast(old.session_id as text) as session_id, cast(old.orchestrator_agent_id as text) as definition_id, (old.started_ms - ((old.started_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, cast(old.status as text) as status, case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end as nano, max(0, case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end - old.prompts_nano - old.purged_nano) as beyond);
  update orchestrator_counts set rows = rows - 1 where name = 'agents';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    values (cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'agent', 'deleted', cast(old.id as text), cast(old.id as text), cast(old.session_id as text), json_object(
        'id', cast(old.id as text),
        'orchestrator_agent_id', cast(old.orchestrator_agent_id as text),
        'session_id', cast(old.session_id as text),
        'parent_agent_id', cast(old.parent_agent_id as text),
        'name', substr(cast(old.name as text), 1, 2000),
        'external_id', cast(old.external_id as text),
        'status', cast(old.status as text),
        'started_at', cast(old.started_at as text),
        'updated_ms', case when old.updated_ms between -1e300 and 1e300 then old.updated_ms end,
        'completed_at', cast(old.completed_at as text),
        'cost_usd', case when old.cost_usd between -1e300 and 1e300 then old.cost_usd end,
        'error_message', substr(cast(old.error_message as text), 1, 2000),
        'silence', case when old.silence in (1, 2) then old.silence end,
        'last_activity_ms', case when old.silence in (1, 2) and old.last_activity_ms between -1e300 and 1e300 then old.last_activity_ms end
      ));
end;

CREATE TRIGGER feed_agents_insert after insert on agents
begin
  update agents set
    started_ms = coalesce(started_ms, (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.started_at as text) as t)
    )),
    updated_ms = coalesce(updated_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)),
    last_activity_ms = coalesce(last_activity_ms, updated_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer))
  where rowid = new.rowid and (started_ms is null or updated_ms is null or last_activity_ms is null);
  update agents set prompts_nano = (select ifnull(sum((case when typeof(p.cost_usd) in ('integer', 'real') and p.cost_usd between 0 and 1e300 then cast(round(min(p.cost_usd, 1e9) * 1e9) as integer) else 0 end) / 1000000000) * 1000000000 + sum((case when typeof(p.cost_usd) in ('integer', 'real') and p.cost_usd between 0 and 1e300 then cast(round(min(p.cost_usd, 1e9) * 1e9) as integer) else 0 end) % 1000000000), 0) from prompts p where p.agent_id = new.id)
  where rowid = new.rowid and (prompts_nano <> 0 or exists (select 1 from prompts where agent_id = new.id));
  update agents set purged_nano = (select purged_nano from orchestrator_replaced where entity = 'agent' and id is cast(new.id as text) and purged_nano <> 0) where rowid = new.rowid and exists (select 1 from orchestrator_replaced where entity = 'agent' and id is cast(new.id as text) and purged_nano <> 0);
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast(session_id as text), m, m from (
      select session_id, case when started_ms < -1e15 then updated_ms else started_ms end as m from agents where rowid = new.rowid
    ) where session_id is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  insert into orchestrator_agent_books (sign, session_id, definition_id, day, status, nano, beyond)
    select 1, session_id, definition_id, day, status, nano, beyond from (select cast(session_id as text) as session_id, cast(orchestrator_agent_id as text) as definition_id, (started_ms - ((started_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, cast(status as text) as status, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano, max(0, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end - prompts_nano - purged_nano) as beyond from agents where rowid = new.rowid);
  update orchestrator_counts set rows = rows + 1 where name = 'agents';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'agent',
      case when exists (select 1 from orchestrator_replaced where entity = 'agent' and id is cast(new.id as text)) then 'updated' else 'created' end,
      cast(id as text), cast(id as text), cast(session_id as text), json_object(
        'id', cast(id as text),
        'orchestrator_agent_id', cast(orchestrator_agent_id as text),
        'session_id', cast(session_id as text),
        'parent_agent_id', cast(parent_agent_id as text),
        'name', substr(cast(name as text), 1, 2000),
        'external_id', cast(external_id as text),
        'status', cast(status as text),
        'started_at', cast(started_at as text),
        'updated_ms', case when updated_ms between -1e300 and 1e300 then updated_ms end,
        'completed_at', cast(completed_at as text),
        'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
        'error_message', substr(cast(error_message as text), 1, 2000),
        'silence', case when silence in (1, 2) then silence end,
        'last_activity_ms', case when silence in (1, 2) and last_activity_ms between -1e300 and 1e300 then last_activity_ms end
      )
    from agents where rowid = new.rowid;
end;

CREATE TRIGGER feed_agents_insert_replaced after insert on agents
when exists (select 1 from orchestrator_replaced where entity = 'agent')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'agent' and id is not cast(new.id as text);
  insert into orchestrator_agent_books (sign, session_id, definition_id, day, status, nano, beyond)
    select -1, session_id, definition_id, day, status, nano, beyond from orchestrator_replaced where entity = 'agent';
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'agent') where name = 'agents';
end;

CREATE TRIGGER feed_agents_moved after update of id, session_id, orchestrator_agent_id, started_at on agents
when not (old.id is new.id and old.session_id is new.session_id and old.orchestrator_agent_id is new.orchestrator_agent_id and old.started_at is new.started_at)
begin
  update agents set
    started_ms = case when new.started_at is old.started_at or new.started_ms is not old.started_ms then started_ms else (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.started_at as text) as t)
    ) end,
    updated_ms = case when new.updated_ms is old.updated_ms then max(cast(round((julianday('now') - 2440587.5) * 86400000) as integer), ifnull(updated_ms, 0)) else updated_ms end
  where rowid = new.rowid and (new.started_at is not old.started_at or new.updated_ms is old.updated_ms);
  update agents set prompts_nano = (select ifnull(sum((case when typeof(p.cost_usd) in ('integer', 'real') and p.cost_usd between 0 and 1e300 then cast(round(min(p.cost_usd, 1e9) * 1e9) as integer) else 0 end) / 1000000000) * 1000000000 + sum((case when typeof(p.cost_usd) in ('integer', 'real') and p.cost_usd between 0 and 1e300 then cast(round(min(p.cost_usd, 1e9) * 1e9) as integer) else 0 end) % 1000000000), 0) from prompts p where p.agent_id = new.id)
  where rowid = new.rowid and old.id is not new.id;
  insert into orchestrator_prompt_books (sign, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano)
    select -1, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano from (select cast(session_id as text) as session_id, cast(definition_id as text) as definition_id, (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, ifnull(cast(agent_id as text), '') as agent_id, ifnull(substr(cast(model_used as text), 1, 255), '') as model, case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end as tokens_input, case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end as tokens_output, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano from prompts where agent_id = new.id);
  update prompts set session_id = new.session_id where agent_id = new.id and new.session_id is not old.session_id;
  update prompts set definition_id = new.orchestrator_agent_id where agent_id = new.id and new.orchestrator_agent_id is not old.orchestrator_agent_id;
  update agent_logs set session_id = new.session_id where agent_id = new.id and new.session_id is not old.session_id;
  insert into orchestrator_prompt_books (sign, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano)
    select 1, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano from (select cast(session_id as text) as session_id, cast(definition_id as text) as definition_id, (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, ifnull(cast(agent_id as text), '') as agent_id, ifnull(substr(cast(model_used as text), 1, 255), '') as model, case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end as tokens_input, case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end as tokens_output, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano from prompts where agent_id = new.id);
  insert into orchestrator_agent_books (sign, session_id, definition_id, day, status, nano, beyond)
    select -1, session_id, definition_id, day, status, nano, beyond from (select cast(old.session_id as text) as session_id, cast(old.orchestrator_agent_id as text) as definition_id, (old.started_ms - ((old.started_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, cast(old.status as text) as status, case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end as nano, max(0, case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end - old.prompts_nano - old.purged_nano) as beyond);
  insert into orchestrator_agent_books (sign, session_id, definition_id, day, status, nano, beyond)
    select 1, session_id, definition_id, day, status, nano, beyond from (select cast(session_id as text) as session_id, cast(orchestrator_agent_id as text) as definition_id, (started_ms - ((started_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, cast(status as text) as status, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano, max(0, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end - prompts_nano - purged_nano) as beyond from agents where rowid = new.rowid);
end;

CREATE TRIGGER feed_agents_silence after update of silence on agents
when old.silence is not new.silence and old.last_activity_ms is new.last_activity_ms
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'agent', 'updated',
      cast(id as text), cast(id as text), cast(session_id as text), json_object(
        'id', cast(id as text),
        'orchestrator_agent_id', cast(orchestrator_agent_id as text),
        'session_id', cast(session_id as text),
        'parent_agent_id', cast(parent_agent_id as text),
        'name', substr(cast(name as text), 1, 2000),
        'external_id', cast(external_id as text),
        'status', cast(status as text),
        'started_at', cast(started_at as text),
        'updated_ms', case when updated_ms between -1e300 and 1e300 then updated_ms end,
        'completed_at', cast(completed_at as text),
        'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
        'error_message', substr(cast(error_message as text), 1, 2000),
        'silence', case when silence in (1, 2) then silence end,
        'last_activity_ms', case when silence in (1, 2) and last_activity_ms between -1e300 and 1e300 then last_activity_ms end
      )
    from agents where rowid = new.rowid;
end;

CREATE TRIGGER feed_agents_totals after update of status, cost_usd on agents
when (old.status is not new.status or old.cost_usd is not new.cost_usd)
  and old.id is new.id and old.session_id is new.session_id and old.orchestrator_agent_id is new.orchestrator_agent_id and old.started_at is new.started_at
begin
  update orchestrator_sessions set pending = pending + (new.status is 'pending') - (old.status is 'pending'), initializing = initializing + (new.status is 'initializing') - (old.status is 'initializing'), idle = idle + (new.status is 'idle') - (old.status is 'idle'), planning = planning + (new.status is 'planning') - (old.status is 'planning'), executing = executing + (new.status is 'executing') - (old.status is 'executing'), reviewing = reviewing + (new.status is 'reviewing') - (old.status is 'reviewing'), waiting = waiting + (new.status is 'waiting') - (old.status is 'waiting'), completed = completed + (new.status is 'completed') - (old.status is 'completed'), failed = failed + (new.status is 'failed') - (old.status is 'failed'), cancelled = cancelled + (new.status is 'cancelled') - (old.status is 'cancelled'), nano = nano + case when typeof(new.cost_usd) in ('integer', 'real') and new.cost_usd between 0 and 1e300 then cast(round(min(new.cost_usd, 1e9) * 1e9) as integer) else 0 end - case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end
  where session_id = cast(new.session_id as text);
  update orchestrator_definition_days set pending = pending + (new.status is 'pending') - (old.status is 'pending'), initializing = initializing + (new.status is 'initializing') - (old.status is 'initializing'), idle = idle + (new.status is 'idle') - (old.status is 'idle'), planning = planning + (new.status is 'planning') - (old.status is 'planning'), executing = executing + (new.status is 'executing') - (old.status is 'executing'), reviewing = reviewing + (new.status is 'reviewing') - (old.status is 'reviewing'), waiting = waiting + (new.status is 'waiting') - (old.status is 'waiting'), completed = completed + (new.status is 'completed') - (old.status is 'completed'), failed = failed + (new.status is 'failed') - (old.status is 'failed'), cancelled = cancelled + (new.status is 'cancelled') - (old.status is 'cancelled'), nano = nano + case when typeof(new.cost_usd) in ('integer', 'real') and new.cost_usd between 0 and 1e300 then cast(round(min(new.cost_usd, 1e9) * 1e9) as integer) else 0 end - case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end
  where definition_id = cast(new.orchestrator_agent_id as text) and day = (old.started_ms - ((old.started_ms % 86400000) + 86400000) % 86400000) / 86400000;
  insert into orchestrator_model_days (day, model, nano)
    select (old.started_ms - ((old.started_ms % 86400000) + 86400000) % 86400000) / 86400000, '', max(0, case when typeof(new.cost_usd) in ('integer', 'real') and new.cost_usd between 0 and 1e300 then cast(round(min(new.cost_usd, 1e9) * 1e9) as integer) else 0 end - new.prompts_nano - new.purged_nano) - max(0, case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end - old.prompts_nano - old.purged_nano) where old.cost_usd is not new.cost_usd
    on conflict (day, model) do update set nano = nano + excluded.nano;
end;

CREATE TRIGGER feed_agents_update after update of id, orchestrator_agent_id, session_id, parent_agent_id, status, context, config, started_at, completed_at, cost_usd, error_message, name, external_id, metadata on agents
when old.id is not new.id or old.orchestrator_agent_id is not new.orchestrator_agent_id or old.session_id is not new.session_id or old.parent_agent_id is not new.parent_agent_id or old.status is not new.status or old.context is not new.context or old.config is not new.config or old.started_at is not new.started_at or old.completed_at is not new.completed_at or old.cost_usd is not new.cost_usd or old.error_message is not new.error_message or old.name is not new.name or old.external_id is not new.external_id or old.metadata is not new.metadata
begin
  update agents set
    started_ms = case when new.started_at is old.started_at or new.started_ms is not old.started_ms then started_ms else (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.started_at as text) as t)
    ) end,
    updated_ms = case when new.updated_ms is old.updated_ms then max(cast(round((julianday('now') - 2440587.5) * 86400000) as integer), ifnull(updated_ms, 0)) else updated_ms end
  where rowid = new.rowid and (new.started_at is not old.started_at or new.updated_ms is old.updated_ms);
  update agents set
    last_activity_ms = case when last_activity_ms between updated_ms and max(updated_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) + 86400000 then last_activity_ms + 1 else updated_ms end,
    silence = 0
  where rowid = new.rowid and (silence <> 0 or last_activity_ms is null or not last_activity_ms between updated_ms and max(updated_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) + 86400000);
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast(new.session_id as text), m, m from (select (select updated_ms from agents where rowid = new.rowid) as m) where new.session_id is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'agent', 'deleted', cast(old.id as text), cast(old.id as text), cast(old.session_id as text), json_object(
        'id', cast(old.id as text),
        'orchestrator_agent_id', cast(old.orchestrator_agent_id as text),
        'session_id', cast(old.session_id as text),
        'parent_agent_id', cast(old.parent_agent_id as text),
        'name', substr(cast(old.name as text), 1, 2000),
        'external_id', cast(old.external_id as text),
        'status', cast(old.status as text),
        'started_at', cast(old.started_at as text),
        'updated_ms', case when old.updated_ms between -1e300 and 1e300 then old.updated_ms end,
        'completed_at', cast(old.completed_at as text),
        'cost_usd', case when old.cost_usd between -1e300 and 1e300 then old.cost_usd end,
        'error_message', substr(cast(old.error_message as text), 1, 2000),
        'silence', case when old.silence in (1, 2) then old.silence end,
        'last_activity_ms', case when old.silence in (1, 2) and old.last_activity_ms between -1e300 and 1e300 then old.last_activity_ms end
      )
    where old.id is not new.id;
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'agent', case when old.id is new.id or exists (select 1 from orchestrator_replaced where entity = 'agent' and id is cast(new.id as text)) then 'updated' else 'created' end,
      cast(id as text), cast(id as text), cast(session_id as text), json_object(
        'id', cast(id as text),
        'orchestrator_agent_id', cast(orchestrator_agent_id as text),
        'session_id', cast(session_id as text),
        'parent_agent_id', cast(parent_agent_id as text),
        'name', substr(cast(name as text), 1, 2000),
        'external_id', cast(external_id as text),
        'status', cast(status as text),
        'started_at', cast(started_at as text),
        'updated_ms', case when updated_ms between -1e300 and 1e300 then updated_ms end,
        'completed_at', cast(completed_at as text),
        'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
        'error_message', substr(cast(error_message as text), 1, 2000),
        'silence', case when silence in (1, 2) then silence end,
        'last_activity_ms', case when silence in (1, 2) and last_activity_ms between -1e300 and 1e300 then last_activity_ms end
      )
    from agents where rowid = new.rowid;
end;

CREATE TRIGGER feed_agents_update_replaced after update of id, external_id on agents
when (old.id is not new.id or old.external_id is not new.external_id) and exists (select 1 from orchestrator_replaced where entity = 'agent')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'agent' and id is not cast(new.id as text);
  insert into orchestrator_agent_books (sign, session_id, definition_id, day, status, nano, beyond)
    select -1, session_id, definition_id, day, status, nano, beyond from orchestrator_replaced where entity = 'agent';
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'agent') where name = 'agents';
end;

CREATE TRIGGER feed_ai_developer_workflows_before_insert before insert on ai_developer_workflows
when exists (select 1 from orchestrator_replaced where entity = 'workflow') or exists (select 1 from ai_developer_workflows where id = new.id)
begin
  delete from orchestrator_replaced where entity = 'workflow';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data)
    select 'workflow', ifnull(cast(id as text), ''), null, null, json_object(
      'id', cast(id as text),
      'orchestrator_agent_id', cast(orchestrator_agent_id as text),
      'adw_name', substr(cast(adw_name as text), 1, 2000),
      'workflow_type', substr(cast(workflow_type as text), 1, 2000),
      'description', substr(cast(description as text), 1, 2000),
      'status', cast(status as text),
      'current_step', substr(cast(current_step as text), 1, 2000),
      'total_steps', case when total_steps between -1e300 and 1e300 then total_steps end,
      'completed_steps', case when completed_steps between -1e300 and 1e300 then completed_steps end,
      'started_at', cast(started_at as text),
      'completed_at', cast(completed_at as text),
      'duration_seconds', case when duration_seconds between -1e300 and 1e300 then duration_seconds end,
      'error_message', substr(cast(error_message as text), 1, 2000),
      'error_step', substr(cast(error_step as text), 1, 2000),
      'error_count', case when error_count between -1e300 and 1e300 then error_count end,
      'created_at', cast(created_at as text),
      'updated_at', cast(updated_at as text)
    )
    from ai_developer_workflows where id = new.id
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_ai_developer_workflows_before_update before update of id on ai_developer_workflows
when old.id is not new.id
begin
  delete from orchestrator_replaced where entity = 'workflow';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data)
    select 'workflow', ifnull(cast(id as text), ''), null, null, json_object(
      'id', cast(id as text),
      'orchestrator_agent_id', cast(orchestrator_agent_id as text),
      'adw_name', substr(cast(adw_name as text), 1, 2000),
      'workflow_type', substr(cast(workflow_type as text), 1, 2000),
      'description', substr(cast(description as text), 1, 2000),
      'status', cast(status as text),
      'current_step', substr(cast(current_step as text), 1, 2000),
      'total_steps', case when total_steps between -1e300 and 1e300 then total_steps end,
      'completed_steps', case when completed_steps between -1e300 and 1e300 then completed_steps end,
      'started_at', cast(started_at as text),
      'completed_at', cast(completed_at as text),
      'duration_seconds', case when duration_seconds between -1e300 and 1e300 then duration_seconds end,
      'error_message', substr(cast(error_message as text), 1, 2000),
      'error_step', substr(cast(error_step as text), 1, 2000),
      'error_count', case when error_count between -1e300 and 1e300 then error_count end,
      'created_at', cast(created_at as text),
      'updated_at', cast(updated_at as text)
    )
    from ai_developer_workflows where (id = new.id) and rowid <> old.rowid
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_ai_developer_workflows_delete after delete on ai_developer_workflows
begin
  delete from orchestrator_replaced where entity = 'workflow' and id is cast(old.id as text);
  update orchestrator_counts set rows = rows - 1 where name = 'ai_developer_workflows';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    values (cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'workflow', 'deleted', cast(old.id as text), null, null, json_object(
        'id', cast(old.id as text),
        'orchestrator_agent_id', cast(old.orchestrator_agent_id as text),
        'adw_name', substr(cast(old.adw_name as text), 1, 2000),
        'workflow_type', substr(cast(old.workflow_type as text), 1, 2000),
        'description', substr(cast(old.description as text), 1, 2000),
        'status', cast(old.status as text),
        'current_step', substr(cast(old.current_step as text), 1, 2000),
        'total_steps', case when old.total_steps between -1e300 and 1e300 then old.total_steps end,
        'completed_steps', case when old.completed_steps between -1e300 and 1e300 then old.completed_steps end,
        'started_at', cast(old.started_at as text),
        'completed_at', cast(old.completed_at as text),
        'duration_seconds', case when old.duration_seconds between -1e300 and 1e300 then old.duration_seconds end,
        'error_message', substr(cast(old.error_message as text), 1, 2000),
        'error_step', substr(cast(old.error_step as text), 1, 2000),
        'error_count', case when old.error_count between -1e300 and 1e300 then old.error_count end,
        'created_at', cast(old.created_at as text),
        'updated_at', cast(old.updated_at as text)
      ));
end;

CREATE TRIGGER feed_ai_developer_workflows_insert after insert on ai_developer_workflows
begin
  update ai_developer_workflows set
    created_ms = coalesce(created_ms, (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    ))
  where rowid = new.rowid and (created_ms is null);
  update orchestrator_counts set rows = rows + 1 where name = 'ai_developer_workflows';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'workflow',
      case when exists (select 1 from orchestrator_replaced where entity = 'workflow' and id is cast(new.id as text)) then 'updated' else 'created' end,
      cast(id as text), null, null, json_object(
        'id', cast(id as text),
        'orchestrator_agent_id', cast(orchestrator_agent_id as text),
        'adw_name', substr(cast(adw_name as text), 1, 2000),
        'workflow_type', substr(cast(workflow_type as text), 1, 2000),
        'description', substr(cast(description as text), 1, 2000),
        'status', cast(status as text),
        'current_step', substr(cast(current_step as text), 1, 2000),
        'total_steps', case when total_steps between -1e300 and 1e300 then total_steps end,
        'completed_steps', case when completed_steps between -1e300 and 1e300 then completed_steps end,
        'started_at', cast(started_at as text),
        'completed_at', cast(completed_at as text),
        'duration_seconds', case when duration_seconds between -1e300 and 1e300 then duration_seconds end,
        'error_message', substr(cast(error_message as text), 1, 2000),
        'error_step', substr(cast(error_step as text), 1, 2000),
        'error_count', case when error_count between -1e300 and 1e300 then error_count end,
        'created_at', cast(created_at as text),
        'updated_at', cast(updated_at as text)
      )
    from ai_developer_workflows where rowid = new.rowid;
end;

CREATE TRIGGER feed_ai_developer_workflows_insert_replaced after insert on ai_developer_workflows
when exists (select 1 from orchestrator_replaced where entity = 'workflow')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'workflow' and id is not cast(new.id as text);
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'workflow') where name = 'ai_developer_workflows';
end;

CREATE TRIGGER feed_ai_developer_workflows_update after update of id, orchestrator_agent_id, adw_name, workflow_type, description, status, current_step, total_steps, completed_steps, started_at, completed_at, duration_seconds, input_data, output_data, error_message, error_step, error_count, metadata, created_at on ai_developer_workflows
when old.id is not new.id or old.orchestrator_agent_id is not new.orchestrator_agent_id or old.adw_name is not new.adw_name or old.workflow_type is not new.workflow_type or old.description is not new.description or old.status is not new.status or old.current_step is not new.current_step or old.total_steps is not new.total_steps or old.completed_steps is not new.completed_steps or old.started_at is not new.started_at or old.completed_at is not new.completed_at or old.duration_seconds is not new.duration_seconds or old.input_data is not new.input_data or old.output_data is not new.output_data or old.error_message is not new.error_message or old.error_step is not new.error_step or old.error_count is not new.error_count or old.metadata is not new.metadata or old.created_at is not new.created_at
begin
  update ai_developer_workflows set
    created_ms = case when new.created_at is old.created_at or new.created_ms is not old.created_ms then created_ms else (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    ) end,
    updated_at = case when new.updated_at is old.updated_at then strftime('%Y-%m-%dT%H:%M:%f', 'now') else updated_at end
  where rowid = new.rowid and (new.created_at is not old.created_at or new.updated_at is old.updated_at);
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'workflow', 'deleted', cast(old.id as text), null, null, json_object(
        'id', cast(old.id as text),
        'orchestrator_agent_id', cast(old.orchestrator_agent_id as text),
        'adw_name', substr(cast(old.adw_name as text), 1, 2000),
        'workflow_type', substr(cast(old.workflow_type as text), 1, 2000),
        'description', substr(cast(old.description as text), 1, 2000),
        'status', cast(old.status as text),
        'current_step', substr(cast(old.current_step as text), 1, 2000),
        'total_steps', case when old.total_steps between -1e300 and 1e300 then old.total_steps end,
        'completed_steps', case when old.completed_steps between -1e300 and 1e300 then old.completed_steps end,
        'started_at', cast(old.started_at as text),
        'completed_at', cast(old.completed_at as text),
        'duration_seconds', case when old.duration_seconds between -1e300 and 1e300 then old.duration_seconds end,
        'error_message', substr(cast(old.error_message as text), 1, 2000),
        'error_step', substr(cast(old.error_step as text), 1, 2000),
        'error_count', case when old.error_count between -1e300 and 1e300 then old.error_count end,
        'created_at', cast(old.created_at as text),
        'updated_at', cast(old.updated_at as text)
      )
    where old.id is not new.id;
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'workflow', case when old.id is new.id or exists (select 1 from orchestrator_replaced where entity = 'workflow' and id is cast(new.id as text)) then 'updated' else 'created' end,
      cast(id as text), null, null, json_object(
        'id', cast(id as text),
        'orchestrator_agent_id', cast(orchestrator_agent_id as text),
        'adw_name', substr(cast(adw_name as text), 1, 2000),
        'workflow_type', substr(cast(workflow_type as text), 1, 2000),
        'description', substr(cast(description as text), 1, 2000),
        'status', cast(status as text),
        'current_step', substr(cast(current_step as text), 1, 2000),
        'total_steps', case when total_steps between -1e300 and 1e300 then total_steps end,
        'completed_steps', case when completed_steps between -1e300 and 1e300 then completed_steps end,
        'started_at', cast(started_at as text),
        'completed_at', cast(completed_at as text),
        'duration_seconds', case when duration_seconds between -1e300 and 1e300 then duration_seconds end,
        'error_message', substr(cast(error_message as text), 1, 2000),
        'error_step', substr(cast(error_step as text), 1, 2000),
        'error_count', case when error_count between -1e300 and 1e300 then error_count end,
        'created_at', cast(created_at as text),
        'updated_at', cast(updated_at as text)
      )
    from ai_developer_workflows where rowid = new.rowid;
end;

CREATE TRIGGER feed_ai_developer_workflows_update_replaced after update of id on ai_developer_workflows
when old.id is not new.id and exists (select 1 from orchestrator_replaced where entity = 'workflow')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'workflow' and id is not cast(new.id as text);
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'workflow') where name = 'ai_developer_workflows';
end;

CREATE TRIGGER feed_cost_books instead of insert on orchestrator_cost_books when new.amount <> 0
begin
  insert into orchestrator_model_days (day, model, nano)
    select (started_ms - ((started_ms % 86400000) + 86400000) % 86400000) / 86400000, '', max(0, gap - new.amount) - max(0, gap)
    from (select started_ms, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end - prompts_nano - purged_nano as gap from agents where id = new.agent_id) where true
    on conflict (day, model) do update set nano = nano + excluded.nano;
  update agents set prompts_nano = prompts_nano + new.amount where id = new.agent_id;
end;

CREATE TRIGGER feed_orchestrator_agents_before_insert before insert on orchestrator_agents
when exists (select 1 from orchestrator_replaced where entity = 'orchestrator_agent') or exists (select 1 from orchestrator_agents where id = new.id) or exists (select 1 from orchestrator_agents where name = new.name)
begin
  delete from orchestrator_replaced where entity = 'orchestrator_agent';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data, doc)
    select 'orchestrator_agent', ifnull(cast(id as text), ''), null, null, json_object(
      'id', cast(id as text),
      'name', substr(cast(name as text), 1, 2000),
      'description', substr(cast(description as text), 1, 2000),
      'agent_type', substr(cast(agent_type as text), 1, 2000),
      'capabilities', substr(cast(capabilities as text), 1, 2000),
      'default_model', substr(cast(default_model as text), 1, 2000),
      'is_active', case when is_active between -1e300 and 1e300 then is_active end,
      'created_at', cast(created_at as text),
      'updated_at', cast(updated_at as text)
    ),
      doc
    from orchestrator_agents where id = new.id or name = new.name
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_orchestrator_agents_before_update before update of id, name on orchestrator_agents
when old.id is not new.id or old.name is not new.name
begin
  delete from orchestrator_replaced where entity = 'orchestrator_agent';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data, doc)
    select 'orchestrator_agent', ifnull(cast(id as text), ''), null, null, json_object(
      'id', cast(id as text),
      'name', substr(cast(name as text), 1, 2000),
      'description', substr(cast(description as text), 1, 2000),
      'agent_type', substr(cast(agent_type as text), 1, 2000),
      'capabilities', substr(cast(capabilities as text), 1, 2000),
      'default_model', substr(cast(default_model as text), 1, 2000),
      'is_active', case when is_active between -1e300 and 1e300 then is_active end,
      'created_at', cast(created_at as text),
      'updated_at', cast(updated_at as text)
    ),
      doc
    from orchestrator_agents where (id = new.id or name = new.name) and rowid <> old.rowid
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_orchestrator_agents_delete after delete on orchestrator_agents
begin
  delete from orchestrator_replaced where entity = 'orchestrator_agent' and id is cast(old.id as text);
  insert into orchestrator_stale_texts (source, doc) select 'orchestrator_agent', old.doc where old.doc is not null on conflict do nothing;
  update orchestrator_counts set rows = rows - 1 where name = 'orchestrator_agents';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    values (cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'orchestrator_agent', 'deleted', cast(old.id as text), null, null, json_object(
        'id', cast(old.id as text),
        'name', substr(cast(old.name as text), 1, 2000),
        'description', substr(cast(old.description as text), 1, 2000),
        'agent_type', substr(cast(old.agent_type as text), 1, 2000),
        'capabilities', substr(cast(old.capabilities as text), 1, 2000),
        'default_model', substr(cast(old.default_model as text), 1, 2000),
        'is_active', case when old.is_active between -1e300 and 1e300 then old.is_active end,
        'created_at', cast(old.created_at as text),
        'updated_at', cast(old.updated_at as text)
      ));
end;

CREATE TRIGGER feed_orchestrator_agents_insert after insert on orchestrator_agents
begin
  update orchestrator_agents set
    created_ms = coalesce(created_ms, (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    )),
    is_active = is_active is not 0
  where rowid = new.rowid and (created_ms is null or is_active not in (0, 1));
  update orchestrator_agents set doc = ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | ((select ifnull(max(seq), 0) + 1 from sqlite_sequence where name = 'changes') & 4194303) where rowid = new.rowid and doc is null;
  update orchestrator_counts set rows = rows + 1 where name = 'orchestrator_agents';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'orchestrator_agent',
      case when exists (select 1 from orchestrator_replaced where entity = 'orchestrator_agent' and id is cast(new.id as text)) then 'updated' else 'created' end,
      cast(id as text), null, null, json_object(
        'id', cast(id as text),
        'name', substr(cast(name as text), 1, 2000),
        'description', substr(cast(description as text), 1, 2000),
        'agent_type', substr(cast(agent_type as text), 1, 2000),
        'capabilities', substr(cast(capabilities as text), 1, 2000),
        'default_model', substr(cast(default_model as text), 1, 2000),
        'is_active', case when is_active between -1e300 and 1e300 then is_active end,
        'created_at', cast(created_at as text),
        'updated_at', cast(updated_at as text)
      )
    from orchestrator_agents where rowid = new.rowid;
end;

CREATE TRIGGER feed_orchestrator_agents_insert_replaced after insert on orchestrator_agents
when exists (select 1 from orchestrator_replaced where entity = 'orchestrator_agent')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'orchestrator_agent' and id is not cast(new.id as text);
  insert into orchestrator_stale_texts (source, doc) select entity, doc from orchestrator_replaced where entity = 'orchestrator_agent' and doc is not null on conflict do nothing;
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'orchestrator_agent') where name = 'orchestrator_agents';
end;

CREATE TRIGGER feed_orchestrator_agents_update after update of id, name, description, agent_type, capabilities, default_model, created_at, is_active, metadata, config on orchestrator_agents
when old.id is not new.id or old.name is not new.name or old.description is not new.description or old.agent_type is not new.agent_type or old.capabilities is not new.capabilities or old.default_model is not new.default_model or old.created_at is not new.created_at or old.is_active is not new.is_active or old.metadata is not new.metadata or old.config is not new.config
begin
  update orchestrator_agents set
    created_ms = case when new.created_at is old.created_at or new.created_ms is not old.created_ms then created_ms else (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    ) end,
    updated_at = case when new.updated_at is old.updated_at then strftime('%Y-%m-%dT%H:%M:%f', 'now') else updated_at end
  where rowid = new.rowid and (new.created_at is not old.created_at or new.updated_at is old.updated_at);
  update orchestrator_agents set is_active = is_active is not 0 where rowid = new.rowid and is_active not in (0, 1);
  insert into orchestrator_stale_texts (source, doc)
    select 'orchestrator_agent', old.doc from orchestrator_agents where rowid = new.rowid and created_ms is not old.created_ms and old.doc is not null on conflict do nothing;
  update orchestrator_agents set doc = ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (old.doc & 4194303) where rowid = new.rowid and created_ms is not old.created_ms and old.doc is not null;
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'orchestrator_agent', 'deleted', cast(old.id as text), null, null, json_object(
        'id', cast(old.id as text),
        'name', substr(cast(old.name as text), 1, 2000),
        'description', substr(cast(old.description as text), 1, 2000),
        'agent_type', substr(cast(old.agent_type as text), 1, 2000),
        'capabilities', substr(cast(old.capabilities as text), 1, 2000),
        'default_model', substr(cast(old.default_model as text), 1, 2000),
        'is_active', case when old.is_active between -1e300 and 1e300 then old.is_active end,
        'created_at', cast(old.created_at as text),
        'updated_at', cast(old.updated_at as text)
      )
    where old.id is not new.id;
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'orchestrator_agent', case when old.id is new.id or exists (select 1 from orchestrator_replaced where entity = 'orchestrator_agent' and id is cast(new.id as text)) then 'updated' else 'created' end,
      cast(id as text), null, null, json_object(
        'id', cast(id as text),
        'name', substr(cast(name as text), 1, 2000),
        'description', substr(cast(description as text), 1, 2000),
        'agent_type', substr(cast(agent_type as text), 1, 2000),
        'capabilities', substr(cast(capabilities as text), 1, 2000),
        'default_model', substr(cast(default_model as text), 1, 2000),
        'is_active', case when is_active between -1e300 and 1e300 then is_active end,
        'created_at', cast(created_at as text),
        'updated_at', cast(updated_at as text)
      )
    from orchestrator_agents where rowid = new.rowid;
end;

CREATE TRIGGER feed_orchestrator_agents_update_replaced after update of id, name on orchestrator_agents
when (old.id is not new.id or old.name is not new.name) and exists (select 1 from orchestrator_replaced where entity = 'orchestrator_agent')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'orchestrator_agent' and id is not cast(new.id as text);
  insert into orchestrator_stale_texts (source, doc) select entity, doc from orchestrator_replaced where entity = 'orchestrator_agent' and doc is not null on conflict do nothing;
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'orchestrator_agent') where name = 'orchestrator_agents';
end;

CREATE TRIGGER feed_prompt_books instead of insert on orchestrator_prompt_books
begin
  insert into orchestrator_sessions (session_id, first_ms, last_ms, prompts, tokens_input, tokens_output)
    select new.session_id, 9007199254740991, -9007199254740991, new.sign, new.sign * new.tokens_input, new.sign * new.tokens_output where new.session_id is not null
    on conflict (session_id) do update set prompts = prompts + excluded.prompts, tokens_input = tokens_input + excluded.tokens_input,
      tokens_output = tokens_output + excluded.tokens_output;
  insert into orchestrator_definition_days (definition_id, day, prompts, tokens_input, tokens_output)
    select new.definition_id, new.day, new.sign, new.sign * new.tokens_input, new.sign * new.tokens_output where new.definition_id is not null
    on conflict (definition_id, day) do update set prompts = prompts + excluded.prompts, tokens_input = tokens_input + excluded.tokens_input,
      tokens_output = tokens_output + excluded.tokens_output;
  insert into orchestrator_agent_models (agent_id, model, day, prompts)
    select new.agent_id, new.model, new.day, new.sign where true
    on conflict (agent_id, model, day) do update set prompts = prompts + excluded.prompts;
  -- An agent is counted with its first prompt of a model and day, until its last one goes.
  insert into orchestrator_model_days (day, model, agents, prompts, tokens_input, tokens_output, nano)
    select day, model, new.sign * (prompts = (new.sign > 0)), new.sign, new.sign * new.tokens_input, new.sign * new.tokens_output, new.sign * new.nano
    from orchestrator_agent_models where agent_id = new.agent_id and model = new.model and day = new.day
    on conflict (day, model) do update set agents = agents + excluded.agents, prompts = prompts + excluded.prompts,
      tokens_input = tokens_input + excluded.tokens_input, tokens_output = tokens_output + excluded.tokens_output, nano = nano + excluded.nano;
  delete from orchestrator_agent_models where agent_id = new.agent_id and model = new.model and day = new.day and prompts = 0;
end;

CREATE TRIGGER feed_prompts_before_insert before insert on prompts
when exists (select 1 from orchestrator_replaced where entity = 'prompt') or exists (select 1 from prompts where id = new.id)
begin
  delete from orchestrator_replaced where entity = 'prompt';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data, definition_id, day, model, tokens_input, tokens_output, nano, doc)
    select 'prompt', ifnull(cast(id as text), ''), cast(agent_id as text), cast(session_id as text), json_object(
      'id', cast(id as text),
      'agent_id', cast(agent_id as text),
      'prompt_type', cast(prompt_type as text),
      'prompt_name', substr(cast(prompt_name as text), 1, 2000),
      'status', cast(status as text),
      'model_used', substr(cast(model_used as text), 1, 2000),
      'tokens_input', case when tokens_input between -1e300 and 1e300 then tokens_input end,
      'tokens_output', case when tokens_output between -1e300 and 1e300 then tokens_output end,
      'tokens_cache_read', case when tokens_cache_read between -1e300 and 1e300 then tokens_cache_read end,
      'tokens_cache_write', case when tokens_cache_write between -1e300 and 1e300 then tokens_cache_write end,
      'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
      'cost_source', substr(cast(cost_source as text), 1, 2000),
      'price_version', substr(cast(price_version as text), 1, 2000),
      'latency_ms', case when latency_ms between -1e300 and 1e300 then latency_ms end,
      'created_at', cast(created_at as text),
      'completed_at', cast(completed_at as text),
      'error_message', substr(cast(error_message as text), 1, 2000)
    ),
      cast(definition_id as text),
      (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000,
      ifnull(substr(cast(model_used as text), 1, 255), ''),
      case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end,
      case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end,
      case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end,
      doc
    from prompts where id = new.id
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_prompts_before_update before update of id on prompts
when old.id is not new.id
begin
  delete from orchestrator_replaced where entity = 'prompt';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data, definition_id, day, model, tokens_input, tokens_output, nano, doc)
    select 'prompt', ifnull(cast(id as text), ''), cast(agent_id as text), cast(session_id as text), json_object(
      'id', cast(id as text),
      'agent_id', cast(agent_id as text),
      'prompt_type', cast(prompt_type as text),
      'prompt_name', substr(cast(prompt_name as text), 1, 2000),
      'status', cast(status as text),
      'model_used', substr(cast(model_used as text), 1, 2000),
      'tokens_input', case when tokens_input between -1e300 and 1e300 then tokens_input end,
      'tokens_output', case when tokens_output between -1e300 and 1e300 then tokens_output end,
      'tokens_cache_read', case when tokens_cache_read between -1e300 and 1e300 then tokens_cache_read end,
      'tokens_cache_write', case when tokens_cache_write between -1e300 and 1e300 then tokens_cache_write end,
      'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
      'cost_source', substr(cast(cost_source as text), 1, 2000),
      'price_version', substr(cast(price_version as text), 1, 2000),
      'latency_ms', case when latency_ms between -1e300 and 1e300 then latency_ms end,
      'created_at', cast(created_at as text),
      'completed_at', cast(completed_at as text),
      'error_message', substr(cast(error_message as text), 1, 2000)
    ),
      cast(definition_id as text),
      (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000,
      ifnull(substr(cast(model_used as text), 1, 255), ''),
      case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end,
      case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end,
      case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end,
      doc
    from prompts where (id = new.id) and rowid <> old.rowid
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_prompts_delete after delete on prompts
begin
  delete from orchestrator_replaced where entity = 'prompt' and id is cast(old.id as text);
  insert into orchestrator_prompt_books (sign, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano)
    select -1, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano from (select cast(old.session_id as text) as session_id, cast(old.definition_id as text) as definition_id, (old.created_ms - ((old.created_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, ifnull(cast(old.agent_id as text), '') as agent_id, ifnull(substr(cast(old.model_used as text), 1, 255), '') as model, case when typeof(old.tokens_input) in ('integer', 'real') and old.tokens_input between 0 and 9007199254740991 then cast(old.tokens_input as integer) else 0 end as tokens_input, case when typeof(old.tokens_output) in ('integer', 'real') and old.tokens_output between 0 and 9007199254740991 then cast(old.tokens_output as integer) else 0 end as tokens_output, case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end as nano);
  insert into orchestrator_cost_books (agent_id, amount) values (old.agent_id, -(case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end));
  insert into orchestrator_stale_texts (source, doc) select 'prompt', old.doc where old.doc is not null on conflict do nothing;
  update orchestrator_counts set rows = rows - 1 where name = 'prompts';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    values (cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'prompt', 'deleted', cast(old.id as text), cast(old.agent_id as text), cast(old.session_id as text), json_object(
        'id', cast(old.id as text),
        'agent_id', cast(old.agent_id as text),
        'prompt_type', cast(old.prompt_type as text),
        'prompt_name', substr(cast(old.prompt_name as text), 1, 2000),
        'status', cast(old.status as text),
        'model_used', substr(cast(old.model_used as text), 1, 2000),
        'tokens_input', case when old.tokens_input between -1e300 and 1e300 then old.tokens_input end,
        'tokens_output', case when old.tokens_output between -1e300 and 1e300 then old.tokens_output end,
        'tokens_cache_read', case when old.tokens_cache_read between -1e300 and 1e300 then old.tokens_cache_read end,
        'tokens_cache_write', case when old.tokens_cache_write between -1e300 and 1e300 then old.tokens_cache_write end,
        'cost_usd', case when old.cost_usd between -1e300 and 1e300 then old.cost_usd end,
        'cost_source', substr(cast(old.cost_source as text), 1, 2000),
        'price_version', substr(cast(old.price_version as text), 1, 2000),
        'latency_ms', case when old.latency_ms between -1e300 and 1e300 then old.latency_ms end,
        'created_at', cast(old.created_at as text),
        'completed_at', cast(old.completed_at as text),
        'error_message', substr(cast(old.error_message as text), 1, 2000)
      ));
end;

CREATE TRIGGER feed_prompts_insert after insert on prompts
begin
  update prompts set
    created_ms = coalesce(created_ms, (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    )),
    session_id = coalesce(session_id, (select session_id from agents where id = new.agent_id)),
    definition_id = coalesce(definition_id, (select orchestrator_agent_id from agents where id = new.agent_id))
  where rowid = new.rowid and (created_ms is null or session_id is null or definition_id is null);
  update prompts set doc = ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | ((select ifnull(max(seq), 0) + 1 from sqlite_sequence where name = 'changes') & 4194303) where rowid = new.rowid and doc is null;
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast(session_id as text), m, m from (
      select session_id, case when created_ms < -1e15 then cast(round((julianday('now') - 2440587.5) * 86400000) as integer) else created_ms end as m from prompts where rowid = new.rowid
    ) where session_id is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  update agents set silence = 0 where id = new.agent_id and silence <> 0;
  update agents set last_activity_ms = ifnull(new.created_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) where id = new.agent_id and (last_activity_ms is null or last_activity_ms not between ifnull(new.created_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) and max(ifnull(new.created_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer)), cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) + 86400000);
  insert into orchestrator_prompt_books (sign, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano)
    select 1, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano from (select cast(session_id as text) as session_id, cast(definition_id as text) as definition_id, (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, ifnull(cast(agent_id as text), '') as agent_id, ifnull(substr(cast(model_used as text), 1, 255), '') as model, case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end as tokens_input, case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end as tokens_output, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano from prompts where rowid = new.rowid);
  insert into orchestrator_cost_books (agent_id, amount) values (new.agent_id, case when typeof(new.cost_usd) in ('integer', 'real') and new.cost_usd between 0 and 1e300 then cast(round(min(new.cost_usd, 1e9) * 1e9) as integer) else 0 end);
  update orchestrator_counts set rows = rows + 1 where name = 'prompts';
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'prompt',
      case when exists (select 1 from orchestrator_replaced where entity = 'prompt' and id is cast(new.id as text)) then 'updated' else 'created' end,
      cast(id as text), cast(agent_id as text), cast(session_id as text), json_object(
        'id', cast(id as text),
        'agent_id', cast(agent_id as text),
        'prompt_type', cast(prompt_type as text),
        'prompt_name', substr(cast(prompt_name as text), 1, 2000),
        'status', cast(status as text),
        'model_used', substr(cast(model_used as text), 1, 2000),
        'tokens_input', case when tokens_input between -1e300 and 1e300 then tokens_input end,
        'tokens_output', case when tokens_output between -1e300 and 1e300 then tokens_output end,
        'tokens_cache_read', case when tokens_cache_read between -1e300 and 1e300 then tokens_cache_read end,
        'tokens_cache_write', case when tokens_cache_write between -1e300 and 1e300 then tokens_cache_write end,
        'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
        'cost_source', substr(cast(cost_source as text), 1, 2000),
        'price_version', substr(cast(price_version as text), 1, 2000),
        'latency_ms', case when latency_ms between -1e300 and 1e300 then latency_ms end,
        'created_at', cast(created_at as text),
        'completed_at', cast(completed_at as text),
        'error_message', substr(cast(error_message as text), 1, 2000)
      )
    from prompts where rowid = new.rowid;
end;

CREATE TRIGGER feed_prompts_insert_replaced after insert on prompts
when exists (select 1 from orchestrator_replaced where entity = 'prompt')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'prompt' and id is not cast(new.id as text);
  insert into orchestrator_prompt_books (sign, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano)
    select -1, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano from orchestrator_replaced where entity = 'prompt';
  insert into orchestrator_cost_books (agent_id, amount) values ((select agent_id from orchestrator_replaced where entity = 'prompt'), -(select nano from orchestrator_replaced where entity = 'prompt'));
  insert into orchestrator_stale_texts (source, doc) select entity, doc from orchestrator_replaced where entity = 'prompt' and doc is not null on conflict do nothing;
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'prompt') where name = 'prompts';
end;

CREATE TRIGGER feed_prompts_moved after update of agent_id, model_used, created_at on prompts
when not (old.agent_id is new.agent_id and old.model_used is new.model_used and old.created_at is new.created_at)
begin
  update prompts set
    created_ms = case when new.created_at is old.created_at or new.created_ms is not old.created_ms then created_ms else (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    ) end,
    session_id = case when new.agent_id is old.agent_id then session_id else (select session_id from agents where id = new.agent_id) end,
    definition_id = case when new.agent_id is old.agent_id then definition_id else (select orchestrator_agent_id from agents where id = new.agent_id) end
  where rowid = new.rowid and (new.created_at is not old.created_at or new.agent_id is not old.agent_id);
  insert into orchestrator_prompt_books (sign, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano)
    select -1, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano from (select cast(old.session_id as text) as session_id, cast(old.definition_id as text) as definition_id, (old.created_ms - ((old.created_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, ifnull(cast(old.agent_id as text), '') as agent_id, ifnull(substr(cast(old.model_used as text), 1, 255), '') as model, case when typeof(old.tokens_input) in ('integer', 'real') and old.tokens_input between 0 and 9007199254740991 then cast(old.tokens_input as integer) else 0 end as tokens_input, case when typeof(old.tokens_output) in ('integer', 'real') and old.tokens_output between 0 and 9007199254740991 then cast(old.tokens_output as integer) else 0 end as tokens_output, case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end as nano);
  insert into orchestrator_prompt_books (sign, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano)
    select 1, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano from (select cast(session_id as text) as session_id, cast(definition_id as text) as definition_id, (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, ifnull(cast(agent_id as text), '') as agent_id, ifnull(substr(cast(model_used as text), 1, 255), '') as model, case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end as tokens_input, case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end as tokens_output, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano from prompts where rowid = new.rowid);
  insert into orchestrator_cost_books (agent_id, amount) values (old.agent_id, -(case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end));
  insert into orchestrator_cost_books (agent_id, amount) values (new.agent_id, case when typeof(new.cost_usd) in ('integer', 'real') and new.cost_usd between 0 and 1e300 then cast(round(min(new.cost_usd, 1e9) * 1e9) as integer) else 0 end);
end;

CREATE TRIGGER feed_prompts_totals after update of tokens_input, tokens_output, cost_usd on prompts
when (old.tokens_input is not new.tokens_input or old.tokens_output is not new.tokens_output or old.cost_usd is not new.cost_usd)
  and old.agent_id is new.agent_id and old.model_used is new.model_used and old.created_at is new.created_at
begin
  update orchestrator_sessions set tokens_input = tokens_input + case when typeof(new.tokens_input) in ('integer', 'real') and new.tokens_input between 0 and 9007199254740991 then cast(new.tokens_input as integer) else 0 end - case when typeof(old.tokens_input) in ('integer', 'real') and old.tokens_input between 0 and 9007199254740991 then cast(old.tokens_input as integer) else 0 end, tokens_output = tokens_output + case when typeof(new.tokens_output) in ('integer', 'real') and new.tokens_output between 0 and 9007199254740991 then cast(new.tokens_output as integer) else 0 end - case when typeof(old.tokens_output) in ('integer', 'real') and old.tokens_output between 0 and 9007199254740991 then cast(old.tokens_output as integer) else 0 end
  where session_id = cast(new.session_id as text);
  update orchestrator_definition_days set tokens_input = tokens_input + case when typeof(new.tokens_input) in ('integer', 'real') and new.tokens_input between 0 and 9007199254740991 then cast(new.tokens_input as integer) else 0 end - case when typeof(old.tokens_input) in ('integer', 'real') and old.tokens_input between 0 and 9007199254740991 then cast(old.tokens_input as integer) else 0 end, tokens_output = tokens_output + case when typeof(new.tokens_output) in ('integer', 'real') and new.tokens_output between 0 and 9007199254740991 then cast(new.tokens_output as integer) else 0 end - case when typeof(old.tokens_output) in ('integer', 'real') and old.tokens_output between 0 and 9007199254740991 then cast(old.tokens_output as integer) else 0 end
  where definition_id = cast(new.definition_id as text) and day = (new.created_ms - ((new.created_ms % 86400000) + 86400000) % 86400000) / 86400000;
  update orchestrator_model_days set tokens_input = tokens_input + case when typeof(new.tokens_input) in ('integer', 'real') and new.tokens_input between 0 and 9007199254740991 then cast(new.tokens_input as integer) else 0 end - case when typeof(old.tokens_input) in ('integer', 'real') and old.tokens_input between 0 and 9007199254740991 then cast(old.tokens_input as integer) else 0 end, tokens_output = tokens_output + case when typeof(new.tokens_output) in ('integer', 'real') and new.tokens_output between 0 and 9007199254740991 then cast(new.tokens_output as integer) else 0 end - case when typeof(old.tokens_output) in ('integer', 'real') and old.tokens_output between 0 and 9007199254740991 then cast(old.tokens_output as integer) else 0 end, nano = nano + case when typeof(new.cost_usd) in ('integer', 'real') and new.cost_usd between 0 and 1e300 then cast(round(min(new.cost_usd, 1e9) * 1e9) as integer) else 0 end - case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end
  where day = (new.created_ms - ((new.created_ms % 86400000) + 86400000) % 86400000) / 86400000 and model = ifnull(substr(cast(new.model_used as text), 1, 255), '');
  insert into orchestrator_cost_books (agent_id, amount) values (new.agent_id, case when typeof(new.cost_usd) in ('integer', 'real') and new.cost_usd between 0 and 1e300 then cast(round(min(new.cost_usd, 1e9) * 1e9) as integer) else 0 end - case when typeof(old.cost_usd) in ('integer', 'real') and old.cost_usd between 0 and 1e300 then cast(round(min(old.cost_usd, 1e9) * 1e9) as integer) else 0 end);
end;

CREATE TRIGGER feed_prompts_update after update of id, agent_id, prompt_type, prompt_name, prompt_text, response_text, status, model_used, tokens_input, tokens_output, cost_usd, latency_ms, created_at, completed_at, error_message, tokens_cache_read, tokens_cache_write, cost_source, price_version on prompts
when old.id is not new.id or old.agent_id is not new.agent_id or old.prompt_type is not new.prompt_type or old.prompt_name is not new.prompt_name or old.prompt_text is not new.prompt_text or old.response_text is not new.response_text or old.status is not new.status or old.model_used is not new.model_used or old.tokens_input is not new.tokens_input or old.tokens_output is not new.tokens_output or old.cost_usd is not new.cost_usd or old.latency_ms is not new.latency_ms or old.created_at is not new.created_at or old.completed_at is not new.completed_at or old.error_message is not new.error_message or old.tokens_cache_read is not new.tokens_cache_read or old.tokens_cache_write is not new.tokens_cache_write or old.cost_source is not new.cost_source or old.price_version is not new.price_version
begin
  update prompts set
    created_ms = case when new.created_at is old.created_at or new.created_ms is not old.created_ms then created_ms else (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    ) end,
    session_id = case when new.agent_id is old.agent_id then session_id else (select session_id from agents where id = new.agent_id) end,
    definition_id = case when new.agent_id is old.agent_id then definition_id else (select orchestrator_agent_id from agents where id = new.agent_id) end
  where rowid = new.rowid and (new.created_at is not old.created_at or new.agent_id is not old.agent_id);
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast((select session_id from prompts where rowid = new.rowid) as text), m, m from (select cast(round((julianday('now') - 2440587.5) * 86400000) as integer) as m) where (select session_id from prompts where rowid = new.rowid) is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  -- An answer that is taken away is no activity: retention does so.
  update agents set silence = 0 where id = new.agent_id and silence <> 0 and (new.response_text is not null or old.response_text is null);
  update agents set last_activity_ms = cast(round((julianday('now') - 2440587.5) * 86400000) as integer) where id = new.agent_id and (last_activity_ms is null or last_activity_ms not between cast(round((julianday('now') - 2440587.5) * 86400000) as integer) and cast(round((julianday('now') - 2440587.5) * 86400000) as integer) + 86400000) and (new.response_text is not null or old.response_text is null);
  insert into orchestrator_stale_texts (source, doc)
    select 'prompt', old.doc from prompts where rowid = new.rowid and created_ms is not old.created_ms and old.doc is not null on conflict do nothing;
  update prompts set doc = ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (old.doc & 4194303) where rowid = new.rowid and created_ms is not old.created_ms and old.doc is not null;
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'prompt', 'deleted', cast(old.id as text), cast(old.agent_id as text), cast(old.session_id as text), json_object(
        'id', cast(old.id as text),
        'agent_id', cast(old.agent_id as text),
        'prompt_type', cast(old.prompt_type as text),
        'prompt_name', substr(cast(old.prompt_name as text), 1, 2000),
        'status', cast(old.status as text),
        'model_used', substr(cast(old.model_used as text), 1, 2000),
        'tokens_input', case when old.tokens_input between -1e300 and 1e300 then old.tokens_input end,
        'tokens_output', case when old.tokens_output between -1e300 and 1e300 then old.tokens_output end,
        'tokens_cache_read', case when old.tokens_cache_read between -1e300 and 1e300 then old.tokens_cache_read end,
        'tokens_cache_write', case when old.tokens_cache_write between -1e300 and 1e300 then old.tokens_cache_write end,
        'cost_usd', case when old.cost_usd between -1e300 and 1e300 then old.cost_usd end,
        'cost_source', substr(cast(old.cost_source as text), 1, 2000),
        'price_version', substr(cast(old.price_version as text), 1, 2000),
        'latency_ms', case when old.latency_ms between -1e300 and 1e300 then old.latency_ms end,
        'created_at', cast(old.created_at as text),
        'completed_at', cast(old.completed_at as text),
        'error_message', substr(cast(old.error_message as text), 1, 2000)
      )
    where old.id is not new.id;
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'prompt', case when old.id is new.id or exists (select 1 from orchestrator_replaced where entity = 'prompt' and id is cast(new.id as text)) then 'updated' else 'created' end,
      cast(id as text), cast(agent_id as text), cast(session_id as text), json_object(
        'id', cast(id as text),
        'agent_id', cast(agent_id as text),
        'prompt_type', cast(prompt_type as text),
        'prompt_name', substr(cast(prompt_name as text), 1, 2000),
        'status', cast(status as text),
        'model_used', substr(cast(model_used as text), 1, 2000),
        'tokens_input', case when tokens_input between -1e300 and 1e300 then tokens_input end,
        'tokens_output', case when tokens_output between -1e300 and 1e300 then tokens_output end,
        'tokens_cache_read', case when tokens_cache_read between -1e300 and 1e300 then tokens_cache_read end,
        'tokens_cache_write', case when tokens_cache_write between -1e300 and 1e300 then tokens_cache_write end,
        'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
        'cost_source', substr(cast(cost_source as text), 1, 2000),
        'price_version', substr(cast(price_version as text), 1, 2000),
        'latency_ms', case when latency_ms between -1e300 and 1e300 then latency_ms end,
        'created_at', cast(created_at as text),
        'completed_at', cast(completed_at as text),
        'error_message', substr(cast(error_message as text), 1, 2000)
      )
    from prompts where rowid = new.rowid;
end;

CREATE TRIGGER feed_prompts_update_replaced after update of id on prompts
when old.id is not new.id and exists (select 1 from orchestrator_replaced where entity = 'prompt')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'prompt' and id is not cast(new.id as text);
  insert into orchestrator_prompt_books (sign, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano)
    select -1, session_id, definition_id, day, agent_id, model, tokens_input, tokens_output, nano from orchestrator_replaced where entity = 'prompt';
  insert into orchestrator_cost_books (agent_id, amount) values ((select agent_id from orchestrator_replaced where entity = 'prompt'), -(select nano from orchestrator_replaced where entity = 'prompt'));
  insert into orchestrator_stale_texts (source, doc) select entity, doc from orchestrator_replaced where entity = 'prompt' and doc is not null on conflict do nothing;
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'prompt') where name = 'prompts';
end;

CREATE TRIGGER feed_system_logs_before_insert before insert on system_logs
when new.id is not -1 and exists (select 1 from system_logs where id = new.id)
begin
  insert into orchestrator_replaced (entity, id, doc)
    select 'system_log', cast(id as text), ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (id & 4194303) from system_logs where id = new.id
    on conflict (entity, id) do update set doc = excluded.doc;
end;

CREATE TRIGGER feed_system_logs_delete after delete on system_logs
begin
  delete from orchestrator_replaced where entity = 'system_log' and id = cast(old.id as text);
  insert into orchestrator_stale_texts (source, doc) values ('system_log', ((min(max(old.created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (old.id & 4194303)) on conflict do nothing;
  update orchestrator_counts set rows = rows - 1 where name = 'system_logs';
end;

CREATE TRIGGER feed_system_logs_insert after insert on system_logs
begin
  update system_logs set created_ms = (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    )
  where id = new.id and created_ms is null;
  update orchestrator_counts set rows = rows + 1 where name = 'system_logs';
  insert into changes (at_ms, entity, op, entity_id)
    values (cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'system_log', 'created', new.id);
end;

CREATE TRIGGER feed_system_logs_insert_replaced after insert on system_logs
when exists (select 1 from orchestrator_replaced where entity = 'system_log' and id = cast(new.id as text))
begin
  insert into orchestrator_stale_texts (source, doc) select entity, doc from orchestrator_replaced where entity = 'system_log' and id = cast(new.id as text) on conflict do nothing;
  update orchestrator_counts set rows = rows - 1 where name = 'system_logs';
  delete from orchestrator_replaced where entity = 'system_log' and id = cast(new.id as text);
end;

CREATE TRIGGER feed_system_logs_update after update of id, created_at, message, details on system_logs
when old.id is not new.id or old.created_at is not new.created_at or old.message is not new.message or old.details is not new.details
begin
  update system_logs set created_ms = (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    ) where id = new.id and old.created_at is not new.created_at;
  insert into orchestrator_stale_texts (source, doc) values ('system_log', ((min(max(old.created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (old.id & 4194303)) on conflict do nothing;
  insert into orchestrator_stale_texts (source, doc) select 'system_log', ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (id & 4194303) from system_logs where id = new.id on conflict do nothing;
end;

CREATE TRIGGER orchestrator_calls_delete after delete on orchestrator_calls
begin
  update orchestrator_call_sums set calls = calls - 1,
      tokens_input = tokens_input - old.tokens_input, tokens_output = tokens_output - old.tokens_output,
      tokens_cache_read = tokens_cache_read - ifnull(old.tokens_cache_read, 0), cache_reads = cache_reads - (old.tokens_cache_read is not null),
      tokens_cache_write = tokens_cache_write - ifnull(old.tokens_cache_write, 0), cache_writes = cache_writes - (old.tokens_cache_write is not null),
      nano = nano - ifnull(old.nano, 0), priced = priced - (old.nano is not null)
    where prompt_id = ifnull(old.prompt_id, '') and conversation_id = old.conversation_id and rank = old.rank
      and model = ifnull(old.model, '') and cost_source = old.cost_source and price_version = ifnull(old.price_version, '');
  delete from orchestrator_call_sums where calls <= 0 and prompt_id = ifnull(old.prompt_id, '') and conversation_id = old.conversation_id and rank = old.rank
      and model = ifnull(old.model, '') and cost_source = old.cost_source and price_version = ifnull(old.price_version, '');
end;

CREATE TRIGGER orchestrator_calls_insert after insert on orchestrator_calls
begin
  insert into orchestrator_call_sums (prompt_id, conversation_id, rank, model, cost_source, price_version)
    select ifnull(new.prompt_id, ''), new.conversation_id, new.rank, ifnull(new.model, ''), new.cost_source, ifnull(new.price_version, '')
    where not exists (select 1 from orchestrator_call_sums
      where prompt_id = ifnull(new.prompt_id, '') and conversation_id = new.conversation_id and rank = new.rank
        and model = ifnull(new.model, '') and cost_source = new.cost_source and price_version = ifnull(new.price_version, ''));
  update orchestrator_call_sums set calls = calls + 1,
      tokens_input = tokens_input + new.tokens_input, tokens_output = tokens_output + new.tokens_output,
      tokens_cache_read = tokens_cache_read + ifnull(new.tokens_cache_read, 0), cache_reads = cache_reads + (new.tokens_cache_read is not null),
      tokens_cache_write = tokens_cache_write + ifnull(new.tokens_cache_write, 0), cache_writes = cache_writes + (new.tokens_cache_write is not null),
      nano = nano + ifnull(new.nano, 0), priced = priced + (new.nano is not null)
    where prompt_id = ifnull(new.prompt_id, '') and conversation_id = new.conversation_id and rank = new.rank
      and model = ifnull(new.model, '') and cost_source = new.cost_source and price_version = ifnull(new.price_version, '');
end;

CREATE TRIGGER orchestrator_calls_update after update of conversation_id, rank, prompt_id, model, tokens_input, tokens_output,
  tokens_cache_read, tokens_cache_write, nano, cost_source, price_version on orchestrator_calls
begin
  insert into orchestrator_call_sums (prompt_id, conversation_id, rank, model, cost_source, price_version)
    select ifnull(new.prompt_id, ''), new.conversation_id, new.rank, ifnull(new.model, ''), new.cost_source, ifnull(new.price_version, '')
    where not exists (select 1 from orchestrator_call_sums
      where prompt_id = ifnull(new.prompt_id, '') and conversation_id = new.conversation_id and rank = new.rank
        and model = ifnull(new.model, '') and cost_source = new.cost_source and price_version = ifnull(new.price_version, ''));
  update orchestrator_call_sums set calls = calls + 1,
      tokens_input = tokens_input + new.tokens_input, tokens_output = tokens_output + new.tokens_output,
      tokens_cache_read = tokens_cache_read + ifnull(new.tokens_cache_read, 0), cache_reads = cache_reads + (new.tokens_cache_read is not null),
      tokens_cache_write = tokens_cache_write + ifnull(new.tokens_cache_write, 0), cache_writes = cache_writes + (new.tokens_cache_write is not null),
      nano = nano + ifnull(new.nano, 0), priced = priced + (new.nano is not null)
    where prompt_id = ifnull(new.prompt_id, '') and conversation_id = new.conversation_id and rank = new.rank
      and model = ifnull(new.model, '') and cost_source = new.cost_source and price_version = ifnull(new.price_version, '');
  update orchestrator_call_sums set calls = calls - 1,
      tokens_input = tokens_input - old.tokens_input, tokens_output = tokens_output - old.tokens_output,
      tokens_cache_read = tokens_cache_read - ifnull(old.tokens_cache_read, 0), cache_reads = cache_reads - (old.tokens_cache_read is not null),
      tokens_cache_write = tokens_cache_write - ifnull(old.tokens_cache_write, 0), cache_writes = cache_writes - (old.tokens_cache_write is not null),
      nano = nano - ifnull(old.nano, 0), priced = priced - (old.nano is not null)
    where prompt_id = ifnull(old.prompt_id, '') and conversation_id = old.conversation_id and rank = old.rank
      and model = ifnull(old.model, '') and cost_source = old.cost_source and price_version = ifnull(old.price_version, '');
  delete from orchestrator_call_sums where calls <= 0 and prompt_id = ifnull(old.prompt_id, '') and conversation_id = old.conversation_id and rank = old.rank
      and model = ifnull(old.model, '') and cost_source = old.cost_source and price_version = ifnull(old.price_version, '');
end;

CREATE TRIGGER update_adw_updated_at after update on ai_developer_workflows when 0
begin
  select 1;
end;

CREATE TRIGGER update_orchestrator_agents_updated_at after update on orchestrator_agents when 0
begin
  select 1;
end;

CREATE VIEW orchestrator_agent_books as
select 1 as sign, null as session_id, null as definition_id, 0 as day, null as status, 0 as nano, 0 as beyond;

CREATE VIEW orchestrator_agent_models_now as
select ifnull(cast(agent_id as text), '') as agent_id, ifnull(substr(cast(model_used as text), 1, 255), '') as model, (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, count(*) as prompts
from prompts group by 1, 2, 3;

CREATE VIEW orchestrator_cost_books as select null as agent_id, 0 as amount;

CREATE VIEW orchestrator_counts_now as
select 'orchestrator_agents' as name, count(*) as rows from orchestrator_agents
union all select 'agents', count(*) from agents
union all select 'prompts', count(*) from prompts
union all select 'agent_logs', count(*) from agent_logs
union all select 'system_logs', count(*) from system_logs
union all select 'ai_developer_workflows', count(*) from ai_developer_workflows;

CREATE VIEW orchestrator_definition_days_now as
select definition_id, day, sum(agents) as agents, sum(pending) as pending, sum(initializing) as initializing, sum(idle) as idle, sum(planning) as planning, sum(executing) as executing, sum(reviewing) as reviewing, sum(waiting) as waiting, sum(completed) as completed, sum(failed) as failed, sum(cancelled) as cancelled, sum(prompts) as prompts, sum(tokens_input / 1000000000) * 1000000000 + sum(tokens_input % 1000000000) as tokens_input, sum(tokens_output / 1000000000) * 1000000000 + sum(tokens_output % 1000000000) as tokens_output, sum(nano / 1000000000) * 1000000000 + sum(nano % 1000000000) as nano from (
  select cast(orchestrator_agent_id as text) as definition_id, (started_ms - ((started_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, 1 as agents, status is 'pending' as pending, status is 'initializing' as initializing, status is 'idle' as idle, status is 'planning' as planning, status is 'executing' as executing, status is 'reviewing' as reviewing, status is 'waiting' as waiting, status is 'completed' as completed, status is 'failed' as failed, status is 'cancelled' as cancelled,
    0 as prompts, 0 as tokens_input, 0 as tokens_output, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano from agents
  union all
  select cast(definition_id as text), (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end, case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end, 0 from prompts
) where definition_id is not null group by definition_id, day;

CREATE VIEW orchestrator_model_days_now as
select day, model, sum(agents) as agents, sum(prompts) as prompts, sum(tokens_input / 1000000000) * 1000000000 + sum(tokens_input % 1000000000) as tokens_input, sum(tokens_output / 1000000000) * 1000000000 + sum(tokens_output % 1000000000) as tokens_output, sum(nano / 1000000000) * 1000000000 + sum(nano % 1000000000) as nano from (
  select (created_ms - ((created_ms % 86400000) + 86400000) % 86400000) / 86400000 as day, ifnull(substr(cast(model_used as text), 1, 255), '') as model, 0 as agents, 1 as prompts, case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end as tokens_input, case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end as tokens_output, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano from prompts
  union all
  select day, model, 1, 0, 0, 0, 0 from orchestrator_agent_models_now
  union all
  select (started_ms - ((started_ms % 86400000) + 86400000) % 86400000) / 86400000, '', 0, 0, 0, 0, max(0, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end - purged_nano
    - (select ifnull(sum((case when typeof(p.cost_usd) in ('integer', 'real') and p.cost_usd between 0 and 1e300 then cast(round(min(p.cost_usd, 1e9) * 1e9) as integer) else 0 end) / 1000000000) * 1000000000 + sum((case when typeof(p.cost_usd) in ('integer', 'real') and p.cost_usd between 0 and 1e300 then cast(round(min(p.cost_usd, 1e9) * 1e9) as integer) else 0 end) % 1000000000), 0) from prompts p where p.agent_id = agents.id)) from agents
) group by day, model;

CREATE VIEW orchestrator_prompt_books as
select 1 as sign, null as session_id, null as definition_id, 0 as day, '' as agent_id, '' as model, 0 as tokens_input, 0 as tokens_output, 0 as nano;

CREATE VIEW orchestrator_prompts_nano_now as
select a.rowid as agent_row, (select ifnull(sum((case when typeof(p.cost_usd) in ('integer', 'real') and p.cost_usd between 0 and 1e300 then cast(round(min(p.cost_usd, 1e9) * 1e9) as integer) else 0 end) / 1000000000) * 1000000000 + sum((case when typeof(p.cost_usd) in ('integer', 'real') and p.cost_usd between 0 and 1e300 then cast(round(min(p.cost_usd, 1e9) * 1e9) as integer) else 0 end) % 1000000000), 0) from prompts p where p.agent_id = a.id) as nano from agents a;

CREATE VIEW orchestrator_sessions_now as
select session_id, sum(agents) as agents, sum(pending) as pending, sum(initializing) as initializing, sum(idle) as idle, sum(planning) as planning, sum(executing) as executing, sum(reviewing) as reviewing, sum(waiting) as waiting, sum(completed) as completed, sum(failed) as failed, sum(cancelled) as cancelled, sum(prompts) as prompts, sum(tokens_input / 1000000000) * 1000000000 + sum(tokens_input % 1000000000) as tokens_input, sum(tokens_output / 1000000000) * 1000000000 + sum(tokens_output % 1000000000) as tokens_output, sum(nano / 1000000000) * 1000000000 + sum(nano % 1000000000) as nano from (
  select cast(session_id as text) as session_id, 1 as agents, status is 'pending' as pending, status is 'initializing' as initializing, status is 'idle' as idle, status is 'planning' as planning, status is 'executing' as executing, status is 'reviewing' as reviewing, status is 'waiting' as waiting, status is 'completed' as completed, status is 'failed' as failed, status is 'cancelled' as cancelled,
    0 as prompts, 0 as tokens_input, 0 as tokens_output, case when typeof(cost_usd) in ('integer', 'real') and cost_usd between 0 and 1e300 then cast(round(min(cost_usd, 1e9) * 1e9) as integer) else 0 end as nano from agents
  union all
  select cast(session_id as text), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, case when typeof(tokens_input) in ('integer', 'real') and tokens_input between 0 and 9007199254740991 then cast(tokens_input as integer) else 0 end, case when typeof(tokens_output) in ('integer', 'real') and tokens_output between 0 and 9007199254740991 then cast(tokens_output as integer) else 0 end, 0 from prompts
) where session_id is not null group by session_id;
