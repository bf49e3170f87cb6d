#!/bin/bash
# Keeps the expectations of one task equal to an object in S3.
#
# It copies the object into a volume that the mock server reads, asks the mock server over loopback until it
# serves that revision, and then acknowledges with an empty object acks/<revision>/<task id>.
#
# It runs in the AWS CLI's image, so it uses bash, the aws command and coreutils, and nothing else.
# Every event is one line of JSON on stdout.

set -u
# Byte-wise patterns: with a multi-byte locale bash would decode the whole text on each match.
export LC_ALL=C TZ=UTC AWS_PAGER=

bucket=${AUTOMOCK_BUCKET:?}
key=${AUTOMOCK_KEY:?}
file=${AUTOMOCK_FILE:?}
poll_seconds=${AUTOMOCK_POLL_SECONDS:-30}
mock_host=${AUTOMOCK_MOCK_HOST:-127.0.0.1}
mock_port=${AUTOMOCK_MOCK_PORT:-1080}
ready_path=${AUTOMOCK_READY_PATH:-/__automock/ready}
# A JVM on a quarter of a CPU needs about a minute to start, and the first revision waits for that.
confirm_seconds=${AUTOMOCK_CONFIRM_SECONDS:-120}

work=$(mktemp -d) || exit 1
child=
version=          # of the object whose content is in $file
revision=         # that the content in $file announces
task_id=
pending=          # non-empty while $revision is in $file but not acknowledged
pending_since=0
ask_at=0          # second before which the mock server is not asked again
overdue_reported=
last_problem=

# ---- words to the log

escape() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//[$'\n\r\t']/ }
  printf '%s' "${text//[[:cntrl:]]/}"
}

