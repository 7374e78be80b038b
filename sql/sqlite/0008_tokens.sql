-- Who may use the API. A token is known by its SHA-256; what it is itself is stored nowhere.
create table orchestrator_tokens (
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
create index orchestrator_tokens_by_created on orchestrator_tokens (created_ms, id);
