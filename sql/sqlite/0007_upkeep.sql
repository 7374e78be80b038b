-- What the background jobs of all processes on this file share.

-- Work that must be done once is done by who holds its row; until_ms is UTC milliseconds.
create table orchestrator_leases (
  name text primary key,
  owner text not null,
  until_ms integer not null
) without rowid;

-- Nothing is removed because a file was adopted or upgraded: ages count from here at the earliest (UTC milliseconds).
insert into orchestrator_meta (key, value)
  values ('retention_since', cast(cast(round((julianday('now') - 2440587.5) * 86400000) as integer) as text))
  on conflict (key) do nothing;
