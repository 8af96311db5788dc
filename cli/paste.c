#include "paste.h"

#include <string.h>

#include "codec.h"
#include "out.h"
#include "program.h"

/* In these texts DIR, FCGI, URL, PATH, SELF and TRY are replaced by this
 * machine's; '@' follows each, or '$' if it is a word of sh(1). */
struct fill {
	const char *name, *value;
};

static void
print_filled(const char *text, const struct fill *fills, size_t count)
{
	while (*text != '\0') {
		const struct fill *found = NULL;

		for (size_t i = 0; i < count && found == NULL; i++)
			if (strncmp(text, fills[i].name,
			    strlen(fills[i].name)) == 0)
				found = &fills[i];
		if (found == NULL) {
			putchar(*text++);
			continue;
		}
		fputs(found->value, stdout);
		text += strlen(found->name);
	}
}

enum { EXAMPLES = PASTE_FOLDER | PASTE_SYSTEM | PASTE_EXAMPLES };

static const struct {
	int places;		/* of enum paste_for */
	const char *server;	/* as --paste names it; or NULL */
	const char *title, *text;
} pastes[] = {
	{ PASTE_FOLDER, NULL, "Try it now, without any server",
	    "  SELF$ --config DIR$/cgihook.conf TRY@\n"
	    "  SELF$ --config DIR$/cgihook.conf check\n" },
	{ PASTE_TO_START, NULL, "Start the responder's socket and the runner",
	    "  systemctl daemon-reload\n"
	    "  systemctl enable --now cgihook.socket "
	    "cgihook-runner.service\n" },
	{ PASTE_SYSTEM, NULL, "Try it",
	    "  sudo cgihook TRY@\n"
	    "  sudo cgihook check\n" },
	{ EXAMPLES, NULL, "Drone: the server's environment",
	    "  DRONE_WEBHOOK_ENDPOINT=URL@/drone\n"
	    "  DRONE_WEBHOOK_SECRET=$(cat DIR$/drone.secret)\n" },
	{ EXAMPLES, NULL, "CircleCI: Project Settings, Webhooks, Add Webhook",
	    "  Receiver URL   URL@/circleci\n"
	    "  Secret token   what  cat DIR$/circleci.secret  prints\n"
	    "  Events         Workflow Completed, Job Completed\n" },
	{ EXAMPLES, NULL, "Anything that can call an address",
	    "  curl -H \"Authorization: Bearer $(cat DIR$/deploy.secret)\" \\\n"
	    "      -H 'Content-Type: application/json' "
	    "-d '{\"branch\":\"main\"}' \\\n"
	    "      URL@/deploy\n" },
	{ PASTE_FOLDER, "cgi-bin", "Shared hosting: a folder where programs "
	    "run (cgi-bin)",
	    "  cp DIR$/cgihook.cgi ~/public_html/cgi-bin/\n"
	    "If that folder needs an .htaccess, put this into it:\n"
	    "  Options +ExecCGI\n"
	    "  AddHandler cgi-script .cgi\n"
	    "  SetEnvIf Authorization \"(.+)\" HTTP_AUTHORIZATION=$1\n" },
	{ PASTE_FOLDER, "lighttpd", "lighttpd, running as you: lighttpd.conf",
	    "  server.modules += ( \"mod_fastcgi\" )\n"
	    "  fastcgi.server += ( \"PATH@\" => ((\n"
	    /* it would cut a path at a blank */
	    "      \"bin-path\" => \"DIR@/cgihook.cgi\",\n"
	    "      \"socket\" => \"DIR@/state/responder.sock\",\n"
	    "      \"max-procs\" => 1, \"check-local\" => \"disable\" )))\n" },
	{ PASTE_FOLDER, "apache", "Apache, running as you, or by suexec: a "
	    "site's configuration",
	    "  ScriptAlias PATH@ \"DIR@/cgihook.cgi\"\n"
	    "  <Directory \"DIR@\">\n"
	    "      Require all granted\n"
	    "      CGIPassAuth On\n"
	    "  </Directory>\n" },
	{ PASTE_FOLDER, "nginx", "nginx: a server's configuration, and what "
	    "you start",
	    "  location PATH@/ {\n"
	    "      include fastcgi_params;\n"
	    "      fastcgi_split_path_info ^(PATH@)(/.*)$;\n"
	    "      fastcgi_param PATH_INFO $fastcgi_path_info;\n"
	    "      fastcgi_pass \"unix:DIR@/responder.sock\";\n"
	    "  }\n"
	    "  CGIHOOK_CONFIG=DIR$/cgihook.conf \\\n"
	    "      spawn-fcgi -M 660 -s DIR$/responder.sock -- FCGI$\n"
	    "  # where nginx is another user: sudo chgrp www-data "
	    "DIR$/responder.sock\n" },
	{ PASTE_FOLDER, "cron", "crontab -e: for what waits when nobody calls "
	    "(a reboot, say)",
	    "  */5 * * * * SELF$ --config DIR$/cgihook.conf run --once\n" },
	{ PASTE_TO_SERVE, NULL, "The web server: one of these files, installed "
	    "with cgihook",
	    "  lighttpd   deploy/lighttpd-socket.conf\n"
	    "  Apache     deploy/apache-proxy-fcgi.conf\n"
	    "  nginx      deploy/nginx-http.conf and nginx-location.conf\n"
	    "  Caddy      deploy/caddy.conf\n"
	    "  HAProxy    deploy/haproxy.cfg\n"
	    "in /usr/local/share/cgihook or /usr/share/cgihook; each begins "
	    "with how.\n" },
	{ PASTE_FOLDER, NULL, "Lines for the web server that you have, and for "
	    "your crontab",
	    "  SELF$ init --paste SERVER DIR$\n"
	    "SERVER is cgi-bin (shared hosting), lighttpd, apache, nginx or "
	    "cron.\n" },
};

