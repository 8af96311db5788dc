/* renumber: skip numbers after a snapshot of the machine was restored. */
#include "cli.h"
#include "json_out.h"
#include "out.h"

static int
cmd_renumber(struct cli *c, int argc, char **argv)
{
	struct reason why;
	int64_t from = 0;
	struct cJSON *o;
	int code;

	code = cli_begin_plain(c, argc, argv, false);
	if (code != CLI_DONE)
		return code;
	if (store_renumber(c->store, &from, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (c->json) {
		o = json_out_object();
		json_out_int(o, "from", from);
		return out_json(c, o);
	}
	printf("the next event gets number %lld\n", (long long)from);
	return CLI_DONE;
}

const struct command command_renumber = {
	.name = "renumber",
	.summary = "skip numbers, after a machine's snapshot was restored",
	.help =
"Use this after you restored a snapshot of the whole machine: otherwise\n"
"event numbers that were given since then would be given again. The next\n"
"event gets a number far above them. A store that was copied, or restored\n"
"from a backup, skips numbers without this command.\n",
	.examples =
"cgihook renumber\n",
	.run = cmd_renumber,
};
