/* init: make a folder in which everything works. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "file.h"
#include "init_make.h"
#include "init_system.h"
#include "json_out.h"
#include "out.h"
#include "paste.h"
#include "program.h"

static const struct command_option init_options[] = {
	{ "source", 'o', "LIST",
	    "the sources, each a provider's name, or NAME=PROVIDER:\n"
	    "--source github,ci=gitea (default: three examples)" },
	{ "url", 'u', "U",
	    "the address of cgihook.cgi, to be shown in what to paste:\n"
	    "https://you.example/cgi-bin/cgihook.cgi" },
	{ "paste", 'p', "SERVER",
	    "for a DIR that init has made: print what to paste for\n"
	    "cgi-bin, lighttpd, apache, nginx or cron" },
	{ "system", 's', NULL,
	    "for a server of your own, as root: use /etc/cgihook "
	    "and\n/var/lib/cgihook, and run handlers by systemd, as "
	    "another\nuser than the web server's; no DIR" },
	{ "server", 'e', "SERVER",
	    "with --system: also set up lighttpd or apache, as Debian\n"
	    "has them, and restart it" },
	{ "no-start", 'n', NULL,
	    "with --system: start nothing" },
	{ 0 }
};

#define INIT_URL "https://YOUR.HOST/cgi-bin/cgihook.cgi"

static int
init_report(struct cli *c, const struct init_place *p,
    const struct init_sources *sources, const char *url)
{
	struct cJSON *o;

	if (!c->json) {
		paste_print(c, PASTE_FOLDER, &(struct paste_place){ p->dir,
		    p->responder, url, sources });
		return CLI_DONE;
	}
	o = json_out_object();
	json_out_str(o, "config", path_join(&c->arena, bytes_of(p->dir),
	    BYTES("cgihook.conf")).data, &c->arena);
	json_out_str(o, "cgi", path_join(&c->arena, bytes_of(p->dir),
	    BYTES("cgihook.cgi")).data, &c->arena);
	json_out_str(o, "responder", p->responder, &c->arena);
	return out_json(c, o);
}

static int
init_folder(struct cli *c, const char *dir, const struct init_sources *sources,
    const char *url)
{
	const struct init_file *files;
	size_t count;
	struct init_place p = { .arena = &c->arena, .fd = -1, .url = url };
	struct reason why;
	int code;

	init_sources_files(sources, false, &c->arena, &files, &count);
	if (arena_verdict(&c->arena, ST_OK, &why) != ST_OK ||
	    program_responder(&c->arena, &p.responder, &why) != ST_OK ||
	    init_open(&p, dir, &why) != ST_OK ||
	    init_make(&p, files, count, &why) != ST_OK)
		code = cli_error(c, "%s", why.text);
	else
		code = init_report(c, &p, sources, url != NULL ? url :
		    INIT_URL);
	if (p.fd >= 0)
		close(p.fd);
	return code;
}

static int
init_paste(struct cli *c, const char *dir, const char *server, const char *url)
{
	const struct init_sources none = { .count = 0 };
	struct paste_place p = { .url = url, .sources = &none };
	struct reason why;
	char *whole = realpath(dir, NULL);
	int code = CLI_DONE;

	if (whole == NULL || faccessat(AT_FDCWD, path_join(&c->arena,
	    bytes_of(whole), BYTES("cgihook.conf")).data, F_OK, 0) != 0)
		code = cli_error(c, "%s has no cgihook.conf: make it first, "
		    "with cgihook init", dir);
	else if (program_responder(&c->arena, &p.responder, &why) != ST_OK)
		code = cli_error(c, "%s", why.text);
	p.dir = whole;
	if (code == CLI_DONE && !paste_print_server(c, server, &p))
		code = cli_misuse(c, "unknown server \"%s\"; choose one of: "
		    "cgi-bin, lighttpd, apache, nginx, cron", server);
	free(whole);
	return code;
}

struct init_wish {
	struct init_sources sources;
	const char *url, *paste, *server;
	bool system_wide, no_start;
};

static int
init_read_options(struct cli *c, int argc, char **argv, struct init_wish *w)
{
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		switch (option) {
		case 'u': w->url = optarg; break;
		case 'p': w->paste = optarg; break;
		case 's': w->system_wide = true; break;
		case 'e': w->server = optarg; break;
		case 'n': w->no_start = true; break;
		case 'o':
			if (init_sources_add(c, optarg, &w->sources) !=
			    CLI_DONE)
				return CLI_USAGE;
			break;
		default: return CLI_USAGE;
		}
	}
	if (w->system_wide && optind < argc)
		return cli_misuse(c, "--system takes no folder: it always uses "
		    "/etc/cgihook");
	if (!w->system_wide && (w->server != NULL || w->no_start))
		return cli_misuse(c, "--%s needs --system", w->server != NULL ?
		    "server" : "no-start");
	if (w->server != NULL && w->no_start)
		return cli_misuse(c, "--server starts what --no-start does "
		    "not: choose one");
	return CLI_DONE;
}

static int
cmd_init(struct cli *c, int argc, char **argv)
{
	struct init_wish w = { .url = NULL };
	int code = init_read_options(c, argc, argv, &w);

	if (code != CLI_DONE)
		return code;
	if (w.system_wide)
		return init_system(c, &(struct init_system_wish){ &w.sources,
		    w.url != NULL ? w.url :
		    "https://YOUR.HOST/cgi-bin/cgihook.fcgi", w.server,
		    w.no_start });
	if (optind == argc)
		return cli_misuse(c, "name the folder to create");
	if (optind + 1 < argc)
		return cli_misuse(c, "name one folder, not several");
	if (w.paste != NULL)
		return init_paste(c, argv[optind], w.paste, w.url != NULL ?
		    w.url : INIT_URL);
	return init_folder(c, argv[optind], &w.sources, w.url);
}

const struct command command_init = {
	.name = "init",
	.summary = "make a folder with a configuration, secrets and handlers",
	.operands = "DIR",
	.options = init_options,
	.help =
"Makes DIR with cgihook.conf, a new secret for each source, small example\n"
"handlers, an empty state folder, and cgihook.cgi, which a web server can\n"
"run. Then shows what to try, and what to paste at the senders; --paste shows\n"
"it for a web server. The sources are those of --source, or the examples\n"
"drone, circleci and deploy. Overwrites nothing.\n",
	.examples =
"cgihook init ~/hook\n"
"cgihook init --source github,gitlab,ci=gitea ~/hook\n"
"cgihook init --paste nginx ~/hook\n"
"sudo cgihook init --system --source ci=gitea --server lighttpd\n"
"cgihook --config ~/hook/cgihook.conf send drone --status failure\n",
	.run = cmd_init,
};
