/* handler: list the ready handlers, and set them up. */
#include <string.h>

#include "cli.h"
#include "handler_add.h"
#include "json_out.h"
#include "out.h"

static const struct command_option handler_options[] = {
	{ "for", 'f', "EVENT",
	    "what the handler is to run for, and its path below\n"
	    "handlers_dir: circleci/workflow-completed" },
	{ "set", 's', "NAME",
	    "NAME=value: a setting, instead of what the handler shows;\n"
	    "again for others; a secret: NAME=file:PATH" },
	{ "no-run", 'n', NULL, "do not run it with a made-up event" },
	{ 0 }
};

static int
handler_list(struct cli *c)
{
	const char *const *names, *folder;
	struct ready r;
	struct reason why;
	struct cJSON *o;
	size_t count;

	if (ready_folder(&c->arena, &folder, &why) != ST_OK ||
	    ready_names(folder, &c->arena, &names, &count, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	for (size_t i = 0; i < count; i++) {
		if (ready_read(folder, names[i], &c->arena, &r, &why) != ST_OK)
			return cli_error(c, "%s", why.text);
		if (!c->json) {
			printf("%-24s%-11s%s\n", r.name, r.group, r.summary);
			continue;
		}
		o = json_out_object();
		json_out_str(o, "name", r.name, &c->arena);
		json_out_str(o, "group", r.group, &c->arena);
		json_out_str(o, "summary", r.summary, &c->arena);
		if (out_json(c, o) != CLI_DONE)
			return CLI_FAILED;
	}
	return CLI_DONE;
}

static int
handler_read_options(struct cli *c, int argc, char **argv,
    struct handler_adding *h)
{
	int option;

	while ((option = cli_option(c, argc, argv)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		if (option == 'f')
			h->for_given = optarg;
		else if (option == 'n')
			h->run = false;
		else if (h->set_count == READY_SETTINGS_MAX)
			return cli_misuse(c, "more than %d settings",
			    READY_SETTINGS_MAX);
		else
			h->sets[h->set_count++] = optarg;
	}
	if (optind == argc || (strcmp(argv[optind], "list") != 0 &&
	    strcmp(argv[optind], "add") != 0))
		return cli_misuse(c, "say what to do: list, or add NAME");
	return CLI_DONE;
}

static int
cmd_handler(struct cli *c, int argc, char **argv)
{
	struct handler_adding h = { .run = true };
	int code = handler_read_options(c, argc, argv, &h);

	if (code != CLI_DONE)
		return code;
	if (strcmp(argv[optind], "list") == 0) {
		optind++;
		if (h.for_given != NULL || h.set_count > 0 || !h.run)
			return cli_misuse(c, "list takes no such option");
		code = cli_no_operands(c, argc, argv);
		return code == CLI_DONE ? handler_list(c) : code;
	}
	if (optind + 2 != argc)
		return cli_misuse(c, "name one handler; cgihook handler list "
		    "lists them");
	if (h.for_given == NULL)
		return cli_misuse(c, "say what it is to run for, such as "
		    "--for circleci/workflow-completed");
	h.name = argv[optind + 1];
	return handler_add(c, &h);
}

const struct command command_handler = {
	.name = "handler",
	.summary = "list the ready handlers, and set one up",
	.operands = "list|add [NAME]",
	.options = handler_options,
	.help =
"Lists the handlers that come with cgihook, for chats, mail, incidents, CI,\n"
"tables and deployment, or sets one up. To add one, it copies the handler\n"
"into handlers_dir, adds its section to the configuration, asks for the\n"
"secret that it needs and keeps it in a file of mode 600, and runs this\n"
"handler alone once with a made-up event. Where the event has such a\n"
"handler already, the other one goes into the folder EVENT.d.\n",
	.examples =
"cgihook handler list\n"
"cgihook handler add teams --for circleci/workflow-completed\n"
"cgihook handler add mail --for drone/build.failure \\\n"
"    --set MAIL_TO=dev@example.org --set MAIL_FROM=cgihook@example.org\n",
	.run = cmd_handler,
};
