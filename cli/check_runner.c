#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice.h"
#include "check_areas.h"
#include "child.h"
#include "dispatch.h"
#include "program.h"
#include "progress.h"

enum { PROGRAM_MS = 10 * 1000, HEARD_MS = 3000 };

/* The output of a program that may be missing; absent if it fails. */
static struct bytes
output_of(struct checking *k, const char *const *argv)
{
	struct child_request r = { .argv = argv, .input = BYTES(""),
		.timeout_ms = PROGRAM_MS };
	struct child_result out;

	if (child_run(&r, &k->cli->arena, &out, NULL) != ST_OK ||
	    out.exit_code != 0)
		return BYTES_NONE;
	return out.output;
}

static bool
contains(struct bytes text, const char *word)
{
	return text.data != NULL && memmem(text.data, text.len, word,
	    strlen(word)) != NULL;
}

/* --- what systemd does to a runner that a server started ---------------- */

static const char *const units[] = { "apache2", "httpd", "lighttpd", "nginx",
	"cgihook", "spawn-fcgi" };

static void
check_units(struct checking *k)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const char *const argv[] = { "systemctl", "show", "-p",
			"ActiveState,KillMode", units[i], NULL };
		struct bytes said = output_of(k, argv);

		if (said.data == NULL)
			return;	/* no systemd here */
		if (!contains(said, "ActiveState=active") ||
		    contains(said, "KillMode=process") ||
		    contains(said, "KillMode=none"))
			continue;
		check_add(k, CHECK_WARN, "runner", "a restart of %s.service "
		    "kills the runner that it started, with its handlers (its "
		    "KillMode is not process): they run again with the next "
		    "event, or by cron", units[i]);
		check_mend(k, "runner = external and cgihook-runner.service, "
		    "or cron: cgihook run --once");
	}
}

static void
check_cron(struct checking *k)
{
	static const char *const argv[] = { "crontab", "-l", NULL };
	const char *self = program_self(&k->cli->arena);

	if (contains(output_of(k, argv), "run --once")) {
		check_add(k, CHECK_OK, "runner",
		    "cron runs waiting deliveries");
		return;
	}
	check_add(k, CHECK_OK, "runner", "this user has no crontab line for "
	    "it: after a reboot, waiting deliveries run with the next event");
	check_mend(k, "(crontab -l; echo '*/5 * * * * %s --config %s run "
	    "--once') | crontab -", self == NULL ? "cgihook" : self,
	    k->cli->config->path);
}

/* Otherwise nobody would notice before something is dead. */
void
check_program(struct checking *k, const char *key, const char *path)
{
	const struct config *c = k->cli->config;
	struct reason why;
	struct stat sb;

	if (path == NULL)
		return;
	if (stat(path, &sb) != 0) {
		check_add(k, CHECK_BAD, key, "%s: %s", path, strerror(errno));
		check_mend(k, "put the program there, or correct %s in %s", key,
		    c->path);
	} else if (dispatch_check_program(path, c->state_dir, k->runner,
	    &why) != ST_OK) {
		check_add_reason(k, key, path, &why);
	} else {
		check_add(k, CHECK_OK, key, "%s", path);
	}
}

/* False if there is a runner that does nothing. */
static bool
check_runner_progress(struct checking *k, const struct progress *p)
{
	const char *dir = k->cli->config->state_dir;

	if (p->state == PROGRESS_STOPPED) {
		check_add(k, CHECK_BAD, "runner", "process %ld, the runner, is "
		    "stopped (SIGSTOP): events wait",
		    (long)p->pid);
		check_mend(k, "kill -CONT %ld", (long)p->pid);
	} else if (p->state == PROGRESS_STUCK) {
		check_add(k, CHECK_BAD, "runner", "the runner has not reacted "
		    "for %d s: it is stopped, or it waits for a lock or the "
		    "disk", HEARD_MS / 1000);
		check_mend(k, "fuser -v '%s/runner.lock' '%s/write.lock'",
		    dir, dir);
	}
	return p->state == PROGRESS_GOOD || p->state == PROGRESS_NONE;
}

void
check_runner(struct checking *k)
{
	struct progress p = progress_look(k->cli->config, HEARD_MS);
	bool there = p.state == PROGRESS_GOOD;

	check_program(k, "on_dead", k->cli->config->on_dead);
	if (!check_runner_progress(k, &p))
		return;
	if (k->cli->config->runner == RUNNER_EXTERNAL) {
		check_add(k, there ? CHECK_OK : CHECK_BAD, "runner", there ?
		    "external, and at work" : "runner = external, but no "
		    "runner is at work: events wait");
		if (!there)
			check_mend(k, "%s", advice_run(k->cli));
		return;
	}
	check_add(k, CHECK_OK, "runner", there ? "auto, and at work now" :
	    "auto: it starts when there is work");
	check_units(k);
	check_cron(k);
}
