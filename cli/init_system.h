#ifndef CGIHOOK_INIT_SYSTEM_H
#define CGIHOOK_INIT_SYSTEM_H

#include "cli.h"
#include "init_sources.h"

struct init_system_wish {
	const struct init_sources *sources;
	const char *url;	/* where cgihook.fcgi will be */
	const char *server;	/* "lighttpd" or "apache": set it up, too; or
				   NULL */
	bool no_start;		/* start nothing */
};

/** init_system - for a server of one's own, as root: users cgihook (the
 *  responder's) and cgihook-run (the handlers'), /etc/cgihook,
 *  /var/lib/cgihook, and what the units need to know of that
 *
 *  Effect: where systemd runs, also starts the socket and the runner, now and
 *          at each boot, and makes the web server use the configuration that
 *          the Debian package has installed for it. */
int
init_system(struct cli *c, const struct init_system_wish *wish);

#endif
