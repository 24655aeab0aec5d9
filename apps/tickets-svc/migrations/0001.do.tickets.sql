create table queues (
  tenant_id bigint not null,
  id bigint generated always as identity,
  slug text not null,
  name text not null,
  description text,
  is_default boolean not null default false,
  assignment_policy text not null default 'manual',
  is_active boolean not null default true,
  -- Where round_robin stands.
  last_agent_id bigint,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3),
  version bigint not null default 1,
  primary key (tenant_id, id)
);
create unique index queues_slug_key on queues (tenant_id, slug) where deleted_at is null;
create unique index queues_default_key on queues (tenant_id) where is_default;
create index queues_by_name on queues (tenant_id, name, id) where deleted_at is null;

create table agents (
  tenant_id bigint not null,
  id bigint generated always as identity,
  name text not null,
  -- In lower case.
  email text not null,
  is_active boolean not null default true,
  is_available boolean not null default true,
  -- Kept with each change of a ticket: counting an agent's tickets takes longer the more there are.
  open_ticket_count bigint not null default 0,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3),
  version bigint not null default 1,
  primary key (tenant_id, id)
);
create unique index agents_email_key on agents (tenant_id, email) where deleted_at is null;
create index agents_by_name on agents (tenant_id, name, id) where deleted_at is null;

create table queue_agents (
  tenant_id bigint not null,
  queue_id bigint not null,
  agent_id bigint not null,
  primary key (tenant_id, queue_id, agent_id),
  foreign key (tenant_id, queue_id) references queues,
  foreign key (tenant_id, agent_id) references agents
);
create index queue_agents_by_agent on queue_agents (tenant_id, agent_id);

create table requesters (
  tenant_id bigint not null,
  id bigint generated always as identity,
  -- In lower case.
  email text not null,
  name text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  version bigint not null default 1,
  primary key (tenant_id, id),
  constraint requesters_email_key unique (tenant_id, email)
);

-- What this service knows of catalog-svc's tags. A deleted one stays, so that a late event cannot bring it back.
-- Slugs are not unique here: a slug that moved from one tag to another may be seen on both for a moment.
create table tags (
  tenant_id bigint not null,
  id bigint not null,
  slug text not null,
  name text not null,
  color text not null,
  version bigint not null,
  is_deleted boolean not null default false,
  primary key (tenant_id, id)
);
create index tags_by_slug on tags (tenant_id, slug) where not is_deleted;

-- What this service knows of catalog-svc's help topics, as with tags.
create table help_topics (
  tenant_id bigint not null,
  id bigint not null,
  queue_id bigint,
  default_priority text,
  is_active boolean not null,
  -- Definitions, as in catalog.proto.
  custom_fields jsonb not null,
  version bigint not null,
  is_deleted boolean not null default false,
  primary key (tenant_id, id)
);

create table tickets (
  tenant_id bigint not null,
  id bigint generated always as identity,
  reference text not null,
  subject text not null,
  status text not null,
  priority text not null,
  priority_rank smallint not null generated always as (
    case priority when 'low' then 1 when 'normal' then 2 when 'high' then 3 when 'urgent' then 4 end
  ) stored,
  source text not null,
  queue_id bigint not null,
  help_topic_id bigint,
  agent_id bigint,
  requester_id bigint not null,
  custom_fields jsonb not null default '{}',
  message_count int not null,
  first_response_at timestamptz(3),
  last_message_at timestamptz(3) not null,
  resolved_at timestamptz(3),
  closed_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  version bigint not null default 1,
  primary key (tenant_id, id),
  constraint tickets_reference_key unique (tenant_id, reference),
  foreign key (tenant_id, queue_id) references queues,
  foreign key (tenant_id, help_topic_id) references help_topics,
  foreign key (tenant_id, agent_id) references agents,
  foreign key (tenant_id, requester_id) references requesters
);
-- One for each sort, then one for each filter under the usual sort. Descending order reads them backwards.
create index tickets_by_updated on tickets (tenant_id, updated_at, id);
create index tickets_by_created on tickets (tenant_id, created_at, id);
create index tickets_by_priority on tickets (tenant_id, priority_rank, updated_at, id);
create index tickets_by_status on tickets (tenant_id, status, updated_at, id);
create index tickets_by_queue on tickets (tenant_id, queue_id, updated_at, id);
create index tickets_by_agent on tickets (tenant_id, agent_id, updated_at, id) where agent_id is not null;
create index tickets_unassigned on tickets (tenant_id, updated_at, id) where agent_id is null;
create index tickets_by_requester on tickets (tenant_id, requester_id, updated_at, id);
create index tickets_by_help_topic on tickets (tenant_id, help_topic_id, updated_at, id)
  where help_topic_id is not null;
create index tickets_by_source on tickets (tenant_id, source, updated_at, id);

create table ticket_tags (
  tenant_id bigint not null,
  ticket_id bigint not null,
  tag_id bigint not null,
  -- The ticket's, so that one index serves a tag's tickets in their order.
  updated_at timestamptz(3) not null,
  primary key (tenant_id, ticket_id, tag_id),
  foreign key (tenant_id, ticket_id) references tickets,
  foreign key (tenant_id, tag_id) references tags
);
create index ticket_tags_by_tag on ticket_tags (tenant_id, tag_id, updated_at, ticket_id);

create table messages (
  tenant_id bigint not null,
  id bigint generated always as identity,
  ticket_id bigint not null,
  kind text not null,
  author_kind text not null,
  -- The agent's, the requester's or the API key's; null for system, and for an agent who was not named.
  author_id bigint,
  body_md text,
  data jsonb,
  created_at timestamptz(3) not null,
  -- The words of the body and of the ticket's subject, and tenant:<tenant_id>, which no text holds as one word: a GIN
  -- index on it does not read other tenants' matches. Null for system events.
  search tsvector,
  primary key (tenant_id, id),
  foreign key (tenant_id, ticket_id) references tickets
);
create index messages_by_ticket on messages (tenant_id, ticket_id, id);
create index messages_search on messages using gin (search);
