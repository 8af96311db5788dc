#include "paste.h"

#include <string.h>

#include "child.h"
#include "out.h"

static void
heading(const struct cli *c, const char *text)
{
	putchar('\n');
	out_style(c, OUT_BOLD, "%s", text);
	putchar('\n');
}

/* Text in which DIR, FCGI, URL, PATH and SELF stand for what is so on this
 * machine; each is followed by '@'. */
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

static const struct {
	const char *title, *text;
} pastes[] = {
	{ "Shared hosting: a folder where programs run (cgi-bin)",
	    "  cp DIR@/cgihook.cgi ~/public_html/cgi-bin/\n"
	    "or, where an .htaccess decides, beside the copy:\n"
	    "  Options +ExecCGI\n"
	    "  AddHandler cgi-script .cgi\n"
	    "  SetEnvIf Authorization \"(.+)\" HTTP_AUTHORIZATION=$1\n" },
	{ "lighttpd: lighttpd.conf",
	    "  server.modules += ( \"mod_fastcgi\" )\n"
	    "  fastcgi.server += ( \"PATH@\" => ((\n"
	    "      \"bin-path\" => \"FCGI@\",\n"
	    "      \"bin-environment\" => (\n"
	    "          \"CGIHOOK_CONFIG\" => \"DIR@/cgihook.conf\" ),\n"
	    "      \"socket\" => \"DIR@/state/responder.sock\",\n"
	    "      \"max-procs\" => 1, \"check-local\" => \"disable\" )))\n" },
	{ "Apache: a site's configuration",
	    "  ScriptAlias PATH@ DIR@/cgihook.cgi\n"
	    "  <Directory DIR@>\n"
	    "      Require all granted\n"
	    "      CGIPassAuth On\n"
	    "  </Directory>\n" },
	{ "nginx: a server's configuration (with spawn-fcgi)",
	    "  location PATH@/ {\n"
	    "      include fastcgi_params;\n"
	    "      fastcgi_split_path_info ^(PATH@)(/.*)$;\n"
	    "      fastcgi_param PATH_INFO $fastcgi_path_info;\n"
	    "      fastcgi_pass unix:DIR@/state/responder.sock;\n"
	    "  }\n"
	    "  CGIHOOK_CONFIG=DIR@/cgihook.conf \\\n"
	    "      spawn-fcgi -s DIR@/state/responder.sock -- FCGI@\n" },
	{ "Drone: the server's environment",
	    "  DRONE_WEBHOOK_ENDPOINT=URL@/drone\n"
	    "  DRONE_WEBHOOK_SECRET=$(cat DIR@/drone.secret)\n" },
	{ "CircleCI: Project Settings, Webhooks, Add Webhook",
	    "  Receiver URL   URL@/circleci\n"
	    "  Secret token   what  cat DIR@/circleci.secret  prints\n"
	    "  Events         Workflow Completed, Job Completed\n" },
	{ "Anything that can call an address",
	    "  curl -X POST -H 'Content-Type: application/json' "
	    "-d '{\"branch\":\"main\"}' \\\n"
	    "      \"URL@/deploy?secret=$(cat DIR@/deploy.secret)\"\n" },
	{ "crontab -e: for what waits when nobody calls (a reboot, say)",
	    "  */5 * * * * SELF@ --config DIR@/cgihook.conf run --once\n" },
	{ "Now try it, without any server",
	    "  SELF@ --config DIR@/cgihook.conf send drone --status failure\n"
	    "  SELF@ --config DIR@/cgihook.conf check\n" },
};

/* The path in https://host/path; "/cgihook" where there is none. */
static const char *
url_path(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host == NULL ? NULL : strchr(host + 3, '/');

	return path == NULL || path[1] == '\0' ? "/cgihook" : path;
}

void
paste_print(const struct cli *c, const char *dir, const char *responder,
    const char *url)
{
	struct arena a = ARENA(0);
	const char *self = child_self(&a);
	const struct fill fills[] = {
		{ "DIR@", dir }, { "FCGI@", responder }, { "URL@", url },
		{ "PATH@", url_path(url) },
		{ "SELF@", self == NULL ? "cgihook" : self },
	};

	out_style(c, OUT_GOOD, "%s is ready", dir);
	puts(": cgihook.conf, three fresh secrets, example handlers.");
	for (size_t i = 0; i < sizeof(pastes) / sizeof(pastes[0]); i++) {
		heading(c, pastes[i].title);
		print_filled(pastes[i].text, fills,
		    sizeof(fills) / sizeof(fills[0]));
	}
	arena_free(&a);
}
