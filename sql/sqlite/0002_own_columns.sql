-- What this server keeps beside the ancestor's columns. Other programs never name these columns:
-- the triggers of 0003 fill them for rows that others write.
--   *_ms        UTC milliseconds of the row's ordering time (updated_ms: of its last change). Lists and windows use
--               them, because '2026-02-05 23:59:59' sorts before '2026-02-05T00:00' as text.
--               A time that cannot be read is -9007199254740991: before every real one.
--   session_id  of the row's agent, copied, so that a cascade may delete in any order.

alter table orchestrator_agents add column is_active integer not null default 1;
alter table orchestrator_agents add column metadata text;
alter table orchestrator_agents add column created_ms integer;
alter table agents add column name text;
alter table agents add column external_id text;
alter table agents add column metadata text;
alter table agents add column started_ms integer;
alter table agents add column updated_ms integer;
alter table prompts add column session_id text;
alter table prompts add column created_ms integer;
alter table agent_logs add column session_id text;
alter table agent_logs add column created_ms integer;
alter table system_logs add column created_ms integer;
alter table ai_developer_workflows add column created_ms integer;

-- Rows that were here before us.

update orchestrator_agents set created_ms = (
  select coalesce(
    case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
      cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
      + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
    end, -9007199254740991)
  from (select cast(created_at as text) as t)
);
update agents set started_ms = (
  select coalesce(
    case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
      cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
      + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
    end, -9007199254740991)
  from (select cast(started_at as text) as t)
);
update prompts set created_ms = (
  select coalesce(
    case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
      cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
      + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
    end, -9007199254740991)
  from (select cast(created_at as text) as t)
);
update agent_logs set created_ms = (
  select coalesce(
    case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
      cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
      + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
    end, -9007199254740991)
  from (select cast(created_at as text) as t)
);
update system_logs set created_ms = (
  select coalesce(
    case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
      cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
      + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
    end, -9007199254740991)
  from (select cast(created_at as text) as t)
);
update ai_developer_workflows set created_ms = (
  select coalesce(
    case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
      cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
      + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
    end, -9007199254740991)
  from (select cast(created_at as text) as t)
);
update agents set updated_ms = max(started_ms, (
  select coalesce(
    case when t glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' then
      cast(strftime('%s', substr(t, 1, 19) || case when t glob '*[+-][0-9][0-9]:[0-9][0-9]' then substr(t, -6) else '' end) as integer) * 1000
      + case when substr(t, 20, 1) = '.' then cast(substr(substr(t, 21, 3) || '000', 1, 3) as integer) else 0 end
    end, -9007199254740991)
  from (select cast(completed_at as text) as t)
));
update prompts set session_id = (select session_id from agents where agents.id = prompts.agent_id);
update agent_logs set session_id = (select session_id from agents where agents.id = agent_logs.agent_id);

-- One row per session, so that sessions page by last activity without grouping every agent.
create table orchestrator_sessions (
  session_id text primary key,
  first_ms integer not null,
  last_ms integer not null
);
insert into orchestrator_sessions (session_id, first_ms, last_ms)
  select cast(session_id as text), min(first_ms), max(last_ms) from (
    select session_id, min(started_ms) as first_ms, max(updated_ms) as last_ms from agents group by session_id
    union all
    select session_id, min(created_ms), max(created_ms) from prompts group by session_id
    union all
    select session_id, min(created_ms), max(created_ms) from agent_logs group by session_id
  ) where session_id is not null group by cast(session_id as text);

-- Walks: each list order and each foreign key has an index that ends in (time, id).
create index orchestrator_agents_by_time on orchestrator_agents (created_ms, id);
create index agents_by_time on agents (started_ms, id);
create index agents_by_session on agents (session_id, started_ms, id);
create index agents_by_definition on agents (orchestrator_agent_id, started_ms, id);
create index agents_by_parent on agents (parent_agent_id, started_ms, id);
create index agents_by_status on agents (status, started_ms, id);
create index agents_by_update on agents (updated_ms);
create unique index agents_by_external_id on agents (external_id);
create index prompts_by_time on prompts (created_ms, id);
create index prompts_by_agent on prompts (agent_id, created_ms, id);
create index prompts_by_session on prompts (session_id, created_ms, id);
create index agent_logs_by_time on agent_logs (created_ms, id);
create index agent_logs_by_agent on agent_logs (agent_id, created_ms, id);
create index agent_logs_by_session on agent_logs (session_id, created_ms, id);
create index system_logs_by_time on system_logs (created_ms, id);
create index workflows_by_time on ai_developer_workflows (created_ms, id);
create index workflows_by_status on ai_developer_workflows (status, created_ms, id);
create index sessions_by_activity on orchestrator_sessions (last_ms, session_id);
