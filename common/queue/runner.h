#ifndef CGIHOOK_RUNNER_H
#define CGIHOOK_RUNNER_H


#include "status.h"

/*
 * The runner: looks up handlers, makes deliveries, runs them, records the end.
 * One per state folder, by the lock "runner.lock". It faces no network.
 */

enum runner_until {
	RUNNER_IDLE,		/* end when nothing is due or scheduled: auto */
	RUNNER_ONCE,		/* run what is due, and end: cron */
	RUNNER_FOREVER		/* until SIGTERM or SIGINT: cgihook run */
};

/**
 * runner_run - be the runner
 *
 * Takes:   config_path; the file is read again when it changes.
 * Returns: ST_OK at its natural end or after a signal; ST_BUSY when another
 *          runner has the lock (at once; RUNNER_IDLE: for 0.3 s); ST_CONFIG,
 *          ST_SYSTEM.
 * Effect:  logs an attempt line for each attempt. Handles SIGTERM, SIGINT,
 *          SIGCHLD, SIGHUP of the process while it runs.
 */
enum status
runner_run(const char *config_path, enum runner_until until,
    struct reason *why);

/** runner_role_main - the main function of a process that runner_start started;
 *  an exit status */
int
runner_role_main(void);

/** alarms_role_main - likewise of one that runner_start_alarms started */
int
alarms_role_main(void);

#endif
