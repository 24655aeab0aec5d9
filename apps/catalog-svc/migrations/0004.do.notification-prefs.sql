-- What scopes have set themselves; all else is inherited.
create table notification_prefs (
  tenant_id bigint not null,
  scope text not null,
  -- The id of the agent or requester; 0 for tenant_default.
  scope_id bigint not null,
  event_key text not null,
  channel text not null,
  -- Names the row in events and in the audit log.
  id bigint generated always as identity,
  enabled boolean not null,
  version bigint not null default 1,
  primary key (tenant_id, scope, scope_id, event_key, channel)
);
