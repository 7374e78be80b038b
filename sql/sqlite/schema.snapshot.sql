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
    error_message TEXT, name text, external_id text, metadata text, started_ms integer, updated_ms integer,
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

CREATE TABLE orchestrator_agents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    agent_type TEXT NOT NULL,
    capabilities TEXT,
    default_model TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')), is_active integer not null default 1, metadata text, created_ms integer,
    CHECK (length(agent_type) > 0)
);

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

CREATE TABLE orchestrator_meta (
  key text primary key,
  value text not null
) without rowid;

CREATE TABLE orchestrator_migrations (version integer primary key, name text not null, checksum text not null, applied_at text not null);

CREATE TABLE orchestrator_replaced (
  entity text not null,
  id text not null,
  agent_id text,
  session_id text,
  data text,
  primary key (entity, id)
) without rowid;

CREATE TABLE orchestrator_sessions (
  session_id text primary key,
  first_ms integer not null,
  last_ms integer not null
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
    error_message TEXT, session_id text, created_ms integer,
    FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
    CHECK (prompt_type IN ('adw', 'command', 'followup', 'correction', 'tool_call')),
    CHECK (status IN ('pending', 'streaming', 'completed', 'failed', 'cancelled'))
);

CREATE TABLE system_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    log_level TEXT NOT NULL DEFAULT 'INFO',
    component TEXT NOT NULL,
    message TEXT NOT NULL,
    details TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')), created_ms integer,
    CHECK (log_level IN ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'))
);

CREATE INDEX agent_logs_by_agent on agent_logs (agent_id, created_ms, id);

CREATE INDEX agent_logs_by_session on agent_logs (session_id, created_ms, id);

CREATE INDEX agent_logs_by_time on agent_logs (created_ms, id);

CREATE INDEX agents_by_definition on agents (orchestrator_agent_id, started_ms, id);

CREATE UNIQUE INDEX agents_by_external_id on agents (external_id);

CREATE INDEX agents_by_parent on agents (parent_agent_id, started_ms, id);

CREATE INDEX agents_by_session on agents (session_id, started_ms, id);

CREATE INDEX agents_by_status on agents (status, started_ms, id);

CREATE INDEX agents_by_time on agents (started_ms, id);

CREATE INDEX agents_by_update on agents (updated_ms);

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

CREATE INDEX orchestrator_agents_by_time on orchestrator_agents (created_ms, id);

CREATE INDEX prompts_by_agent on prompts (agent_id, created_ms, id);

CREATE INDEX prompts_by_session on prompts (session_id, created_ms, id);

CREATE INDEX prompts_by_time on prompts (created_ms, id);

CREATE INDEX sessions_by_activity on orchestrator_sessions (last_ms, session_id);

CREATE INDEX system_logs_by_time on system_logs (created_ms, id);

CREATE INDEX workflows_by_status on ai_developer_workflows (status, created_ms, id);

CREATE INDEX workflows_by_time on ai_developer_workflows (created_ms, id);

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
    select cast((select session_id from agent_logs where id = new.id) as text), m, m from (select (select case when created_ms < -1e15 then cast(round((julianday('now') - 2440587.5) * 86400000) as integer) else created_ms end from agent_logs where id = new.id) as m) where (select session_id from agent_logs where id = new.id) is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'agent_log', 'created', id, cast(agent_id as text), cast(session_id as text)
    from agent_logs where id = new.id;
end;

CREATE TRIGGER feed_agent_logs_update after update of agent_id, created_at on agent_logs
when old.agent_id is not new.agent_id or old.created_at is not new.created_at
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
  where id = new.id;
end;

