#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"
#include "log.h"
#include "owner.h"
#include "runner.h"
#include "alert.h"

/* Whoever waits for the one before to end may come just after it. */
enum { ALARMS_PAUSE_MS = 30 * 1000 };

/* ST_OK with *c; false: there is nothing to go by. */
static bool
runner_role_begin(const char **config_path, struct config **c, enum status *st,
    struct reason *why)
{
	*config_path = getenv("CGIHOOK_CONFIG");
	descriptors_let_go();
	descriptors_close(STDERR_FILENO + 1, INT_MAX);
	(void)log_open("syslog", "cgihook", NULL);
	if (*config_path == NULL || chdir("/") != 0)
		return false;
	*st = config_load_runner(*config_path, c, why);
	/* before there is a log of root's in a folder that is not */
	if (*st == ST_OK)
		*st = owner_may_run(*c, why);
	if (*st == ST_OK)
		*st = log_open((*c)->log, "cgihook", why);
	return true;
}

int
runner_role_main(void)
{
	const char *config_path;
	struct config *c = NULL;
	struct reason why;
	enum status st;

	if (!runner_role_begin(&config_path, &c, &st, &why))
		return 1;
	config_free(c);
	if (st == ST_OK)
		st = runner_run(config_path, RUNNER_IDLE, &why);
	if (st == ST_OK || st == ST_BUSY)
		return 0;
	log_note("error", "the runner ended: %s", why.text);
	return 1;
}

/* What could not be told is in the log already. */
int
alarms_role_main(void)
{
	const char *config_path;
	struct config *c = NULL;
	struct reason why;
	enum status st;

	if (!runner_role_begin(&config_path, &c, &st, &why))
		return 1;
	if (st == ST_OK)
		st = alert_look(c, clock_wall_ms(), ALARMS_PAUSE_MS, &why);
	config_free(c);
	return st == ST_OK ? 0 : 1;
}
