create table canned_responses (
  tenant_id bigint not null,
  id bigint generated always as identity,
  slug text not null,
  title text not null,
  body_md text not null,
  queue_id bigint,
  is_active boolean not null,
  sort_order integer not null,
  use_count bigint not null default 0,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version bigint not null default 1,
  primary key (tenant_id, id),
  constraint canned_responses_slug_key unique (tenant_id, slug)
);
create index canned_responses_in_order on canned_responses (tenant_id, sort_order, title, id);
