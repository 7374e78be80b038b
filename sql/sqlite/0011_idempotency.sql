-- What a POST with an `Idempotency-Key` was answered: the same request with the same key gets it again for a day.
create table orchestrator_idempotency (
  number integer primary key,
  -- SHA-256 of who asked and of the key, and of all that was asked for; both in base64url.
  key text not null unique,
  request text not null,
  status integer not null,
  -- Null where only that it was done is kept: the answer held a secret, or was let go at the limit of the store.
  body text,
  location text,
  row_id text,
  -- UTC milliseconds.
  created_ms integer not null
);
create index orchestrator_idempotency_by_created on orchestrator_idempotency (created_ms);
-- Long ones are let go at the limit, the oldest first.
create index orchestrator_idempotency_long on orchestrator_idempotency (created_ms) where length(body) > 1000;