CREATE TRIGGER feed_agents_before_insert before insert on agents
begin
  delete from orchestrator_replaced where entity = 'agent';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data)
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
      'error_message', substr(cast(error_message as text), 1, 2000)
    )
    from agents where id = new.id or external_id = new.external_id
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_agents_before_update before update of id, external_id on agents
when old.id is not new.id or old.external_id is not new.external_id
begin
  delete from orchestrator_replaced where entity = 'agent';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data)
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
      'error_message', substr(cast(error_message as text), 1, 2000)
    )
    from agents where (id = new.id or external_id = new.external_id) and rowid <> old.rowid
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_agents_delete after delete on agents
begin
  delete from orchestrator_replaced where entity = 'agent' and id is cast(old.id as text);
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
        'error_message', substr(cast(old.error_message as text), 1, 2000)
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
    updated_ms = coalesce(updated_ms, cast(round((julianday('now') - 2440587.5) * 86400000) as integer))
  where rowid = new.rowid and (started_ms is null or updated_ms is null);
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast(new.session_id as text), m, m from (select (select case when started_ms < -1e15 then updated_ms else started_ms end from agents where rowid = new.rowid) as m) where new.session_id is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'agent' and id is not cast(new.id as text);
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
        'error_message', substr(cast(error_message as text), 1, 2000)
      )
    from agents where rowid = new.rowid;
  delete from orchestrator_replaced where entity = 'agent';
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
  update prompts set session_id = new.session_id where agent_id = new.id and new.session_id is not old.session_id;
  update agent_logs set session_id = new.session_id where agent_id = new.id and new.session_id is not old.session_id;
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast(new.session_id as text), m, m from (select (select updated_ms from agents where rowid = new.rowid) as m) where new.session_id is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'agent' and id is not cast(new.id as text) and (old.id is not new.id or old.external_id is not new.external_id);
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
        'error_message', substr(cast(old.error_message as text), 1, 2000)
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
        'error_message', substr(cast(error_message as text), 1, 2000)
      )
    from agents where rowid = new.rowid;
  delete from orchestrator_replaced where entity = 'agent' and (old.id is not new.id or old.external_id is not new.external_id);
end;

CREATE TRIGGER feed_ai_developer_workflows_before_insert before insert on ai_developer_workflows
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
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'workflow' and id is not cast(new.id as text);
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
  delete from orchestrator_replaced where entity = 'workflow';
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
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'workflow' and id is not cast(new.id as text) and old.id is not new.id;
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
  delete from orchestrator_replaced where entity = 'workflow' and old.id is not new.id;
end;

CREATE TRIGGER feed_orchestrator_agents_before_insert before insert on orchestrator_agents
begin
  delete from orchestrator_replaced where entity = 'orchestrator_agent';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data)
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
    )
    from orchestrator_agents where id = new.id or name = new.name
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_orchestrator_agents_before_update before update of id, name on orchestrator_agents
when old.id is not new.id or old.name is not new.name
begin
  delete from orchestrator_replaced where entity = 'orchestrator_agent';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data)
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
    )
    from orchestrator_agents where (id = new.id or name = new.name) and rowid <> old.rowid
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_orchestrator_agents_delete after delete on orchestrator_agents
begin
  delete from orchestrator_replaced where entity = 'orchestrator_agent' and id is cast(old.id as text);
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
    ))
  where rowid = new.rowid and (created_ms is null);
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'orchestrator_agent' and id is not cast(new.id as text);
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
  delete from orchestrator_replaced where entity = 'orchestrator_agent';
end;

CREATE TRIGGER feed_orchestrator_agents_update after update of id, name, description, agent_type, capabilities, default_model, created_at, is_active, metadata on orchestrator_agents
when old.id is not new.id or old.name is not new.name or old.description is not new.description or old.agent_type is not new.agent_type or old.capabilities is not new.capabilities or old.default_model is not new.default_model or old.created_at is not new.created_at or old.is_active is not new.is_active or old.metadata is not new.metadata
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
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'orchestrator_agent' and id is not cast(new.id as text) and (old.id is not new.id or old.name is not new.name);
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
  delete from orchestrator_replaced where entity = 'orchestrator_agent' and (old.id is not new.id or old.name is not new.name);
end;

CREATE TRIGGER feed_prompts_before_insert before insert on prompts
begin
  delete from orchestrator_replaced where entity = 'prompt';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data)
    select 'prompt', ifnull(cast(id as text), ''), cast(agent_id as text), cast(session_id as text), json_object(
      'id', cast(id as text),
      'agent_id', cast(agent_id as text),
      'prompt_type', cast(prompt_type as text),
      'prompt_name', substr(cast(prompt_name as text), 1, 2000),
      'status', cast(status as text),
      'model_used', substr(cast(model_used as text), 1, 2000),
      'tokens_input', case when tokens_input between -1e300 and 1e300 then tokens_input end,
      'tokens_output', case when tokens_output between -1e300 and 1e300 then tokens_output end,
      'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
      'latency_ms', case when latency_ms between -1e300 and 1e300 then latency_ms end,
      'created_at', cast(created_at as text),
      'completed_at', cast(completed_at as text),
      'error_message', substr(cast(error_message as text), 1, 2000)
    )
    from prompts where id = new.id
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_prompts_before_update before update of id on prompts
when old.id is not new.id
begin
  delete from orchestrator_replaced where entity = 'prompt';
  insert into orchestrator_replaced (entity, id, agent_id, session_id, data)
    select 'prompt', ifnull(cast(id as text), ''), cast(agent_id as text), cast(session_id as text), json_object(
      'id', cast(id as text),
      'agent_id', cast(agent_id as text),
      'prompt_type', cast(prompt_type as text),
      'prompt_name', substr(cast(prompt_name as text), 1, 2000),
      'status', cast(status as text),
      'model_used', substr(cast(model_used as text), 1, 2000),
      'tokens_input', case when tokens_input between -1e300 and 1e300 then tokens_input end,
      'tokens_output', case when tokens_output between -1e300 and 1e300 then tokens_output end,
      'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
      'latency_ms', case when latency_ms between -1e300 and 1e300 then latency_ms end,
      'created_at', cast(created_at as text),
      'completed_at', cast(completed_at as text),
      'error_message', substr(cast(error_message as text), 1, 2000)
    )
    from prompts where (id = new.id) and rowid <> old.rowid
    on conflict (entity, id) do nothing;
