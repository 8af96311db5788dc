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
	const char *title, *text;
} pastes[] = {
	{ PASTE_FOLDER, "Shared hosting: a folder where programs run (cgi-bin)",
	    "  cp DIR$/cgihook.cgi ~/public_html/cgi-bin/\n"
	    "or, where an .htaccess decides, beside the copy:\n"
	    "  Options +ExecCGI\n"
	    "  AddHandler cgi-script .cgi\n"
	    "  SetEnvIf Authorization \"(.+)\" HTTP_AUTHORIZATION=$1\n" },
	{ PASTE_FOLDER, "A server whose user (www-data) cannot read your files",
	    "  sudo SELF$ init --system\n" },
	{ PASTE_FOLDER, "lighttpd, running as you: lighttpd.conf",
	    "  server.modules += ( \"mod_fastcgi\" )\n"
	    "  fastcgi.server += ( \"PATH@\" => ((\n"
	    /* it would cut a path at a blank */
	    "      \"bin-path\" => \"DIR@/cgihook.cgi\",\n"
	    "      \"socket\" => \"DIR@/state/responder.sock\",\n"
	    "      \"max-procs\" => 1, \"check-local\" => \"disable\" )))\n" },
	{ PASTE_FOLDER, "Apache, running as you, or by suexec: a site's "
	    "configuration",
	    "  ScriptAlias PATH@ \"DIR@/cgihook.cgi\"\n"
	    "  <Directory \"DIR@\">\n"
	    "      Require all granted\n"
	    "      CGIPassAuth On\n"
	    "  </Directory>\n" },
	{ PASTE_FOLDER, "nginx: a server's configuration, and what you start",
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
	{ PASTE_SYSTEM, "Start the responder's socket and the runner",
	    "  systemctl daemon-reload\n"
	    "  systemctl enable --now cgihook.socket "
	    "cgihook-runner.service\n" },
	{ PASTE_SYSTEM, "The web server: one of these files, installed with "
	    "cgihook",
	    "  lighttpd   deploy/lighttpd-socket.conf\n"
	    "  Apache     deploy/apache-proxy-fcgi.conf\n"
	    "  nginx      deploy/nginx-http.conf and nginx-location.conf\n"
	    "  Caddy      deploy/caddy.conf\n"
	    "  HAProxy    deploy/haproxy.cfg\n"
	    "in /usr/local/share/cgihook or /usr/share/cgihook; each begins "
	    "with how.\n" },
	{ EXAMPLES, "Drone: the server's environment",
	    "  DRONE_WEBHOOK_ENDPOINT=URL@/drone\n"
	    "  DRONE_WEBHOOK_SECRET=$(cat DIR$/drone.secret)\n" },
	{ EXAMPLES, "CircleCI: Project Settings, Webhooks, Add Webhook",
	    "  Receiver URL   URL@/circleci\n"
	    "  Secret token   what  cat DIR$/circleci.secret  prints\n"
	    "  Events         Workflow Completed, Job Completed\n" },
	{ EXAMPLES, "Anything that can call an address",
	    "  curl -H \"Authorization: Bearer $(cat DIR$/deploy.secret)\" \\\n"
	    "      -H 'Content-Type: application/json' "
	    "-d '{\"branch\":\"main\"}' \\\n"
	    "      URL@/deploy\n" },
	{ PASTE_FOLDER,
	    "crontab -e: for what waits when nobody calls (a reboot, say)",
	    "  */5 * * * * SELF$ --config DIR$/cgihook.conf run --once\n" },
	{ PASTE_FOLDER, "Now try it, without any server",
	    "  SELF$ --config DIR$/cgihook.conf TRY@\n"
	    "  SELF$ --config DIR$/cgihook.conf check\n" },
	{ PASTE_SYSTEM, "Now try it",
	    "  sudo cgihook TRY@\n"
	    "  sudo cgihook check\n" },
};

/* The path in https://host/path; "/cgihook" if there is none. */
static const char *
url_path(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host == NULL ? NULL : strchr(host + 3, '/');

	return path == NULL || path[1] == '\0' ? "/cgihook" : path;
}

void
paste_print(const struct cli *c, enum paste_for place, const char *dir,
    const char *responder, const char *url,
    const struct init_sources *sources)
{
	struct arena a = ARENA(0);
	const char *own = program_self(&a);
	const char *self = own == NULL ? "cgihook" : own;
	bool told = false;
	const struct fill fills[] = {
		{ "DIR@", dir }, { "DIR$", shell_word(dir, &a) },
		{ "FCGI$", shell_word(responder, &a) }, { "URL@", url },
		{ "PATH@", url_path(url) }, { "SELF$", shell_word(self, &a) },
		{ "TRY@", sources->count == 0 ? "send drone --status failure" :
		    init_sources_trial(sources, &a) },
	};

	out_style(c, OUT_GOOD, "%s is ready", dir);
	puts(": cgihook.conf, fresh secrets, example handlers.");
	for (size_t i = 0; i < sizeof(pastes) / sizeof(pastes[0]); i++) {
		if ((pastes[i].places & (int)place) == 0)
			continue;
		if ((pastes[i].places & PASTE_EXAMPLES) != 0 &&
		    sources->count > 0) {
			/* in the place of the first example */
			if (!told)
				init_sources_print(c, sources,
				    shell_word(dir, &a), url);
			told = true;
			continue;
		}
		out_heading(c, pastes[i].title);
		print_filled(pastes[i].text, fills,
		    sizeof(fills) / sizeof(fills[0]));
	}
	arena_free(&a);
}
