#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "descriptors.h"
#include "log.h"
#include "owner.h"
#include "runner.h"

int
runner_role_main(void)
{
	const char *config_path = getenv("CGIHOOK_CONFIG");
	struct config *c = NULL;
	struct reason why;
	enum status st;

	descriptors_let_go();
	descriptors_close(STDERR_FILENO + 1, INT_MAX);
	(void)log_open("syslog", "cgihook", NULL);
	if (config_path == NULL || chdir("/") != 0)
		return 1;
	st = config_load_runner(config_path, &c, &why);
	/* before there is a log of root's in a folder that is not */
	if (st == ST_OK)
		st = owner_may_run(c, &why);
	if (st == ST_OK)
		st = log_open(c->log, "cgihook", &why);
	config_free(c);
	if (st == ST_OK)
		st = runner_run(config_path, RUNNER_IDLE, &why);
	if (st == ST_OK || st == ST_BUSY)
		return 0;
	log_note("error", "the runner ended: %s", why.text);
	return 1;
}
