#!/bin/sh
# lib.sh: what the handlers in this folder share. In the source tree they read it
# from beside themselves; what is installed has it in each handler, so that a copy
# of one file works alone.
#
# Settings of every handler that calls a service:
#   HTTP_TIMEOUT=20       seconds that one request may take
#   RETRY_AFTER_MAX=120   seconds to wait, in all, where the service says how
#                         long; keep it below the handler's timeout
#   ONLY_CHANGES=yes      says nothing if the result is as it was before
#                         (HOOK_PREVIOUS_RESULT)

_nl='
'

# Another attempt would not help.
fail() {
	printf '%s\n' "$*" >&2
	exit 100
}

# Another attempt may help.
later() {
	printf '%s\n' "$*" >&2
	exit 1
}

# need NAME...: these settings and variables must have a value
need() {
	for _name; do
		eval "_value=\${$_name:-}"
		[ -n "$_value" ] || fail "$_name is not set, or empty: see the" \
			"comment at the beginning of this handler"
	done
}

# need_program NAME...: it may be installed before the next attempt
need_program() {
	for _name; do
		command -v "$_name" >/dev/null || later "$_name is not installed"
	done
}

# one_line TEXT...: as one line without control characters
one_line() {
	printf '%s' "$*" | tr '[:cntrl:]' '[ *]'
}

# slug TEXT: as "owner/name", which may become a part of a path
slug() {
	case $1 in
	*[!A-Za-z0-9._/-]* | */*/* | .* | */.* | -* | */-*) ;;
	?*/?*)
		printf '%s\n' "$1"
		return
		;;
	esac
	fail "not the name of a repository: $(one_line "$1" | cut -c 1-100)"
}

# commit_hash: the event's commit
commit_hash() {
	case ${HOOK_COMMIT:-} in
	'' | *[!0-9a-f]*) fail 'the event has no commit' ;;
	esac
	printf '%s\n' "$HOOK_COMMIT"
}

# Where one build starts another, only this result does so, or an event that has
# none.
only_on() {
	if [ "${HOOK_RESULT:-$1}" != "$1" ]; then
		echo "the result is $HOOK_RESULT: nothing to do"
		exit 0
	fi
}

# An incident begins with a failure and ends with a success; $begins is yes or no.
incident() {
	# shellcheck disable=SC2034 # for the handlers
	case ${HOOK_RESULT:-} in
	failure) begins=yes ;;
	success) begins=no ;;
	*)
		echo "the result is ${HOOK_RESULT:-none}: nothing to do"
		exit 0
		;;
	esac
}

# The same result as before is no news.
skip_unchanged() {
	if [ "${ONLY_CHANGES:-}" = yes ] && [ -n "${HOOK_RESULT:-}" ] &&
		[ "${HOOK_PREVIOUS_RESULT:-}" = "$HOOK_RESULT" ]; then
		echo "the result is $HOOK_RESULT, as before"
		exit 0
	fi
}

# --- text, in jq's language ----------------------------------------------------
# "clean": no control characters, and no marks that turn the direction of
# writing or cannot be seen. "cut": by characters, not bytes. A variable's value
# goes from the environment into jq, so that no list of processes shows it.
# shellcheck disable=SC2034,SC2016 # for the handlers; $ is jq's
jq_text='
def clean: explode | map(
	if . < 32 or (. >= 127 and . < 160) or . == 8232 or . == 8233 then 32
	elif . == 1564 or . == 8203 or . == 8206 or . == 8207 or . == 8288 or
	    . == 65279 or (. >= 8234 and . <= 8238) or
	    (. >= 8294 and . <= 8297) then empty
	else . end) | implode | split(" ") | map(select(. != "")) | join(" ");
