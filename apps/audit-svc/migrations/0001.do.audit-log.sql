-- The role that the service and its consumer run as: it can add to the log, and neither change it nor take away.
-- Roles belong to the whole server, so another database's migration may be creating it right now.
do $$
begin
  if not exists (select from pg_roles where rolname = 'helpdesk_audit') then
    create role helpdesk_audit nologin;
    grant helpdesk_audit to current_user;
  end if;
exception
  when duplicate_object or unique_violation then null;
end
$$;

create table audit_log (
  tenant_id bigint not null,
  id bigint not null,
  event_id text not null,
  event_key text not null,
  actor_kind text not null,
  actor_id text not null,
  via text not null,
  resource_type text not null,
  resource_id text not null,
  ticket_id bigint,
  request_id text not null,
  data_sha256 text not null,
  prev_hash text not null,
  hash text not null,
  created_at timestamptz(3) not null,
  primary key (tenant_id, id),
  constraint audit_log_event_id_key unique (tenant_id, event_id)
);
create index audit_log_by_event_key on audit_log (tenant_id, event_key, id);
create index audit_log_by_actor_kind on audit_log (tenant_id, actor_kind, id);
create index audit_log_by_ticket_id on audit_log (tenant_id, ticket_id, id) where ticket_id is not null;
create index audit_log_by_resource_type on audit_log (tenant_id, resource_type, id);
create index audit_log_by_resource_id on audit_log (tenant_id, resource_id, id);
create index audit_log_by_created_at on audit_log (tenant_id, created_at, id);

-- What the chain knows only by its salted hash. To erase a person is to delete rows here; the chain still verifies.
create table audit_data (
  tenant_id bigint not null,
  id bigint not null,
  salt text not null,
  data jsonb not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, id) references audit_log (tenant_id, id)
);

-- Where each tenant's chain ends, so that a cut-off tail shows.
create table audit_heads (
  tenant_id bigint primary key,
  id bigint not null,
  hash text not null
);

grant select, insert on audit_log, audit_data to helpdesk_audit;
grant select, insert, update on audit_heads to helpdesk_audit;
-- The consumer's position, and the events it had to put aside.
grant select, insert, update on stream_positions to helpdesk_audit;
grant select, insert on dead_letters to helpdesk_audit;