end;

CREATE TRIGGER feed_prompts_delete after delete on prompts
begin
  delete from orchestrator_replaced where entity = 'prompt' and id is cast(old.id as text);
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
        'cost_usd', case when old.cost_usd between -1e300 and 1e300 then old.cost_usd end,
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
    session_id = coalesce(session_id, (select session_id from agents where id = new.agent_id))
  where rowid = new.rowid and (created_ms is null or session_id is null);
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast((select session_id from prompts where rowid = new.rowid) as text), m, m from (select (select case when created_ms < -1e15 then cast(round((julianday('now') - 2440587.5) * 86400000) as integer) else created_ms end from prompts where rowid = new.rowid) as m) where (select session_id from prompts where rowid = new.rowid) is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'prompt' and id is not cast(new.id as text);
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
        'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
        'latency_ms', case when latency_ms between -1e300 and 1e300 then latency_ms end,
        'created_at', cast(created_at as text),
        'completed_at', cast(completed_at as text),
        'error_message', substr(cast(error_message as text), 1, 2000)
      )
    from prompts where rowid = new.rowid;
  delete from orchestrator_replaced where entity = 'prompt';
end;

CREATE TRIGGER feed_prompts_update after update of id, agent_id, prompt_type, prompt_name, prompt_text, response_text, status, model_used, tokens_input, tokens_output, cost_usd, latency_ms, created_at, completed_at, error_message on prompts
when old.id is not new.id or old.agent_id is not new.agent_id or old.prompt_type is not new.prompt_type or old.prompt_name is not new.prompt_name or old.prompt_text is not new.prompt_text or old.response_text is not new.response_text or old.status is not new.status or old.model_used is not new.model_used or old.tokens_input is not new.tokens_input or old.tokens_output is not new.tokens_output or old.cost_usd is not new.cost_usd or old.latency_ms is not new.latency_ms or old.created_at is not new.created_at or old.completed_at is not new.completed_at or old.error_message is not new.error_message
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
    session_id = case when new.agent_id is old.agent_id then session_id else (select session_id from agents where id = new.agent_id) end
  where rowid = new.rowid and (new.created_at is not old.created_at or new.agent_id is not old.agent_id);
  insert into orchestrator_sessions (session_id, first_ms, last_ms)
    select cast((select session_id from prompts where rowid = new.rowid) as text), m, m from (select cast(round((julianday('now') - 2440587.5) * 86400000) as integer) as m) where (select session_id from prompts where rowid = new.rowid) is not null
    on conflict (session_id) do update set first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms);
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'prompt' and id is not cast(new.id as text) and old.id is not new.id;
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
        'cost_usd', case when old.cost_usd between -1e300 and 1e300 then old.cost_usd end,
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
        'cost_usd', case when cost_usd between -1e300 and 1e300 then cost_usd end,
        'latency_ms', case when latency_ms between -1e300 and 1e300 then latency_ms end,
        'created_at', cast(created_at as text),
        'completed_at', cast(completed_at as text),
        'error_message', substr(cast(error_message as text), 1, 2000)
      )
    from prompts where rowid = new.rowid;
  delete from orchestrator_replaced where entity = 'prompt' and old.id is not new.id;
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
  insert into changes (at_ms, entity, op, entity_id)
    values (cast(round((julianday('now') - 2440587.5) * 86400000) as integer), 'system_log', 'created', new.id);
end;

CREATE TRIGGER feed_system_logs_update after update of created_at on system_logs
when old.created_at is not new.created_at
begin
  update system_logs set created_ms = (
      select coalesce(
        case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
          cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
          + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
        end, -9007199254740991)
      from (select cast(new.created_at as text) as t)
    ) where id = new.id;
end;

CREATE TRIGGER update_adw_updated_at after update on ai_developer_workflows when 0
begin
  select 1;
end;

CREATE TRIGGER update_orchestrator_agents_updated_at after update on orchestrator_agents when 0
begin
  select 1;
end;