def cut($n): if length > $n then .[0:$n - 1] + "…" else . end;
def var($name): ($ENV[$name] // "")[0:65536] | clean;
def address($name): var($name) |
	if test("^https?://[^ <>|\"`()\\\\]{1,400}$") then . else "" end;
def what: [(var("HOOK_NAME") | if . == "" then var("HOOK_EVENT") else . end),
	(var("HOOK_NUMBER") | select(. != "") | "#" + .)] | join(" ");
def where: var("HOOK_BRANCH") | if . == "" then var("HOOK_TAG") else . end;
def how: var("HOOK_RESULT") as $now | var("HOOK_PREVIOUS_RESULT") as $before |
	if $now == "success" then
		if $before == "failure" then "is fixed" else "succeeded" end
	elif $now == "failure" then
		if $before == "success" then "broke"
		elif $before == "failure" then "still fails"
		else "failed" end
	elif $now == "canceled" then "was cancelled"
	elif $now == "running" then "is running"
	elif $now == "pending" then "is waiting"
	elif var("HOOK_STATUS") != "" then "is " + var("HOOK_STATUS")
	elif var("HOOK_ACTION") != "" then "was " + var("HOOK_ACTION")
	else "arrived" end;
def headline: [(what | cut(200)),
	(var("HOOK_PROJECT") | select(. != "") | "of " + cut(200)),
	(where | select(. != "") | "(" + cut(200) + ")"), how] | join(" ");
def commit: [(var("HOOK_TITLE") | select(. != "")),
	(var("HOOK_AUTHOR") | select(. != "") | "by " + cut(100))] | join(", ");
def links: [("build", address("HOOK_URL")), ("event", address("HOOK_PAGE"))] |
	[{name: .[0], url: .[1]}, {name: .[2], url: .[3]}] |
	map(select(.url != ""));
def plain: [headline, (commit | select(. != "") | cut(4000)),
	(links[] | .name + ": " + .url)] | join("\n");
def page: [address("HOOK_URL"), address("HOOK_PAGE") | select(. != "")][0];
def status_name: var("STATUS_NAME") | if . != "" then . else
	[var("HOOK_SOURCE"), (what | sub(" #.*"; ""))] | join("/") end;
def incident: if var("INCIDENT_PER") == "branch" or var("HOOK_SUBJECT") == ""
	then [var("HOOK_SOURCE"), var("HOOK_PROJECT"), where, var("HOOK_NAME")] |
	    join(" ") else var("HOOK_SOURCE") + " " + var("HOOK_SUBJECT") end |
	.[0:250];
def row: {delivery: (var("HOOK_SOURCE") + "-" + var("HOOK_DELIVERY")),
	received: var("HOOK_RECEIVED_AT"), source: var("HOOK_SOURCE"),
	event: var("HOOK_EVENT"), status: var("HOOK_STATUS"),
	result: var("HOOK_RESULT"), project: var("HOOK_PROJECT"),
	branch: var("HOOK_BRANCH"), tag: var("HOOK_TAG"),
	commit: var("HOOK_COMMIT"), name: var("HOOK_NAME"),
	number: var("HOOK_NUMBER"), author: var("HOOK_AUTHOR"),
	title: (var("HOOK_TITLE") | cut(1000)), url: var("HOOK_URL")};
def received_ms: var("HOOK_RECEIVED_AT") |
	(.[0:19] + "Z" | fromdateiso8601) * 1000 + (.[20:23] | tonumber);
def markdown: gsub("(?<c>[\\\\*_~`|<>\\[\\]()#])"; "\\" + .c);
'

# compose FILTER: $message is its JSON, on one line, by the words above; $headline
# is printed, too
compose() {
	need_program jq
	message=$(jq -rn "$jq_text headline, ($1 | tojson)") ||
		later 'jq cannot make the message'
	headline=${message%%"$_nl"*}
	message=${message#*"$_nl"}
	printf '%s\n' "$headline"
}

# basic NAME NAME: two variables' values as HTTP's Basic credentials
# shellcheck disable=SC2016 # $ is jq's
basic() {
	_user=$1 _password=$2 jq -rn \
		'"Basic " + ($ENV[$ENV._user] + ":" + $ENV[$ENV._password] | @base64)'
}

# url_part TEXT: as one part of a path, or one value of a query
# shellcheck disable=SC2016 # $ is jq's
url_part() {
	_text=$1 jq -rn '$ENV._text | @uri'
}

# --- HTTP ------------------------------------------------------------------------

# shellcheck disable=SC2034 # for the handlers
json='Content-Type: application/json'
# For messages: the service's name, and what to look at if it refuses. Refusals
# in $accept are for the caller.
service='the service' hint='' accept=''

# as in quotes in curl's configuration
quote() {
	case $1 in
	*[[:cntrl:]]*) fail 'a setting or value has a control character in it' ;;
	*[\\\"]*) printf '%s\n' "$1" | sed 's/[\\"]/\\&/g' ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# curl's configuration on its standard input: no list of processes shows the
# address, the token or the text.
curl_config() {
	_method=$1 _url=$2 _body=$3
	shift 3
	printf '%s\n' silent show-error include \
		"max-time = ${HTTP_TIMEOUT:-20}" "connect-timeout = 10" \
		suppress-connect-headers 'proto = "=http,https"' \
		'write-out = "\n%{http_code}"'
	printf 'url = "%s"\n' "$(quote "$_url")"
	printf 'request = "%s"\n' "$_method"
	printf 'user-agent = "cgihook"\n'
	for _header; do
		printf 'header = "%s"\n' "$(quote "$_header")"
	done
	if [ "$_method" != GET ]; then
		printf 'data-raw = "%s"\n' "$(quote "$_body")"
	fi
}

# The head of the last reply: there may have been a "100 Continue" before it.
reply_head() {
	printf '%s\n' "$_reply" | awk '
		{ sub(/\r$/, "") }
		/^HTTP\// && (NR == 1 || blank) { head = ""; inside = 1 }
		blank && !/^HTTP\// { exit }
		{ blank = $0 == ""; head = head $0 "\n" }
		END { printf "%s", head }'
}

read_body() {
	printf '%s\n' "$_reply" | awk '
		{ line = $0; sub(/\r$/, "", line) }
		inside { print; next }
		blank && line !~ /^HTTP\// { inside = 1; print; next }
		{ blank = line == "" }' | sed '$d'
}

# head_value NAME: of the reply's head
head_value() {
	reply_head | awk -v name="$1" 'BEGIN { FS = ":" }
		tolower($1) == name {
			sub(/^[^:]*:[ \t]*/, ""); sub(/[ \t]+$/, ""); print; exit
		}'
}

# The seconds for which the service wants to be left alone; none if it does not
# say. Some tell it by the seconds, or the moment, until more is left.
retry_after() {
	_value=$(head_value retry-after)
	if [ -z "$_value" ] && [ "$(head_value x-ratelimit-remaining)" = 0 ]; then
		_value=$(head_value x-ratelimit-reset)
		case $_value in
		'' | *[!0-9]*) ;;
		???????*) _value=$((_value - $(date +%s))) ;;
		esac
	fi
	case $_value in
	'') return ;;
	-*) _value=0 ;;
	*[!0-9.]*) # a date
		_value=$(date -u -d "$_value" +%s 2>/dev/null) || _value=
		[ -z "$_value" ] || _value=$((_value - $(date +%s)))
		;;
	*.*) _value=$((${_value%%.*} + 1)) ;;
	esac
	case $_value in
	-*) _value=0 ;;
	'' | ????????*) _value=9999999 ;;
	esac
	printf '%s\n' "$_value"
}

