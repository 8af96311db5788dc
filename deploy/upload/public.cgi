#!/bin/sh
# Whoever sees this picture can run what is in this folder: where a server runs all
# files of cgi-bin, without regard to .htaccess.
cd "${0%/*}" 2>/dev/null || :	# without a slash, it is here already
printf 'Content-Type: image/svg+xml\r\nCache-Control: no-store\r\n\r\n'
sed -e 's/read your secrets/run your handlers/' -e 's/shows this/made this/' \
	-e 's/the folder it is in/runs what is in its folder/' public.svg
