create table help_topics (
  tenant_id bigint not null,
  id bigint generated always as identity,
  slug text not null,
  name text not null,
  queue_id bigint,
  default_priority text,
  is_active boolean not null,
  -- Definitions: [{key, label, type, required, options}]
  custom_fields jsonb not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version bigint not null default 1,
  primary key (tenant_id, id),
  constraint help_topics_slug_key unique (tenant_id, slug)
);
create index help_topics_by_name on help_topics (tenant_id, name, id);
