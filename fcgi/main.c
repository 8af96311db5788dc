/*
 * cgihook.fcgi: the responder, and the runner and the agent that it starts. It
 * ignores its arguments: a web server may make them of a query string (RFC 3875
 * 4.4).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent_role.h"
#include "cgi.h"
#include "fastcgi.h"
#include "parent.h"
#include "runner.h"

int
main(void)
{
	static struct responder single = RESPONDER(false);
	const char *role = getenv("CGIHOOK_ROLE");

	if (role != NULL && strcmp(role, "runner") == 0)
		return runner_role_main();
	if (role != NULL && strcmp(role, "alarms") == 0)
		return alarms_role_main();
	if (role != NULL && strcmp(role, "agent") == 0)
		return agent_role_main();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a write fails instead */
	if (fastcgi_is_listening(STDIN_FILENO))
		return parent_serve(STDIN_FILENO);
	if (getenv("REQUEST_METHOD") == NULL) {
		fputs("cgihook.fcgi is started by a web server, as CGI or "
		    "FastCGI.\nTo try it without one: cgihook send drone\n",
		    stderr);
		return 1;
	}
	return cgi_serve(&single);
}
