#!/usr/bin/env bash
# The life of a ticket: it is opened with a tag and a custom field, assigned, answered and resolved, and its thread is
# read.
#
#   eval "$(npm run --silent local-env)"
#   examples/rest/ticket-life.sh
set -euo pipefail
source "$(dirname "$0")/common.sh"

# A tag is made once. That it is there already (409 slug_taken) is as good.
api POST /tags '{"slug": "refund", "name": "Refund", "color": "#dc2626"}' >/dev/null 2>&1 || true

# A help topic says which custom fields its tickets have; this one requires order_number. It also names their queue
# and priority.
topic=$(api GET /help-topics | json 'answer.data.find(({ slug }) => slug === "refunds")?.id ?? ""')
[[ -n "$topic" ]] || { echo 'This tenant has no help topic "refunds"; the demo tenant has one.' >&2; exit 1; }

ticket=$(api POST /tickets '{
  "subject": "Charged twice",
  "body_md": "My card shows **two** charges.",
  "requester": {"email": "fay@example.org", "name": "Fay Example"},
  "help_topic_id": '"$topic"',
  "custom_fields": {"order_number": 1042},
  "tags": ["refund"]
}')
id=$(json answer.data.id <<<"$ticket")
json '`opened    ${answer.data.reference}: ${answer.data.status}, priority ${answer.data.priority}`' <<<"$ticket"

# The queue has given the ticket to one of its agents; now another one takes it. Every action on a ticket answers with
# the ticket as it now is.
first=$(json answer.data.agent_id <<<"$ticket")
agent=$(api GET /agents | json 'answer.data.find(({ id }) => id !== '"$first"').id')
api POST "/tickets/$id/assign" '{"agent_id": '"$agent"'}' | json '`assigned  to agent ${answer.data.agent_id}`'

# The first public reply of an agent turns "new" into "open". The header says which agent writes; without it, the
# ticket and the audit log name the API key.
api POST "/tickets/$id/reply" '{"body_md": "Sorry about that. One of the two will be returned today."}' \
  --header "X-Helpdesk-Actor: agent:$agent" | json '`answered  by ${answer.data.author.name}`'
api GET "/tickets/$id" | json '`now       ${answer.data.status}, ${answer.data.message_count} messages`'

api POST "/tickets/$id/status" '{"status": "resolved"}' | json '`resolved  at ${answer.data.resolved_at}`'

# The thread, oldest first. System events tell what happened between the messages.
api GET "/tickets/$id/messages" | json 'answer.data.map(({ kind, author, body_md, data }) =>
  `  ${kind.padEnd(13)} ${author.kind.padEnd(10)} ${body_md ?? JSON.stringify(data)}`).join("\n")'