# one_call METHOD URL BODY HEADER...: sets reply_code (000: none) and reply_body
one_call() {
	_curl=0
	_reply=$(curl_config "$@" | curl --disable --config -) || _curl=$?
	reply_code=${_reply##*"$_nl"}
	reply_body=$(read_body)
	case $_curl in
	0) return ;;
	1 | 3) fail "the address of $service is not one" ;;
	127) later 'curl is not installed' ;;
	esac
	case $reply_code in
	[345]??) ;;
	*) later "no answer from $service" ;;
	esac
}

# call METHOD URL BODY HEADER...: the same, until the service has taken it.
#
# "Not now" (408, 425, 429, 5xx, no answer, and anything with Retry-After) may
# pass. Whatever else the service refuses, it will refuse again.
call() {
	need_program curl jq
	_left=${RETRY_AFTER_MAX:-120} _tries=5
	while :; do
		one_call "$@"
		case " $accept " in
		*" $reply_code "*) return ;;
		esac
		_wait=
		case $reply_code in
		2??) return ;;
		408 | 425 | 429 | 5??) _wait=$(retry_after) ;;
		*)
			_wait=$(retry_after)
			[ -n "$_wait" ] || fail "$service answers $reply_code:" \
				"$(said) $hint"
			;;
		esac
		[ -n "$_wait" ] || later "$service answers $reply_code: $(said)"
		_tries=$((_tries - 1))
		if [ "$_wait" -gt "$_left" ] || [ "$_tries" -eq 0 ]; then
			later "$service answers $reply_code and wants" \
				"$_wait seconds: more than RETRY_AFTER_MAX allows"
		fi
		_left=$((_left - _wait))
		echo "$service answers $reply_code: waiting for $_wait seconds"
		sleep "$_wait"
	done
}

# What the service said, in short.
said() {
	one_line "$reply_body" | cut -c 1-300
}

# from_reply FILTER: a text of the reply's JSON; none if it has none
from_reply() {
	printf '%s\n' "$reply_body" | jq -r "$1 // empty | tostring" 2>/dev/null ||
		:
}

# --- mail ------------------------------------------------------------------------

# mail_message: with its head, to $MAIL_TO from $MAIL_FROM. The same delivery has
# the same Message-ID, by which many servers drop a copy; mails about one
# subject refer to the same one, and so make a thread.
mail_message() {
	need MAIL_TO MAIL_FROM
	_host=${MAIL_FROM##*@}
	_host=${_host%>}
	printf 'From: %s\nTo: %s\n' "$(one_line "$MAIL_FROM")" \
		"$(one_line "$MAIL_TO")"
	printf 'Date: %s\n' "$(LC_ALL=C date '+%a, %d %b %Y %H:%M:%S %z')"
	printf 'Message-ID: <%s@%s>\n' "$(mail_id \
		"${HOOK_SOURCE:-}.$HOOK_DELIVERY.${HOOK_RECEIVED_AT:-}")" "$_host"
	printf 'References: <%s@%s>\n' "$(mail_id \
		"${HOOK_SOURCE:-}.${HOOK_SUBJECT:-$HOOK_DELIVERY}")" "$_host"
	printf 'Auto-Submitted: auto-generated\nMIME-Version: 1.0\n'
	printf 'Content-Type: text/plain; charset=UTF-8\n'
	printf 'Content-Transfer-Encoding: base64\n'
	jq -rn "$jq_text"'
		def pieces: if length > 0 then .[0:10], (.[10:] | pieces) else empty end;
		"Subject: " + ([headline | pieces | "=?UTF-8?B?" + @base64 + "?="] |
		    join("\n ")), "", (plain + "\n" | @base64)' | fold -w 76
}

mail_id() {
	printf '%s' "$1" | tr -c 'A-Za-z0-9._-' .
}
