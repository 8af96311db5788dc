/* init: make a folder in which everything works. */
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
	{ "url", 'u', "U",
	    "the address of cgihook.cgi, to be shown in what to paste:\n"
	    "https://you.example/cgi-bin/cgihook.cgi" },
	{ "system", 's', NULL,
	    "for a server of your own, as root: use /etc/cgihook "
	    "and\n/var/lib/cgihook, and run handlers by systemd, as "
	    "another\nuser than the web server's; no DIR" },
	{ 0 }
};

static int
init_report(struct cli *c, const struct init_place *p, const char *url)
{
	struct cJSON *o;

	if (!c->json) {
		paste_print(c, PASTE_FOLDER, p->dir, p->responder, url);
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
init_folder(struct cli *c, const char *dir, const char *url)
{
	struct init_place p = { .arena = &c->arena, .fd = -1 };
	struct reason why;
	int code;

	if (program_responder(&c->arena, &p.responder, &why) != ST_OK ||
	    init_open(&p, dir, &why) != ST_OK ||
	    init_make(&p, init_files, init_file_count, &why) != ST_OK)
		code = cli_error(c, "%s", why.text);
	else
		code = init_report(c, &p, url);
	if (p.fd >= 0)
		close(p.fd);
	return code;
}

static int
cmd_init(struct cli *c, int argc, char **argv)
{
	const char *url = NULL;
	bool system_wide = false;
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		if (option == 'u')
			url = optarg;
		else
			system_wide = true;
	}
	if (system_wide && optind < argc)
		return cli_misuse(c, "--system takes no folder: it always uses "
		    "/etc/cgihook");
	if (system_wide)
		return init_system(c, url != NULL ? url :
		    "https://YOUR.HOST/cgi-bin/cgihook.fcgi");
	if (optind == argc)
		return cli_misuse(c, "name the folder to create");
	if (optind + 1 < argc)
		return cli_misuse(c, "name one folder, not several");
	return init_folder(c, argv[optind], url != NULL ? url :
	    "https://YOUR.HOST/cgi-bin/cgihook.cgi");
}

const struct command command_init = {
	.name = "init",
	.summary = "make a folder with a configuration, secrets and handlers",
	.operands = "DIR",
	.options = init_options,
	.help =
"Makes DIR with cgihook.conf, a new secret for each of the sources drone,\n"
"circleci and deploy, small example handlers, an empty state folder, and\n"
"cgihook.cgi, which a web server can run. Then shows what to paste where.\n"
"Overwrites nothing.\n",
	.examples =
"cgihook init ~/hook\n"
"cgihook --config ~/hook/cgihook.conf send drone --status failure\n",
	.run = cmd_init,
};
