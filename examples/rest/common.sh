# What the scripts beside this one share. Source it first.

if [[ "${1-}" == --help ]]; then
  # A script's help is the comment at its head.
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
  exit
fi
if [[ -z "${URL-}" || -z "${KEY-}" ]]; then
  echo "Set URL and KEY first: eval \"\$(npm run --silent local-env)\"" >&2
  exit 2
fi

# api METHOD PATH [BODY] [curl option ...]: calls the API and prints the body of its answer. That of a refusal goes to
# standard error, and 1 is returned; --no-fail-with-body among the options prints it like any other.
api() {
  local method=$1 path=$2 body=${3-} answer
  local options=(--silent --show-error --fail-with-body --max-time 30 --request "$method")
  options+=(--header "Authorization: Bearer $KEY")
  [[ -n "$body" ]] && options+=(--header 'Content-Type: application/json' --data "$body")
  if answer=$(curl "${options[@]}" "${@:4}" "$URL/api/v1/helpdesk$path"); then
    echo "$answer"
  else
    echo "$method $path failed. $answer" >&2
    return 1
  fi
}

# json EXPRESSION: what a JavaScript expression makes of the JSON on standard input, which it knows as `answer`. As text:
# a number may come out coloured.
json() {
  local text
  text=$(cat)
  [[ -n "$text" ]] && node -p "const answer = JSON.parse(fs.readFileSync(0, 'utf8')); String($1)" <<<"$text"
}
