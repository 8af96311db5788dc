#include "runner_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bell.h"
#include "clock.h"
#include "exec_child.h"
#include "log.h"
#include "owner.h"
#include "path_trust.h"

#define SELF "/proc/self/exe"

/* So soon after a start the next one is not tried: the first is on its way. It
 * stays for longer than this even where there is nothing to do. */
#define START_AGAIN_MS 200

/* --- the responder's side ------------------------------------------------- */

char *
role_program(void)
{
	static const char deleted[] = " (deleted)";
	const size_t tail = sizeof(deleted) - 1;
	char path[4096];
	ssize_t n;

	n = readlink(SELF, path, sizeof(path) - 1);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	if ((size_t)n > tail && strcmp(path + n - tail, deleted) == 0)
		path[(size_t)n - tail] = '\0';
	return path_trust_program(&(struct trust){ .path = path,
	    .user = geteuid() }, NULL) == ST_OK ? strdup(path) : NULL;
}

static enum status
start_detached(const char *program, char *config_line, int null_fd,
    struct reason *why)
{
	char role[] = "CGIHOOK_ROLE=runner", path[] = "PATH=/usr/bin:/bin";
	char *env[] = { role, config_line, path, NULL };
	struct child_note note = { 0 };
	sigset_t reset;
	struct child_plan plan = {
		.path = program, .dir = "/", .env = env,
		.in = null_fd, .out = null_fd, .reset = &reset,
		.note = &note, .slot_fd = -1, .detach = true,
	};
	pid_t pid;
	int error;

	child_signals(&reset);
	error = child_start(&plan, &pid);
	if (error != 0)
		return fail(why, ST_BUSY, "cannot start the runner: %s",
		    strerror(error));
	/* It ends at once: it has handed its task to its own child. ECHILD is
	 * a web server that ignores SIGCHLD. */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (note.error != 0)
		return fail(why, ST_SYSTEM, "cannot start the runner %s: %s",
		    program, strerror(note.error));
	return ST_OK;
}

enum status
role_start(const char *program, const char *config_path, struct reason *why)
{
	char *config_line;
	int fd, null_fd;
	enum status st;

	if (asprintf(&config_line, "CGIHOOK_CONFIG=%s", config_path) < 0)
		return fail(why, ST_BUSY, "no memory");
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	null_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (null_fd < 0)
		st = fail(why, ST_BUSY, "/dev/null: %s", strerror(errno));
	else
		st = start_detached(program, config_line, null_fd, why);
	if (fd >= 0)
		close(fd);
	if (null_fd >= 0)
		close(null_fd);
	free(config_line);
	return st;
}

/* By its path, so that after an upgrade the new one is started. */
enum status
runner_start(const char *config_path, struct reason *why)
{
	char *program = role_program();
	enum status st = role_start(program != NULL ? program : SELF,
	    config_path, why);

	free(program);
	return st;
}

enum status
runner_link_open(const struct config *c, const struct runner_starter *starter,
    struct runner_link *out, struct reason *why)
{
	struct runner_link l = { .config_path = strdup(c->path),
	    .start = c->runner == RUNNER_AUTO, .lock = LOCK_NONE,
	    .bell_fd = -1 };
	enum status st;

	if (l.config_path == NULL)
		return fail(why, ST_BUSY, "no memory");
	if (starter != NULL)
		l.starter = *starter;
	l.dirfd = open(c->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dirfd < 0)
		st = fail(why, ST_SYSTEM, "%s: %s", c->state_dir,
		    strerror(errno));
	else
		st = lock_open(l.dirfd, "runner.lock", &l.lock, why);
	if (st != ST_OK) {
		runner_link_close(&l);
		return st;
	}
	*out = l;
	return ST_OK;
}

static void
forget(struct runner_link *l)
{
	if (l->bell_fd >= 0)
		close(l->bell_fd);
	l->bell_fd = -1;
}

void
runner_link_close(struct runner_link *l)
{
	if (l->dirfd >= 0)
		close(l->dirfd);
	lock_close(&l->lock);
	forget(l);
	free(l->config_path);
	*l = (struct runner_link){ .dirfd = -1, .lock = LOCK_NONE,
	    .bell_fd = -1 };
}

/* Rung by the way that is known, or by a new one. */
static bool
ring(struct runner_link *l, int64_t event_id)
{
	if (l->bell_fd >= 0 && bell_strike(l->bell_fd, event_id) == ST_OK)
		return true;
	forget(l);
	return bell_reach(l->dirfd, BELL_RUNNER, &l->bell_fd) == ST_OK &&
	    bell_strike(l->bell_fd, event_id) == ST_OK;
}

enum status
runner_wake(struct runner_link *l, int64_t event_id, struct reason *why)
{
	int64_t now = clock_steady_ms();
	enum status st;

	/* A lock that nobody listens behind: it is about to start, or has been
	 * killed and not yet let go. The one we start waits a little for it.
	 * One that listens without the lock has had its last look. */
	if ((ring(l, event_id) && lock_is_held(&l->lock)) || !l->start)
		return ST_OK;
	forget(l);
	if (l->started_ms != 0 && now - l->started_ms < START_AGAIN_MS)
		return ST_DUPLICATE;
	st = l->starter.start != NULL ? l->starter.start(l->starter.ctx, why) :
	    runner_start(l->config_path, why);
	if (st == ST_OK)
		l->started_ms = now;
	return st;
}

enum status
runner_find(struct runner_link *l)
{
	bool held = lock_is_held(&l->lock);

	forget(l);
	if (!held)
		return ST_UNKNOWN;
	if (bell_reach(l->dirfd, BELL_RUNNER, &l->bell_fd) != ST_OK)
		return ST_BUSY;
	return ST_OK;
}

bool
runner_lost(struct runner_link *l)
{
	bool told = l->bell_fd >= 0 && bell_is_removed(l->bell_fd);

	forget(l);
	return !told;
}

/* poll(2) does not tell that a pipe has been read empty: that is asked after
 * growing naps, which end at once when the reader does. */
enum status
runner_heard(struct runner_link *l, int64_t within_ms)
{
	const int64_t until_ms = clock_steady_ms() + within_ms;
	struct pollfd p = { .fd = l->bell_fd };
	int64_t left_ms;

	for (int nap_ms = 1; l->start && l->bell_fd >= 0; nap_ms *= 2) {
		if (bell_is_heard(l->bell_fd))
			return ST_OK;
		left_ms = until_ms - clock_steady_ms();
		if (left_ms <= 0)
			return ST_BUSY;
		if (poll(&p, 1, nap_ms < left_ms ? nap_ms : (int)left_ms) > 0)
			return runner_lost(l) ? ST_UNKNOWN : ST_OK;
	}
	return ST_OK;
}

/* --- the runner's side ---------------------------------------------------- */

/* Somebody may wait for the end of file on what was inherited. */
static void
let_go(void)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd >= 0) {
		(void)dup2(fd, 0);
		(void)dup2(fd, 1);
		(void)dup2(fd, 2);
	}
	if (close_range(3, ~0U, 0) != 0)
		for (fd = 3; fd < 1024; fd++)
			close(fd);
}

int
runner_role_main(void)
{
	const char *config_path = getenv("CGIHOOK_CONFIG");
	struct config *c = NULL;
	struct reason why;
	enum status st;

	let_go();
	unsetenv("CGIHOOK_ROLE");
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
