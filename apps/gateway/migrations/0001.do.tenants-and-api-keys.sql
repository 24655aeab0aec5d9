create table tenants (
  tenant_id bigint generated always as identity primary key,
  slug text not null constraint tenants_slug_key unique,
  name text not null,
  plan text not null,
  is_test boolean not null,
  -- Requests a minute for each key; the platform's default when null.
  rate_limit_per_minute integer,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version bigint not null default 1
);

create table api_keys (
  tenant_id bigint not null references tenants (tenant_id),
  id bigint generated always as identity,
  name text not null,
  -- The first 12 characters, to know a key by. The key itself is nowhere.
  prefix text not null,
  key_hash bytea not null constraint api_keys_key_hash_key unique,
  scopes text[] not null,
  rate_limit_per_minute integer,
  allowed_origins text[],
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, id)
);
