-- What is remembered of those who report to the server (agents' hooks, streams and telemetry), so that what is told twice,
-- late or by several ways is counted once. All of it goes with the agent or prompt that it belongs to.

-- A session, thread or sub-agent of a source, and the agent that stands for it here.
create table orchestrator_conversations (
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
create index orchestrator_conversations_ends_idle on orchestrator_conversations (updated_ms) where ends_idle = 1;
create index orchestrator_conversations_by_agent on orchestrator_conversations (agent_id);
create index orchestrator_conversations_by_update on orchestrator_conversations (updated_ms);

-- What has been told: events, and what has one log whoever tells it (ref is its id, rank the channel that its text is of).
create table orchestrator_ingest_keys (
  conversation_id integer not null references orchestrator_conversations(id) on delete cascade,
  key text not null,
  ref integer,
  rank integer,
  primary key (conversation_id, key)
) without rowid;

-- The turn of a conversation that a prompt stands for.
create table orchestrator_turns (
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
create index orchestrator_turns_by_conversation on orchestrator_turns (conversation_id);
create index orchestrator_turns_by_key on orchestrator_turns (conversation_id, source_key);
create index orchestrator_turns_by_sent on orchestrator_turns (conversation_id, sent_ms);
create index orchestrator_turns_told_late on orchestrator_turns (conversation_id, sent_ms) where opened_ms is null;

-- The ledger: a call of a model, once for each channel that tells of it.
create table orchestrator_calls (
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
create index orchestrator_calls_by_prompt on orchestrator_calls (prompt_id, sent_ms);
create index orchestrator_calls_by_sent on orchestrator_calls (conversation_id, sent_ms) where timed = 1;
create index orchestrator_calls_loose on orchestrator_calls (conversation_id) where prompt_id is null;
create index orchestrator_calls_answered on orchestrator_calls (prompt_id, rank, sent_ms, call) where response is not null;

-- What the calls of a prompt add up to, kept by the triggers below: a turn may have many thousands of them. '' for no prompt
-- (then it is of a conversation), no model, no version. Those of the greatest rank of a prompt count. The triggers have no `or
-- ignore`: the statement that fires them would decide about that.
create table orchestrator_call_sums (
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

create trigger orchestrator_calls_insert after insert on orchestrator_calls
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

create trigger orchestrator_calls_update after update of conversation_id, rank, prompt_id, model, tokens_input, tokens_output,
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

create trigger orchestrator_calls_delete after delete on orchestrator_calls
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

-- How far a stream of lines was read (by the sender's id of it), and what its reader must know to go on.
create table orchestrator_streams (
  stream text primary key,
  lines integer not null,
  context text not null,
  updated_ms integer not null
) without rowid;
create index orchestrator_streams_by_update on orchestrator_streams (updated_ms);
