-- Events wait here, written in the transaction of the change, until the relay has published them.
create table outbox (
  tenant_id bigint not null,
  id bigint generated always as identity,
  event_id text not null,
  subject text not null,
  event jsonb not null,
  created_at timestamptz(3) not null default now(),
  published_at timestamptz(3),
  primary key (tenant_id, id)
);
-- What the relay reads, and nothing else: published rows leave the index.
create index outbox_unpublished on outbox (id) where published_at is null;
create index outbox_published_at on outbox (published_at) where published_at is not null;

-- The answer to each change that came with a key, written in the transaction of the change.
create table idempotency_keys (
  tenant_id bigint not null,
  caller text not null,
  rpc text not null,
  resource_id text not null,
  idempotency_key text not null,
  fingerprint bytea not null,
  response bytea not null,
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, caller, rpc, resource_id, idempotency_key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);

-- The events each consumer has handled, so that a redelivered one is dropped.
create table processed_events (
  tenant_id bigint not null,
  consumer text not null,
  event_id text not null,
  processed_at timestamptz(3) not null default now(),
  primary key (tenant_id, consumer, event_id)
);
create index processed_events_processed_at on processed_events (processed_at);

-- Events a consumer could not handle, kept until somebody replays or drops them.
create table dead_letters (
  tenant_id bigint not null,
  consumer text not null,
  event_id text not null,
  subject text not null,
  payload text not null,
  error text not null,
  parked_at timestamptz(3) not null default now(),
  primary key (tenant_id, consumer, event_id)
);

-- How far a consumer that keeps the stream's order has come. It follows one stream for all tenants, so no tenant_id.
create table stream_positions (
  consumer text primary key,
  stream_created text not null,
  stream_seq bigint not null
);
