-- What the gateway says of tenants, as far as the hooks need it.
create table tenants (
  tenant_id bigint primary key,
  plan text not null,
  version bigint not null
);
