-- Budgets: `max_cost_usd` in the `config` of an agent (for itself and all below it), of a definition or of a session.

-- What a definition is configured with, any JSON. A change of it is a change of the definition.
alter table orchestrator_agents add column config text;
-- Both, because they go in the order they are made in.
drop trigger feed_orchestrator_agents_update_replaced;
drop trigger feed_orchestrator_agents_update;

-- What a session is configured with, any JSON. Sessions have no rows of their own but totals, which are made anew.
create table orchestrator_session_configs (
  session_id text primary key,
  config text not null,
  updated_ms integer not null
) without rowid;

-- The budgets there are, kept by the triggers, whoever writes: to find one is a seek. One that is changed gets a new
-- revision, so that who has looked at all up to one finds those that are new.
create table orchestrator_budgets (
  revision integer primary key autoincrement,
  scope text not null,
  id text not null,
  max_cost_usd real not null,
  unique (scope, id)
);

-- What has been told: of each budget and amount each level once.
create table orchestrator_budget_notices (
  scope text not null,
  id text not null,
  max_cost_usd real not null,
  level text not null,
  at_ms integer not null,
  primary key (scope, id, max_cost_usd, level)
) without rowid;

insert into orchestrator_budgets (scope, id, max_cost_usd)
  select 'agent', id, usd from (
    select cast(id as text) as id, case when json_valid(t) then
      case when json_type(t, '$.max_cost_usd') in ('integer', 'real') then json_extract(t, '$.max_cost_usd') end end as usd
    from (select id, cast(config as text) as t from agents where instr(cast(config as text), '"max_cost_usd"') > 0)
  ) where id is not null and usd > 0 and usd <= 1e300;

create trigger feed_orchestrator_agents_update after update of id, name, description, agent_type, capabilities, default_model, created_at, is_active, metadata, config on orchestrator_agents
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

create trigger feed_orchestrator_agents_update_replaced after update of id, name on orchestrator_agents
when (old.id is not new.id or old.name is not new.name) and exists (select 1 from orchestrator_replaced where entity = 'orchestrator_agent')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'orchestrator_agent' and id is not cast(new.id as text);
  insert into orchestrator_stale_texts (source, doc) select entity, doc from orchestrator_replaced where entity = 'orchestrator_agent' and doc is not null on conflict do nothing;
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'orchestrator_agent') where name = 'orchestrator_agents';
end;

-- Beside those of the feed, whose order does not matter: these write nothing that those read.

create trigger budget_agents_insert after insert on agents
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
create trigger budget_agents_update after update of id, config on agents
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
create trigger budget_agents_delete after delete on agents
begin
  delete from orchestrator_budgets where scope = 'agent' and id = cast(old.id as text);
  delete from orchestrator_budget_notices where scope = 'agent' and id = cast(old.id as text);
end;

create trigger budget_definitions_insert after insert on orchestrator_agents
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
create trigger budget_definitions_update after update of id, config on orchestrator_agents
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
create trigger budget_definitions_delete after delete on orchestrator_agents
begin
  delete from orchestrator_budgets where scope = 'definition' and id = cast(old.id as text);
  delete from orchestrator_budget_notices where scope = 'definition' and id = cast(old.id as text);
end;

create trigger budget_session_configs_insert after insert on orchestrator_session_configs
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
create trigger budget_session_configs_update after update of session_id, config on orchestrator_session_configs
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
create trigger budget_session_configs_delete after delete on orchestrator_session_configs
begin
  delete from orchestrator_budgets where scope = 'session' and id = cast(old.session_id as text);
  delete from orchestrator_budget_notices where scope = 'session' and id = cast(old.session_id as text);
end;

-- Prompts whose price nobody knows: tables of costs tell how many there are, and the totals that are kept do not.
create index prompts_of_unknown_cost on prompts (created_ms, id, model_used, definition_id) where cost_source = 'unknown';
create index prompts_of_unknown_cost_by_session on prompts (session_id) where cost_source = 'unknown';
