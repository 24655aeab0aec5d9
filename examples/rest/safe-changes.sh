#!/usr/bin/env bash
# Changes that are safe to send again, and changes that do not overwrite somebody else's.
#
#   eval "$(npm run --silent local-env)"
#   examples/rest/safe-changes.sh
set -euo pipefail
source "$(dirname "$0")/common.sh"
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT

# Take a key that names the change in your own data, and send it with every attempt. Within 24 hours the change happens
# once; a repeat gets the stored answer, with a header that says so.
key="order-1042-$RANDOM$RANDOM"
body='{"subject": "Where is my order?", "body_md": "Number 1042.", "requester": {"email": "gus@example.org"}}'
first=$(api POST /tickets "$body" --header "Idempotency-Key: $key" | json answer.data.id)
again=$(api POST /tickets "$body" --header "Idempotency-Key: $key" --dump-header "$headers" | json answer.data.id)
echo "sent twice, made once: ticket $first and ticket $again"
grep -i '^idempotency-replayed' "$headers"

# The same key with another body is a mistake, and is refused.
other=${body/1042/1043}
api POST /tickets "$other" --header "Idempotency-Key: $key" --no-fail-with-body |
  json '`another body under the key: ${answer.error.code}`'

# ETag is the version that you read; with If-Match a change is made only if it is still that one.
api GET "/tickets/$first" '' --dump-header "$headers" >/dev/null
etag=$(grep -i '^etag:' "$headers" | tr -d '\r' | cut -d ' ' -f 2)
echo "read version $etag"
api POST "/tickets/$first" '{"priority": "high"}' --header "If-Match: $etag" |
  json '`changed to version ${answer.data.version}`'
api POST "/tickets/$first" '{"priority": "low"}' --header "If-Match: $etag" --no-fail-with-body |
  json '`the old version once more: ${answer.error.code}, current_version ${answer.error.current_version}`'
