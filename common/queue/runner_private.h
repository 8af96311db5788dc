#ifndef CGIHOOK_RUNNER_PRIVATE_H
#define CGIHOOK_RUNNER_PRIVATE_H

#include "runner.h"
#include "runner_about.h"
#include "runner_alarm.h"
#include "runner_batch.h"
#include "runner_checked.h"
#include "runner_claim.h"
#include "runner_commit.h"
#include "runner_end.h"
#include "runner_event.h"
#include "runner_job.h"
#include "runner_lease.h"
#include "runner_loop.h"
#include "runner_notice.h"
#include "runner_others.h"
#include "runner_outcome.h"
#include "runner_phase.h"
#include "runner_reload.h"
#include "runner_scheduler.h"
#include "runner_takeover.h"
#include "runner_trouble.h"
#include "runner_alert.h"

/*
 * A runner is made of its parts. Each has its struct, its header and its file;
 * a part that needs no more than itself takes no runner.
 *
 *   phase	what the runner is about, and what changes that
 *   scheduler	the handlers' queues, and the jobs: what is next
 *   queue	the deliveries of one handler
 *   claim	whose turn it is
 *   job	one attempt, from its start to its end
 *   outcome	what an end means for the delivery
 *   event	events kept in memory, with their half of the environment
 *   batch	events that are new, and their handlers
 *   checked	which handlers cannot be run, for the page
 *   about	what events are about, for the search
 *   commit	ends, dispatches and claims in one transaction
 *   alarm	on_dead
 *   alert	who looks for alarms
 *   hold	what may not be run until something is mended
 *   trouble	a store that cannot be used
 *   lease	how long this is the runner of a store that is shared
 *   others	what other machines' runners leave to do
 *   guard	the process that ends handlers when that is over
 *   reload	what has changed: the configuration, the program, the folder
 *   notice	what wakes it where it need not look
 *   takeover	what a dead runner left
 *   end	when it ends, and who goes on
 *   loop	all that is due, in one table
 *   said	what is logged once a minute
 */
struct runner {
	const char *config_path;
	enum runner_until until;
	enum runner_phase phase;
	bool over;			/* the loop has nothing more to do */

	struct config *config;
	struct store *store;
	int dirfd;			/* the state folder */
	struct exec_table *exec;
	struct wires wires;
	struct loop_times times;

	struct scheduler scheduler;
	struct events events;
	struct dispatch_batch batch;
	struct about about;
	struct checked checked;
	struct alarms alarms;
	struct alert_watch alerts;
	struct trouble trouble;
	struct lease lease;
	struct others others;
	struct reload reload;
	struct notice notice;
	struct starts starts;
};

#endif