# log EVENT [NAME VALUE]...
log() {
  local line
  printf -v line '{"time":"%(%Y-%m-%dT%H:%M:%SZ)T","event":"%s"' -1 "$1"
  shift
  while (($# >= 2)); do
    line+=",\"$1\":\"$(escape "$2")\""
    shift 2
  done
  printf '%s}\n' "$line"
}

# Says a problem once, and again only when it changes or comes back: a missing object must not fill the log.
problem() {
  local text="$*"
  [[ $text == "$last_problem" ]] && return
  last_problem=$text
  log "$@"
}

# ---- the world outside

# Bash runs traps only between foreground commands. Children therefore run in the background, and `wait`
# returns as soon as a signal comes.
run() {
  "$@" >"$work/out" 2>"$work/err" &
  child=$!
  wait "$child"
  local code=$?
  child=
  return "$code"
}

read_file() { IFS= read -r -d '' REPLY <"$1" || true; }

last_error() {
  read_file "$work/err"
  REPLY=${REPLY#$'\n'}
  REPLY=${REPLY%$'\n'}
  REPLY=${REPLY:0:500}
}

aws_s3api() {
  run aws --cli-connect-timeout 5 --cli-read-timeout 20 s3api "$@"
}

# http_get HOST PORT PATH: sets http_status, http_head (lower case) and http_body.
http_get() {
  http_status='' http_head='' http_body=''
  local fd line
  { exec {fd}<>"/dev/tcp/$1/$2"; } 2>/dev/null || return 1
  # A server that closes early would end the script with SIGPIPE, but for the trap below.
  printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\nAccept: */*\r\nConnection: close\r\n\r\n' "$3" "$1" "$2" 1>&"$fd" 2>/dev/null
  local pattern='^HTTP/1\.[01] ([0-9]{3})'
  if IFS= read -r -t 3 line <&"$fd" && [[ $line =~ $pattern ]]; then
    http_status=${BASH_REMATCH[1]}
    while IFS= read -r -t 3 line <&"$fd"; do
      line=${line%$'\r'}
      [[ -z $line ]] && break
      http_head+=${line,,}$'\n'
    done
    IFS= read -r -d '' -t 3 -n 65536 http_body <&"$fd" || true
  fi
  exec {fd}>&-
  [[ -n $http_status ]]
}

# The id of this task, from the metadata endpoint of ECS.
find_task_id() {
  [[ -n $task_id ]] && return
  local pattern='^http://([^:/]+)(:([0-9]+))?(/.*)?$'
  [[ ${ECS_CONTAINER_METADATA_URI_V4:-} =~ $pattern ]] || return 1
  http_get "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]:-80}" "${BASH_REMATCH[4]%/}/task" || return 1
  pattern='"TaskARN"[[:space:]]*:[[:space:]]*"[^"]*/([A-Za-z0-9-]+)"'
  [[ $http_status == 200 && $http_body =~ $pattern ]] || return 1
  task_id=${BASH_REMATCH[1]}
}

# ---- the steps

# The readiness expectation stands at the end of the array, so the end of the file holds the revision.
announced_revision() {
  local pattern='x-automock-revision[^}]*"([0-9a-f]{16})"'
  REPLY=
  run tail -c 4096 "$1" || return
  read_file "$work/out"
  if [[ $REPLY =~ $pattern ]]; then REPLY=${BASH_REMATCH[1]}; else REPLY=; fi
}

# Compares versions instead of contents: whoever uploads the same text again gets a new acknowledgement.
fetch() {
  if ! aws_s3api head-object --bucket "$bucket" --key "$key" --query '[ETag,VersionId]' --output text; then
    last_error
    problem object_unreadable error "$REPLY"
    return 1
  fi
  read_file "$work/out"
  [[ -n $version && $REPLY == "$version" ]] && return

  local next=$file.next
  if ! aws_s3api get-object --bucket "$bucket" --key "$key" --query '[ETag,VersionId]' --output text "$next"; then
    last_error
    problem object_unreadable error "$REPLY"
    rm -f "$next"
    return 1
  fi
  # The object may have changed since the question above; what counts is the version that was copied.
  read_file "$work/out"
  local fetched=$REPLY
  if [[ ! -s $next ]]; then
    problem object_empty version "$fetched"
    rm -f "$next"
    return 1
  fi
  announced_revision "$next"
  local found=$REPLY
  # The mock server runs as another user and reads the file by name: it sees the old text or the new one.
  if ! { chmod 0644 "$next" && mv -f "$next" "$file"; }; then
    problem file_unwritable file "$file"
    return 1
  fi
  version=$fetched
  revision=$found
  last_problem=
  log loaded revision "${revision:-unknown}"
  if [[ -z $revision ]]; then
    pending=
    log revision_missing hint "the expectations do not end with the readiness expectation"
    return
  fi
  pending=1
  pending_since=$SECONDS
  ask_at=0
  overdue_reported=
}

# Succeeds when the mock server serves the revision that lies in the file.
served() {
  local pattern=$'\n''x-automock-revision:[[:space:]]*([0-9a-z]+)'
  served_revision=
  http_get "$mock_host" "$mock_port" "$ready_path" || return 1
  [[ $'\n'$http_head =~ $pattern ]] && served_revision=${BASH_REMATCH[1]}
  [[ $http_status == 200 && $served_revision == "$revision" ]]
}

confirm() {
  ask_at=$((SECONDS + 1))
  if ! served; then
    if [[ -z $overdue_reported ]] && ((SECONDS - pending_since >= confirm_seconds)); then
      overdue_reported=1
      log revision_not_served expected "$revision" served "${served_revision:-none}" status "${http_status:-none}" \
        after_seconds "$((SECONDS - pending_since))"
    fi
    [[ -n $overdue_reported ]] && ask_at=$next_look
    return
  fi
  # Starting the AWS CLI takes a good part of a small task's CPU, so a failure is not repeated every second.
  ask_at=$((SECONDS + 5))
  if ! find_task_id; then
    problem task_unknown error "no task ARN from the metadata endpoint"
    return
  fi
  if ! aws_s3api put-object --bucket "$bucket" --key "acks/$revision/$task_id"; then
    last_error
    problem acknowledgement_failed error "$REPLY"
    return
  fi
  pending=
  last_problem=
  log serving revision "$revision" task "$task_id" after_seconds "$((SECONDS - pending_since))"
}

stop() {
  trap '' TERM INT
  [[ -n $child ]] && kill "$child" 2>/dev/null
  rm -rf "$work" "$file.next"
  log stopped
  exit 0
}

pause() {
  sleep "$1" &
  child=$!
  wait "$child"
  child=
}

trap stop TERM INT
trap '' PIPE
log started bucket "$bucket" key "$key" poll_seconds "$poll_seconds"

next_look=0
while true; do
  if ((SECONDS >= next_look)); then
    fetch
    # Until the first success the mock server waits for the file, so failures are retried at once.
    if [[ -n $version ]]; then next_look=$((SECONDS + poll_seconds)); else next_look=$((SECONDS + 2)); fi
  fi
  [[ -n $pending ]] && ((SECONDS >= ask_at)) && confirm
  wake_at=$next_look
  [[ -n $pending ]] && ((ask_at < wake_at)) && wake_at=$ask_at
  ((wake_at > SECONDS)) && pause "$((wake_at - SECONDS))"
done
