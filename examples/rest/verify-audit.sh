#!/usr/bin/env bash
# Reads the newest entries of the audit log, and recomputes its hash chain. Ends with 1 when the chain is broken.
#
#   eval "$(npm run --silent local-env)"
#   examples/rest/verify-audit.sh
set -euo pipefail
source "$(dirname "$0")/common.sh"

# Filters: event_key, actor_kind, ticket_id, resource_type, resource_id, since, until.
api GET '/audit?limit=5' | json 'answer.data.map((entry) => [entry.created_at, entry.event_key.padEnd(24),
  `${entry.actor_kind}:${entry.actor_id}`, `${entry.resource_type} ${entry.resource_id}`].join("  ")).join("\n")'

# Each entry's hash covers the hash before it. Keep head_hash elsewhere, and not even the whole log can be replaced.
verified=$(api GET /audit/verify)
json '`${answer.data.checked} entries, head ${answer.data.head_hash}`' <<<"$verified"
first_bad=$(json 'answer.data.first_bad_id ?? ""' <<<"$verified")
[[ -z "$first_bad" ]] || { echo "broken at entry $first_bad" >&2; exit 1; }
echo 'the chain is whole'
