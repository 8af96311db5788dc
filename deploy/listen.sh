#!/bin/sh
# listen.sh: what "cgihook listen --forward" does, where cgihook does not run, such
# as on macOS or BSD. It needs curl, jq and base64.
#
#     sh listen.sh URL TOKENFILE TARGET [SOURCE]
#     sh listen.sh https://you.example/cgi-bin/cgihook.cgi me.token \
#         http://localhost:8080/hook github
#
# Each event that the responder at URL accepts is sent to TARGET, as it came but
# for what proved who sent it; it is not signed anew. The token needs role = read.
# How far it has got is in $LISTEN_STATE, or in .cgihook-listen-NUMBER in the home
# folder: whatever comes while it does not run is sent later. Ctrl-C ends it.
set -eu

if [ $# -lt 3 ]; then
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
url=${1%/} token=$2 target=$3 source=${4:-}
key=$(printf '%s' "$url $target $source" | cksum | cut -d ' ' -f 1)
state=${LISTEN_STATE:-$HOME/.cgihook-listen-$key}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 0' INT TERM

# what a terminal takes for a command is left out
line() {
	tr -d '\000-\037\177'
	echo
}

say() {
	printf 'listen.sh: %s' "$*" | line >&2
}

# as in quotes in curl's configuration
quote() {
	printf '%s\n' "$1" | sed 's/[\\"]/\\&/g'
}

# ask QUERY: the answer in $work/answer. The token is in no list of processes.
ask() {
	{
		printf 'url = "%s"\n' "$(quote "$url/-/api/events?$1")"
		printf 'header = "Authorization: Bearer %s"\n' \
			"$(quote "$(cat -- "$token")")"
	} | curl --silent --show-error --max-time 60 --config - \
		--output "$work/answer" --write-out '%{http_code}'
}

# ask_until QUERY: until it is answered
ask_until() {
	pause=1
	while :; do
		code=$(ask "$1") || code=000
		case $code in
		200)
			[ "$pause$connected" = 1yes ] || say "connected to $url"
			connected=yes
			return
			;;
		400 | 401 | 403)
			say "$code: $(jq -r '.error' "$work/answer")"
			exit 1
			;;
		esac
		say "not connected ($code); trying again in $pause s"
		sleep "$pause"
		[ "$pause" -ge 60 ] || pause=$((pause * 2))
	done
}

# keep CURSOR: it becomes a part of an address, and so of curl's configuration
keep() {
	case $1 in
	'' | *[!0-9A-Za-z]*)
		say "the answer has no cursor: is $url a responder of cgihook?"
		exit 1
		;;
	esac
	printf '%s\n' "$1" >"$state.new"
	mv -f -- "$state.new" "$state"
}

# forward: the event in $work/event
forward() {
	jq -r '.raw.body' "$work/event" | base64 -d >"$work/body"
	{
		printf 'url = "%s"\n' "$(quote "$target")"
		printf 'data-binary = "@%s/body"\n' "$work"
		printf 'header = "Expect:"\n'
		jq -r '.raw.headers | to_entries[] |
			select((.key | test("[^0-9A-Za-z._-]") | not) and
				(.value | test("[\\x00-\\x08\\x0a-\\x1f\\x7f]") | not)) |
			"header = " + ("\(.key): \(.value)" | @json)' "$work/event"
	} >"$work/config"
	while :; do
		result=0
		code=$(curl --silent --max-time 60 --config "$work/config" \
			--output /dev/null --write-out '%{http_code}') || result=$?
		[ "$result" -eq 7 ] || break
		say "nothing listens at $target: waiting for it"
		sleep 2
	done
	jq -r --arg code "$code" --arg url "$url" '"\(.received_at)  #\(.id)  " +
		"\(.source) \(.event) \(.subject // "")  \($code)  " +
		"\($url)/-/event/\(.id)"' "$work/event" | line
}

only=${source:+&source=$source} connected=
if [ ! -s "$state" ]; then
	ask_until "limit=1$only"
	keep "$(jq -r .newer "$work/answer")"
fi
while :; do
	began=$(date +%s)
	ask_until "raw=yes&limit=50&wait=25&after=$(cat -- "$state")$only"
	jq -c '.events[]' "$work/answer" >"$work/events"
	while IFS= read -r event; do
		printf '%s\n' "$event" >"$work/event"
		forward
		keep "$(jq -r .cursor "$work/event")"
	done <"$work/events"
	# a plain CGI program does not wait
	[ -s "$work/events" ] || [ $(($(date +%s) - began)) -gt 1 ] || sleep 2
done
