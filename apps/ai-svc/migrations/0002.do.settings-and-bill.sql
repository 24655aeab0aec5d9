-- A tenant's settings; one that has changed nothing has no row.
create table configs (
  tenant_id bigint primary key,
  enabled boolean not null,
  default_model text not null,
  feature_models jsonb not null,
  features jsonb not null,
  monthly_cap_cents bigint,
  rate_per_key_per_day int,
  -- The end of the Anthropic key, and the key itself: AES-256-GCM under the master key key_id.
  key_hint text,
  key_id text,
  key_nonce bytea,
  key_ciphertext bytea,
  key_tag bytea,
  updated_at timestamptz(3),
  version bigint not null,
  constraint configs_key_whole check (num_nulls(key_hint, key_id, key_nonce, key_ciphertext, key_tag) in (0, 5))
);
create index configs_by_master_key on configs (key_id) where key_id is not null;

-- Money is kept in millionths of a US cent, in which every price for one token is a whole number.

-- What each calendar month (UTC) has cost, and what is held back for attempts under way, at their worst case.
create table spend (
  tenant_id bigint not null,
  month date not null,
  cost bigint not null default 0,
  reserved bigint not null default 0,
  primary key (tenant_id, month),
  constraint spend_not_negative check (cost >= 0 and reserved >= 0)
);

-- Each call of a hook that passed its checks. One without ended_at is under way, or its process died.
create table calls (
  tenant_id bigint not null,
  id text not null,
  hook text not null,
  -- The day (UTC) it began, to which all its attempts count.
  date date not null,
  ticket_id bigint,
  -- Who called, for the event that tells its end.
  actor_kind text not null,
  actor_id text not null,
  via text not null,
  request_id text not null,
  model text,
  prompt_version text,
  started_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3),
  -- Both null when it answered.
  error text,
  reason text,
  -- Of all its attempts, once it has ended.
  prompt_tokens bigint not null default 0,
  completion_tokens bigint not null default 0,
  cost bigint not null default 0,
  primary key (tenant_id, id)
);
create index calls_by_date on calls (tenant_id, date);
create index calls_under_way on calls (expires_at) where ended_at is null;

-- Each request to Anthropic.
create table attempts (
  tenant_id bigint not null,
  call_id text not null,
  number int not null,
  month date not null,
  reserved bigint not null,
  -- Null while it is under way.
  cost bigint,
  outcome text,
  prompt_tokens bigint not null default 0,
  completion_tokens bigint not null default 0,
  primary key (tenant_id, call_id, number),
  foreign key (tenant_id, call_id) references calls (tenant_id, id) on delete cascade
);

-- Calls by API key and day (UTC).
create table daily_calls (
  tenant_id bigint not null,
  caller text not null,
  date date not null,
  calls int not null,
  primary key (tenant_id, caller, date)
);
create index daily_calls_date on daily_calls (date);

-- Idempotency keys of calls under way. The answer of one that ended is in idempotency_keys.
create table call_claims (
  tenant_id bigint not null,
  caller text not null,
  rpc text not null,
  resource_id text not null,
  idempotency_key text not null,
  fingerprint bytea not null,
  call_id text not null,
  primary key (tenant_id, caller, rpc, resource_id, idempotency_key),
  foreign key (tenant_id, call_id) references calls (tenant_id, id) on delete cascade
);
create index call_claims_call on call_claims (tenant_id, call_id);
