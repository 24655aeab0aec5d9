#!/bin/sh
# A database and a role for each service, made when the data folder is new. No role can connect to another's database.
set -eu

export PGUSER="${POSTGRES_USER:-postgres}"
run() { psql -v ON_ERROR_STOP=1 --quiet "$@"; }

# audit-svc steps down to this role, which may add to its log but neither change it nor take away.
run -d postgres -c 'create role helpdesk_audit nologin'

for service in gateway tickets catalog audit ai; do
  variable="$(echo "$service" | tr a-z A-Z)_DB_PASSWORD"
  eval "password=\${$variable:?is not set}"
  run -d postgres -v service="$service" -v password="$password" <<'SQL'
create role :"service" login password :'password';
create database :"service" owner :"service";
revoke connect, temporary on database :"service" from public;
SQL
done
run -d postgres -c 'grant helpdesk_audit to audit'
