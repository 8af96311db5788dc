#!/bin/sh
# What the web server runs. All the rest is in the folder "cgihook" beside it.

say() {
	trap - EXIT
	printf 'Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\n' "$1"
	printf 'Retry-After: 30\r\nCache-Control: no-store\r\n\r\n%s\n' "$2"
	exit 0
}

# A program that runs cannot be overwritten, and one that is being uploaded is
# not whole. So what runs is a copy in "run", made of what is whole by its sum.
take_program() {
	read -r sum size rest <cgihook.sum || sum=
	# shellcheck disable=SC2046 # two words
	set -- $(cksum <cgihook.fcgi)
	[ "${1-} ${2-}" = "$sum $size" ] || return 1
	mkdir -p -m 700 run && cp cgihook.fcgi "run/new.$$" &&
		chmod 700 "run/new.$$" && mv -f "run/new.$$" run/cgihook.fcgi &&
		chmod 755 public.cgi
}

case $0 in
*/*) here=${0%/*} ;;
*) here=. ;;
esac
cd "$here/cgihook" 2>/dev/null || say '500 Internal Server Error' \
	'cgihook: there is no folder "cgihook" beside cgihook.cgi: upload it.'
# shellcheck disable=SC3013 # in every sh that hosts have, and in POSIX.1-2024
if [ ! -x run/cgihook.fcgi ] || [ cgihook.fcgi -nt run/cgihook.fcgi ]; then
	take_program 2>/dev/null || [ -x run/cgihook.fcgi ] ||
		say '503 Service Unavailable' \
'cgihook: cgihook/cgihook.fcgi is not whole: wait until it is uploaded, or upload
it again as a binary file.'
fi
CGIHOOK_CONFIG=$PWD/cgihook.conf
export CGIHOOK_CONFIG
trap 'say "500 Internal Server Error" \
	"cgihook: this machine cannot run cgihook/run/cgihook.fcgi."' EXIT
exec "$PWD/run/cgihook.fcgi"