enum { PASTES = sizeof(pastes) / sizeof(pastes[0]) };

/* The path in https://host/path; "/cgihook" if there is none. */
static const char *
url_path(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host == NULL ? NULL : strchr(host + 3, '/');

	return path == NULL || path[1] == '\0' ? "/cgihook" : path;
}

/* Without a slash at its end. */
static int
url_length(const char *url)
{
	size_t len = strlen(url);

	return (int)(len > 0 && url[len - 1] == '/' ? len - 1 : len);
}

static void
paste_fill(const struct paste_place *p, const char *text, struct arena *a)
{
	const char *own = program_self(a);
	const char *self = own == NULL ? "cgihook" : own;
	const struct fill fills[] = {
		{ "DIR@", p->dir }, { "DIR$", shell_word(p->dir, a) },
		{ "FCGI$", shell_word(p->responder, a) }, { "URL@", p->url },
		{ "PATH@", url_path(p->url) }, { "SELF$", shell_word(self, a) },
		{ "TRY@", p->sources->count == 0 ?
		    "send drone --status failure" :
		    init_sources_trial(p->sources, a) },
	};

	print_filled(text, fills, sizeof(fills) / sizeof(fills[0]));
}

void
paste_print(const struct cli *c, int places,
    const struct paste_place *p)
{
	struct arena a = ARENA(0);
	bool told = p->sources->count == 0;

	out_style(c, OUT_GOOD, "%s is ready", p->dir);
	puts(": cgihook.conf, fresh secrets, example handlers.");
	printf("Events in a browser: %.*s/-/ (token: %s/" INIT_TOKEN ")\n",
	    url_length(p->url), p->url, shell_word(p->dir, &a));
	for (size_t i = 0; i < PASTES; i++) {
		bool example = (pastes[i].places & PASTE_EXAMPLES) != 0;

		if ((pastes[i].places & places) == 0 ||
		    pastes[i].server != NULL)
			continue;
		if (example && !told)	/* in the place of the first */
			init_sources_print(c, p->sources,
			    shell_word(p->dir, &a), p->url);
		told = told || example;
		if (example && p->sources->count > 0)
			continue;
		out_heading(c, pastes[i].title);
		paste_fill(p, pastes[i].text, &a);
	}
	arena_free(&a);
}

bool
paste_print_server(const struct cli *c, const char *server,
    const struct paste_place *p)
{
	struct arena a = ARENA(0);
	bool found = false;

	for (size_t i = 0; i < PASTES && !found; i++) {
		found = pastes[i].server != NULL &&
		    strcmp(pastes[i].server, server) == 0;
		if (!found)
			continue;
		/* a comment, wherever it is pasted */
		out_style(c, OUT_BOLD, "# %s", pastes[i].title);
		putchar('\n');
		paste_fill(p, pastes[i].text, &a);
	}
	arena_free(&a);
	return found;
}
