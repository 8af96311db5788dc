/* backup: copy the store while it is in use. */
#include "cli.h"
#include "json_out.h"
#include "out.h"

static int
cmd_backup(struct cli *c, int argc, char **argv)
{
	struct reason why;
	const char *file;
	struct cJSON *o;
	int code;

	if (cli_option(c, argc, argv) != -1)
		return CLI_USAGE;
	if (optind + 1 != argc)
		return cli_misuse(c, "name the file to write, which must not "
		    "exist yet");
	file = argv[optind];
	code = cli_open_store(c, true);
	if (code != CLI_DONE)
		return code;
	if (c->store == NULL)
		return cli_error(c, "nothing has been accepted yet");
	if (store_backup(c->store, file, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (c->json) {
		o = json_out_object();
		json_out_str(o, "file", file, &c->arena);
		return out_json(c, o);
	}
	printf("the store was copied to %s\n",
	    out_safe(c, bytes_of(file)));
	return CLI_DONE;
}

const struct command command_backup = {
	.name = "backup",
	.summary = "copy the store to a file while it is in use",
	.operands = "FILE",
	.help =
"Copies the store, as it is now, to FILE, which must not exist: events,\n"
"bodies, deliveries and output. The responder and the runner can work\n"
"meanwhile. cgihook(1) says how to put a copy back.\n",
	.examples =
"cgihook backup ~/hook.backup\n",
	.run = cmd_backup,
};
