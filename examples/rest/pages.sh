#!/usr/bin/env bash
# Pages through the open tickets, the newest first.
#
#   eval "$(npm run --silent local-env)"
#   examples/rest/pages.sh [tickets a page, 1 to 100]
set -euo pipefail
source "$(dirname "$0")/common.sh"
limit=${1-2}

# next_cursor of one page is `cursor` of the next, with the same filters and sort. It is opaque, and stays right while
# tickets come and go: none is shown twice, none that stays is left out. An empty cursor is the first page.
cursor=
while :; do
  page=$(api GET "/tickets?status=new,open&sort=-created_at&limit=$limit&cursor=$cursor")
  echo 'page'
  json 'answer.data.map(({ reference, subject }) => `  ${reference}  ${subject}`).join("\n")' <<<"$page"
  cursor=$(json 'answer.next_cursor ?? ""' <<<"$page")
  [[ -n "$cursor" ]] || break
done

# Exact up to 1,000; beyond that total_count_capped is true.
json '`${answer.total_count}${answer.total_count_capped ? " or more" : ""} tickets`' <<<"$page"
