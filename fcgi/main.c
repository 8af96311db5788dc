/*
 * cgihook.fcgi: the responder, and started by itself, the runner. It does not
 * look at its arguments: a CGI query string can become arguments (RFC 3875
 * 4.4).
 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgi.h"
#include "fastcgi.h"
#include "runner.h"

/* Bodies go back to the system as soon as they are free, however many threads
 * had one. */
static void
tune_memory(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}

int
main(void)
{
	static struct responder single = RESPONDER(false);
	static struct responder shared = RESPONDER(true);
	const char *role = getenv("CGIHOOK_ROLE");

	if (role != NULL && strcmp(role, "runner") == 0)
		return runner_role_main();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* store.h: a full disk is no end */
	if (fastcgi_is_listening(STDIN_FILENO)) {
		tune_memory();
		return fastcgi_serve(&shared, STDIN_FILENO);
	}
	if (getenv("REQUEST_METHOD") == NULL) {
		fputs("cgihook.fcgi is started by a web server, as CGI or "
		    "FastCGI.\nTo try it without one: cgihook send drone\n",
		    stderr);
		return 1;
	}
	return cgi_serve(&single);
}
