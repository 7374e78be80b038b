-- Every single filter of a list walks an index that ends in (time, id), newest first. The id of a log is its rowid, in
-- which every index ends by itself.
create index orchestrator_agents_by_type on orchestrator_agents (agent_type, created_ms, id);
create index orchestrator_agents_by_active on orchestrator_agents (is_active, created_ms, id);
create index prompts_by_status on prompts (status, created_ms, id);
create index prompts_by_type on prompts (prompt_type, created_ms, id);
create index prompts_by_model on prompts (model_used, created_ms, id);
create index agent_logs_by_level on agent_logs (log_level, created_ms);
create index agent_logs_by_type on agent_logs (log_type, created_ms);
create index system_logs_by_level on system_logs (log_level, created_ms);
create index system_logs_by_component on system_logs (component, created_ms);
create index workflows_by_type on ai_developer_workflows (workflow_type, created_ms, id);
-- How many workflows of a definition there are, and how many of them are alive, is counted in this.
create index workflows_by_definition on ai_developer_workflows (orchestrator_agent_id, status);
