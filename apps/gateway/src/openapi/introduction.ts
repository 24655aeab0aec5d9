/** What stands at the top of the API's document. */
export const introduction = `
Tickets and everything around them, over HTTP.

**Key.** Send \`Authorization: Bearer mc_live_…\`. A key belongs to one tenant and has scopes: \`helpdesk:read\`,
\`helpdesk:write\`, \`helpdesk:admin\`. None implies another. Another tenant's resources do not exist for it: 404.

**Verbs.** GET reads, POST changes. An update is \`POST /x/{id}\` (also PATCH): a field that is absent stays as it is,
\`null\` clears it. A delete is \`POST /x/{id}/delete\` (also \`DELETE /x/{id}\`).

**Answers.** One resource comes as \`{"data": {…}, "next_cursor": null, "request_id"}\`, a list as
\`{"data": […], "next_cursor", "has_more", "total_count", "total_count_capped", "request_id"}\`. Follow \`next_cursor\`
with the same filters until it is null. Times are RFC 3339 in UTC with milliseconds.

**Errors.** \`{"error": {"code", "message", "retryable", "fields"?}, "request_id"}\`. Unknown fields and query parameters
are errors: \`fields\` names each, such as \`tags.0\` or \`query.limit\`, up to 50; \`more_fields\` counts the others.

**Retries.** Send an \`Idempotency-Key\` with every change, and repeat it when you repeat the request: you get the first
answer again, with \`Idempotency-Replayed: true\`, and the change is made once. Keys are kept for 24 hours. Only
successes are stored: a refused request may be corrected and sent again under its key.

**Concurrency.** A resource has a \`version\` and an \`ETag\`. Send \`If-Match\` with a change to make it only on that
version (else 412 with \`current_version\`), and \`If-None-Match\` with a GET to be spared what you have (304).

**Limits.** Each key has a number of requests a minute; every answer says where it stands (\`X-RateLimit-*\`). Past it
comes 429 with \`Retry-After\`. Bodies may have up to 1 MiB.

**Acting for a person.** \`X-Helpdesk-Actor: agent:7\` or \`requester:12\` records that person, who must be one of the
tenant's, as the actor, and keeps the key on the event as \`via\`.
`.trim()
