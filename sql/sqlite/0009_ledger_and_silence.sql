-- What a prompt's tokens and cost are made of, and when an agent was last heard of.
--   prompts.cost_source      reported | computed | unknown; price_version: of the list of prices it was computed from
--   agents.last_activity_ms  arrival of the last change of the agent, its prompts or logs, UTC milliseconds: our clock, as
--                            the server gives it for rows of its own (updated_ms, created_ms), or this file's. It moves
--                            back only from more than a day in the future.
--   agents.silence           0; 1 quiet, 2 lost: what the job of the server found. Any activity sets it to 0.

-- Filling is no change, and every column costs a reading of all triggers. All of them are made anew, in the order of 0005:
-- the last one made runs first.
drop trigger feed_agents_before_insert;
drop trigger feed_agents_insert;
drop trigger feed_agents_insert_replaced;
drop trigger feed_agents_before_update;
drop trigger feed_agents_update;
drop trigger feed_agents_totals;
drop trigger feed_agents_moved;
drop trigger feed_agents_update_replaced;
drop trigger feed_agents_delete;
drop trigger feed_prompts_before_insert;
drop trigger feed_prompts_insert;
drop trigger feed_prompts_insert_replaced;
drop trigger feed_prompts_before_update;
drop trigger feed_prompts_update;
drop trigger feed_prompts_totals;
drop trigger feed_prompts_moved;
drop trigger feed_prompts_update_replaced;
drop trigger feed_prompts_delete;
drop trigger feed_agent_logs_before_insert;
drop trigger feed_agent_logs_insert;
drop trigger feed_agent_logs_insert_replaced;
drop trigger feed_agent_logs_delete;
drop trigger feed_agent_logs_update;

alter table prompts add column tokens_cache_read integer;
alter table prompts add column tokens_cache_write integer;
alter table prompts add column cost_source text;
alter table prompts add column price_version text;
alter table agents add column last_activity_ms integer;
alter table agents add column silence integer not null default 0;

-- Of rows that were here before us only their own times are known; where none can be read, it is now.
update agents set last_activity_ms = (
  select case when m < -1e15 then now else min(m, now) end from (
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer) as now, max(
      ifnull(updated_ms, -9007199254740991),
      ifnull((select max(created_ms) from prompts where agent_id = agents.id), -9007199254740991),
      ifnull((select max(created_ms) from agent_logs where agent_id = agents.id), -9007199254740991)
    ) as m
  )
);

-- Whom the job looks for: who was active before a time and is not yet said to be quiet or lost, and the reverse.
create index agents_by_silence on agents (silence, last_activity_ms)
  where status in ('pending', 'initializing', 'idle', 'planning', 'executing', 'reviewing');
create index agents_silent on agents (session_id, silence)
  where silence <> 0 and status in ('pending', 'initializing', 'idle', 'planning', 'executing', 'reviewing');

-- agents

create trigger feed_agents_before_insert before insert on agents
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

create trigger feed_agents_insert after insert on agents
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

create trigger feed_agents_insert_replaced after insert on agents
when exists (select 1 from orchestrator_replaced where entity = 'agent')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'agent' and id is not cast(new.id as text);
  insert into orchestrator_agent_books (sign, session_id, definition_id, day, status, nano, beyond)
    select -1, session_id, definition_id, day, status, nano, beyond from orchestrator_replaced where entity = 'agent';
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'agent') where name = 'agents';
end;

create trigger feed_agents_before_update before update of id, external_id on agents
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

create trigger feed_agents_update after update of id, orchestrator_agent_id, session_id, parent_agent_id, status, context, config, started_at, completed_at, cost_usd, error_message, name, external_id, metadata on agents
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

-- Silence begins (the job says so) or ends (a prompt or log came). What ends it by a change of the agent itself moves
-- last_activity_ms in the same statement: that change has its frame.
create trigger feed_agents_silence after update of silence on agents
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

-- What it is worth changed, where it is counted did not.
create trigger feed_agents_totals after update of status, cost_usd on agents
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

-- It is counted elsewhere now, and its prompts and logs with it.
create trigger feed_agents_moved after update of id, session_id, orchestrator_agent_id, started_at on agents
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

create trigger feed_agents_update_replaced after update of id, external_id on agents
when (old.id is not new.id or old.external_id is not new.external_id) and exists (select 1 from orchestrator_replaced where entity = 'agent')
begin
  insert into changes (at_ms, entity, op, entity_id, agent_id, session_id, data)
    select cast(round((julianday('now') - 2440587.5) * 86400000) as integer), entity, 'deleted', id, agent_id, session_id, data
    from orchestrator_replaced where entity = 'agent' and id is not cast(new.id as text);
  insert into orchestrator_agent_books (sign, session_id, definition_id, day, status, nano, beyond)
    select -1, session_id, definition_id, day, status, nano, beyond from orchestrator_replaced where entity = 'agent';
  update orchestrator_counts set rows = rows - (select count(*) from orchestrator_replaced where entity = 'agent') where name = 'agents';
end;

create trigger feed_agents_delete after delete on agents
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

-- prompts

create trigger feed_prompts_before_insert before insert on prompts
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

create trigger feed_prompts_insert after insert on prompts
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

create trigger feed_prompts_insert_replaced after insert on prompts
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

create trigger feed_prompts_before_update before update of id on prompts
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

create trigger feed_prompts_update after update of id, agent_id, prompt_type, prompt_name, prompt_text, response_text, status, model_used, tokens_input, tokens_output, cost_usd, latency_ms, created_at, completed_at, error_message, tokens_cache_read, tokens_cache_write, cost_source, price_version on prompts
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

-- What it is worth changed, where it is counted did not.
create trigger feed_prompts_totals after update of tokens_input, tokens_output, cost_usd on prompts
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

-- It is counted elsewhere now.
create trigger feed_prompts_moved after update of agent_id, model_used, created_at on prompts
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

create trigger feed_prompts_update_replaced after update of id on prompts
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

create trigger feed_prompts_delete after delete on prompts
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

-- agent_logs

create trigger feed_agent_logs_before_insert before insert on agent_logs
when new.id is not -1 and exists (select 1 from agent_logs where id = new.id)
begin
  insert into orchestrator_replaced (entity, id, doc)
    select 'agent_log', cast(id as text), ((min(max(created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (id & 4194303) from agent_logs where id = new.id
    on conflict (entity, id) do update set doc = excluded.doc;
end;

create trigger feed_agent_logs_insert after insert on agent_logs
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

create trigger feed_agent_logs_insert_replaced after insert on agent_logs
when exists (select 1 from orchestrator_replaced where entity = 'agent_log' and id = cast(new.id as text))
begin
  insert into orchestrator_stale_texts (source, doc) select entity, doc from orchestrator_replaced where entity = 'agent_log' and id = cast(new.id as text) on conflict do nothing;
  update orchestrator_counts set rows = rows - 1 where name = 'agent_logs';
  delete from orchestrator_replaced where entity = 'agent_log' and id = cast(new.id as text);
end;

create trigger feed_agent_logs_delete after delete on agent_logs
begin
  delete from orchestrator_replaced where entity = 'agent_log' and id = cast(old.id as text);
  insert into orchestrator_stale_texts (source, doc) values ('agent_log', ((min(max(old.created_ms - 1577836800000, -2199023255552), 2199023255551)) << 22) | (old.id & 4194303)) on conflict do nothing;
  update orchestrator_counts set rows = rows - 1 where name = 'agent_logs';
end;

create trigger feed_agent_logs_update after update of id, agent_id, created_at, message, details on agent_logs
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
