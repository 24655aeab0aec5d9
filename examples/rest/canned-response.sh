#!/usr/bin/env bash
# Writes a canned response, fills it for a ticket, answers with it, and deletes it.
#
#   eval "$(npm run --silent local-env)"
#   examples/rest/canned-response.sh
set -euo pipefail
source "$(dirname "$0")/common.sh"

# Placeholders are Mustache, without HTML escaping: requester, ticket, queue and agent.
canned=$(api POST /canned-responses '{
  "slug": "on-its-way-'$RANDOM$RANDOM'",
  "title": "On its way",
  "body_md": "Hello {{requester.first_name}},\n\n{{ticket.reference}} is with {{queue.name}}.\n\n{{agent.first_name}}"
}' | json answer.data.id)
ticket=$(api POST /tickets '{
  "subject": "Nothing has arrived",
  "body_md": "It has been nine days.",
  "requester": {"email": "ida@example.org", "name": "Ida Example"}
}' | json answer.data.id)

# Rendering changes nothing. `missing` names placeholders that are unknown or empty, such as the agent of a ticket that
# has none; an agent may be given instead.
render() { api POST "/canned-responses/$canned/render" "$1"; }
render '{"ticket_id": '"$ticket"'}' | json '`missing: ${answer.data.missing.join(", ") || "nothing"}`'
agent=$(api GET /agents | json 'answer.data[0].id')
rendered=$(render '{"ticket_id": '"$ticket"', "agent_id": '"$agent"'}')
json answer.data.body_md <<<"$rendered"

# canned_response_id counts the use.
reply=$(json 'JSON.stringify({ body_md: answer.data.body_md, canned_response_id: '"$canned"' })' <<<"$rendered")
api POST "/tickets/$ticket/reply" "$reply" | json '`answered in message ${answer.data.id}`'
api POST "/canned-responses/$canned/delete" | json '`deleted: ${answer.data.deleted}`'
