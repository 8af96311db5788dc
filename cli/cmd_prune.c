/* prune: forget what is older than keep, now. */
#include "clock.h"
#include "commands.h"
#include "jsonout.h"
#include "store_keep.h"

const struct option prune_options[] = {
	CLI_OPTIONS
};

/* One transaction's share: responders wait no longer than for that. */
enum { STEP = 500 };

int
cmd_prune(struct cli *c, int argc, char **argv)
{
	struct reason why;
	long long total = 0;
	int pruned, code;
	cJSON *o;

	if (cli_option(c, argc, argv) != -1)
		return CLI_USAGE;
	code = cli_no_operands(c, argc, argv);
	if (code == CLI_DONE)
		code = cli_open_store(c, false);
	if (code != CLI_DONE)
		return code;
	do {
		if (store_prune(c->store, clock_wall_ms(), STEP, &pruned, &why)
		    != ST_OK)
			return cli_error(c, "after %lld: %s", total, why.text);
		total += pruned;
		if (c->terminal && !c->json && pruned == STEP)
			fprintf(stderr, "\r%lld so far", total);
	} while (pruned > 0);
	if (c->json) {
		o = cJSON_CreateObject();
		jsonout_int(o, "pruned", total);
		return jsonout_print(c, o);
	}
	printf("%s%lld event%s forgotten\n", total > STEP && c->terminal ?
	    "\r" : "", total, total == 1 ? "" : "s");
	return CLI_DONE;
}
