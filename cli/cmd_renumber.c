/* renumber: after a snapshot of the whole machine was put back. */
#include "commands.h"
#include "jsonout.h"
#include "store_keep.h"

const struct option renumber_options[] = {
	CLI_OPTIONS
};

int
cmd_renumber(struct cli *c, int argc, char **argv)
{
	struct reason why;
	int64_t from = 0;
	cJSON *o;
	int code;

	code = cli_begin_plain(c, argc, argv, false);
	if (code != CLI_DONE)
		return code;
	if (store_renumber(c->store, &from, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	if (c->json) {
		o = cJSON_CreateObject();
		jsonout_int(o, "from", from);
		return jsonout_print(c, o);
	}
	printf("the next event gets number %lld\n", (long long)from);
	return CLI_DONE;
}
