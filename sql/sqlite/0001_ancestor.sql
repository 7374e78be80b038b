-- The tables and indexes of the ancestor (TAC Bootstrap 0.9.0), with its names, columns, defaults and foreign keys, so
-- that its processes go on writing into a file that this server made. Wider than theirs are two CHECKs: any agent_type,
-- and the statuses pending, idle and waiting. In an adopted file all of this exists already (adopt.ts widens the two
-- CHECKs there), so every statement is `if not exists`.

create table if not exists orchestrator_agents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    agent_type TEXT NOT NULL,
    capabilities TEXT,
    default_model TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    CHECK (length(agent_type) > 0)
);
create table if not exists agents (
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
    error_message TEXT,
    FOREIGN KEY (orchestrator_agent_id) REFERENCES orchestrator_agents(id) ON DELETE CASCADE,
    FOREIGN KEY (parent_agent_id) REFERENCES agents(id) ON DELETE SET NULL,
    CHECK (status IN ('pending', 'initializing', 'idle', 'planning', 'executing', 'reviewing', 'waiting', 'completed', 'failed', 'cancelled'))
);
create table if not exists prompts (
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
    error_message TEXT,
    FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
    CHECK (prompt_type IN ('adw', 'command', 'followup', 'correction', 'tool_call')),
    CHECK (status IN ('pending', 'streaming', 'completed', 'failed', 'cancelled'))
);
create table if not exists agent_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id TEXT NOT NULL,
    log_level TEXT NOT NULL DEFAULT 'INFO',
    log_type TEXT NOT NULL,
    message TEXT NOT NULL,
    details TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
    CHECK (log_level IN ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')),
    CHECK (log_type IN ('state_change', 'milestone', 'error', 'performance', 'tool_call', 'cost_update'))
);
create table if not exists system_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    log_level TEXT NOT NULL DEFAULT 'INFO',
    component TEXT NOT NULL,
    message TEXT NOT NULL,
    details TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')),
    CHECK (log_level IN ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'))
);
create table if not exists orchestrator_chat (
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
create table if not exists ai_developer_workflows (
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
    updated_at TEXT NOT NULL DEFAULT (datetime('now')),
    FOREIGN KEY (orchestrator_agent_id) REFERENCES orchestrator_agents(id) ON DELETE CASCADE,
    CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'cancelled'))
);
create index if not exists idx_agents_session ON agents(session_id);
create index if not exists idx_agents_orch ON agents(orchestrator_agent_id);
create index if not exists idx_prompts_agent ON prompts(agent_id);
create index if not exists idx_prompts_status ON prompts(status);
create index if not exists idx_agent_logs_agent ON agent_logs(agent_id);
create index if not exists idx_system_logs_level ON system_logs(log_level);
create index if not exists idx_chat_orch ON orchestrator_chat(orchestrator_agent_id);
create index if not exists idx_chat_agent ON orchestrator_chat(agent_id);
create index if not exists idx_chat_sender ON orchestrator_chat(sender_type);
create index if not exists idx_chat_orch_created ON orchestrator_chat(orchestrator_agent_id, created_at DESC);
create index if not exists idx_adw_orch ON ai_developer_workflows(orchestrator_agent_id);
create index if not exists idx_adw_status ON ai_developer_workflows(status);
create index if not exists idx_adw_type ON ai_developer_workflows(workflow_type);
create index if not exists idx_adw_created ON ai_developer_workflows(created_at DESC);
