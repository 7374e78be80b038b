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
  -- Which channel's calls count (the greatest there is), and the cost that is booked for calls without a prompt.
  rank integer not null default 0,
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
  failed_error text
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
  prompt_id text references prompts(id) on delete cascade,
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
  primary key (conversation_id, rank, call)
) without rowid;
create index orchestrator_calls_by_prompt on orchestrator_calls (prompt_id);
create index orchestrator_calls_by_sent on orchestrator_calls (conversation_id, sent_ms);

-- How far a stream of lines was read (by the sender's id of it), and what its reader must know to go on.
create table orchestrator_streams (
  stream text primary key,
  lines integer not null,
  context text not null,
  updated_ms integer not null
) without rowid;
create index orchestrator_streams_by_update on orchestrator_streams (updated_ms);
