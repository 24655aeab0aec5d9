create table tags (
  tenant_id bigint not null,
  id bigint generated always as identity,
  slug text not null,
  name text not null,
  color text not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version bigint not null default 1,
  primary key (tenant_id, id),
  constraint tags_slug_key unique (tenant_id, slug)
);
create index tags_by_name on tags (tenant_id, name, id);
