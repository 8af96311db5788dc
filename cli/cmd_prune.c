/* prune: remove finished events that are older than keep. */
#include "cli.h"
#include "clock.h"
#include "json_out.h"
#include "out.h"

/* At most this many in one transaction. */
enum { STEP = 1000 };

static int
cmd_prune(struct cli *c, int argc, char **argv)
{
	struct reason why;
	long long total = 0, stripped = 0;
	struct store_tidied t;
	struct cJSON *o;
	int code;

	code = cli_begin_plain(c, argc, argv, false);
	if (code != CLI_DONE)
		return code;
	for (;;) {
		if (store_tidy(c->store, STEP, &t, &why) != ST_OK)
			return cli_error(c, "after %lld: %s", total, why.text);
		total += t.removed;
		stripped += t.stripped;
		if (!t.more)
			break;
		if (c->terminal && !c->json)
			fprintf(stderr, "\r%lld so far", total);
		clock_nap_us(t.pause_us);	/* for the others */
	}
	if (c->json) {
		o = json_out_object();
		json_out_int(o, "pruned", total);
		if (c->config->keep_bodies_ms > 0)
			json_out_int(o, "bodies", stripped);
		return out_json(c, o);
	}
	printf("%s%lld event%s removed\n", total > STEP && c->terminal ?
	    "\r" : "", total, total == 1 ? "" : "s");
	if (c->config->keep_bodies_ms > 0)
		printf("%lld bod%s removed (keep_bodies)\n", stripped,
		    stripped == 1 ? "y" : "ies");
	return CLI_DONE;
}

const struct command command_prune = {
	.name = "prune",
	.summary = "remove finished events that are older than keep",
	.help =
"Removes finished events that are older than keep. The runner does the same\n"
"in small steps; this command removes them all at once. With keep_bodies, it\n"
"also removes the bodies of events that are older than that.\n",
	.examples =
"cgihook prune\n",
	.run = cmd_prune,
};
