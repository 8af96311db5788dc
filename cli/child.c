#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "file.h"

/* Whoever is told to end has two seconds. */
enum { OUTPUT_MAX = 1 << 20, END_LOOKS = 200, END_LOOK_US = 10 * 1000 };

/* A memory file that holds the text: without a pipe there is no deadlock. */
static int
text_file(struct bytes text, struct reason *why)
{
	int fd = memfd_create("cgihook-input", MFD_CLOEXEC);

	if (fd < 0) {
		fail(why, ST_SYSTEM, "memfd_create: %s", strerror(errno));
		return -1;
	}
	if (file_write_all(fd, text, why) != ST_OK ||
	    lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct running {
	pid_t pid;
	int input, extra;		/* memory files */
	int output[2], errors[2];	/* pipes */
};

static void
close_all(struct running *p)
{
	int *fds[] = { &p->input, &p->extra, &p->output[0], &p->output[1],
		&p->errors[0], &p->errors[1] };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static enum status
open_all(struct running *p, const struct child_request *r, struct reason *why)
{
	p->input = text_file(r->input, why);
	if (p->input < 0)
		return ST_SYSTEM;
	if (r->extra.data != NULL) {
		p->extra = text_file(r->extra, why);
		if (p->extra < 0)
			return ST_SYSTEM;
	}
	if (pipe2(p->output, O_CLOEXEC) != 0 ||
	    pipe2(p->errors, O_CLOEXEC) != 0)
		return fail(why, ST_SYSTEM, "pipe: %s", strerror(errno));
	return ST_OK;
}

/* Onto 0, 1, 2 and 3. posix_spawn moves them in order, so a descriptor that is
 * yet to be moved must not be where another one goes. */
static int
child_spawn(struct running *p, const struct child_request *r)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t defaults, none;
	int err, extra = -1;

	if (p->extra >= 0 && (extra = fcntl(p->extra, F_DUPFD_CLOEXEC, 10)) < 0)
		return errno;
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, (short)(POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETSIGMASK |
	    (r->stop_fd > 0 ? POSIX_SPAWN_SETPGROUP : 0)));
	posix_spawn_file_actions_adddup2(&fa, p->input, 0);
	posix_spawn_file_actions_adddup2(&fa, p->output[1], 1);
	posix_spawn_file_actions_adddup2(&fa, p->errors[1], 2);
	if (extra >= 0)
		posix_spawn_file_actions_adddup2(&fa, extra, 3);
	err = posix_spawnp(&p->pid, r->argv[0], &fa, &attr,
	    (char *const *)(uintptr_t)r->argv,
	    r->env == NULL ? environ : (char *const *)(uintptr_t)r->env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	if (extra >= 0)
		close(extra);
	return err;
}

/* Reads more of its output; false at the end. Output over the limit is lost. */
static bool
child_drain(int fd, struct buf *b)
{
	char block[8192];
	ssize_t n = read(fd, block, sizeof(block));

	if (n < 0)
		return errno == EINTR;
	buf_add(b, (struct bytes){ block, (size_t)n });
	return n > 0;
}

/* False: it was ended. */
static bool
child_collect(struct running *p, const struct child_request *r,
    struct buf *output, struct buf *errors, struct child_result *out)
{
	int64_t end_ms = clock_steady_ms() + r->timeout_ms;
	struct pollfd fds[3] = { { p->output[0], POLLIN, 0 },
		{ p->errors[0], POLLIN, 0 },
		{ r->stop_fd > 0 ? r->stop_fd : -1, POLLIN, 0 } };
	struct buf *bufs[2] = { output, errors };

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		out->timed_out = clock_steady_ms() >= end_ms ||
		    (poll(fds, 3, clock_poll_ms(end_ms)) < 0 &&
		    errno != EINTR);
		out->stopped = !out->timed_out && fds[2].revents != 0;
		if (out->timed_out || out->stopped)
			return false;
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents != 0 &&
			    !child_drain(fds[i].fd, bufs[i]))
				fds[i].fd = -1;
	}
	return true;
}

/* Those that notice a signal may put something in order first. */
static void
child_stop(const struct running *p, const struct child_request *r, bool gently)
{
	const pid_t whom = r->stop_fd > 0 ? -p->pid : p->pid;
	siginfo_t info;

	for (int i = 0; gently && i < END_LOOKS; i++) {
		if (i == 0)
			kill(whom, SIGTERM);
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG |
		    WNOWAIT) != 0 || info.si_pid != 0)
			break;
		clock_nap_us(END_LOOK_US);
	}
	kill(whom, SIGKILL);
}

static enum status
child_wait(struct running *p, const struct child_request *q, struct arena *a,
    struct child_result *out, struct reason *why)
{
	const size_t max = q->output_max > 0 ? q->output_max : OUTPUT_MAX;
	struct buf output = BUF(max), errors = BUF(max);
	struct child_result r = { .exit_code = -1 };
	int status;

	if (!child_collect(p, q, &output, &errors, &r))
		child_stop(p, q, r.stopped);
	while (waitpid(p->pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	if (WIFEXITED(status))
		r.exit_code = WEXITSTATUS(status);
	else
		r.term_signal = WTERMSIG(status);
	r.output = arena_copy(a, buf_bytes(&output));
	r.errors = arena_copy(a, buf_bytes(&errors));
	buf_free(&output);
	buf_free(&errors);
	*out = r;
	return arena_verdict(a, ST_OK, why);
}

enum status
child_run(const struct child_request *r, struct arena *a,
    struct child_result *out, struct reason *why)
{
	struct running p = { -1, -1, -1, { -1, -1 }, { -1, -1 } };
	enum status st = open_all(&p, r, why);
	int err;

	if (st != ST_OK) {
		close_all(&p);
		return st;
	}
	err = child_spawn(&p, r);
	if (err != 0) {
		close_all(&p);
		return fail(why, err == ENOENT ? ST_CONFIG : ST_SYSTEM,
		    "%s cannot be run: %s", r->argv[0], strerror(err));
	}
	close(p.output[1]);
	close(p.errors[1]);
	p.output[1] = p.errors[1] = -1;
	st = child_wait(&p, r, a, out, why);
	close_all(&p);
	return st;
}

/* RFC 3875 4.1, and what tells the responder its role or configuration. */
static bool
set_by_server(const char *entry)
{
	static const char *const prefixes[] = { "HTTP_", "SERVER_", "REMOTE_",
		"REQUEST_", "CONTENT_", "SCRIPT_", "PATH_INFO=",
		"PATH_TRANSLATED=", "QUERY_STRING=", "GATEWAY_INTERFACE=",
		"AUTH_TYPE=", "HTTPS=", "CGIHOOK_CONFIG=", "CGIHOOK_ROLE=" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

enum status
child_start_reader(const char *const *argv, const char *const *env,
    pid_t *pid, int *fd, struct reason *why)
{
	posix_spawn_file_actions_t fa;
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail(why, ST_SYSTEM, "pipe: %s", strerror(errno));
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, ends[0], 0);
	err = posix_spawnp(pid, argv[0], &fa, NULL,
	    (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	posix_spawn_file_actions_destroy(&fa);
	close(ends[0]);
	if (err == 0) {
		*fd = ends[1];
		return ST_OK;
	}
	close(ends[1]);
	*pid = 0;
	return fail(why, err == ENOENT ? ST_CONFIG : ST_SYSTEM, "%s: %s",
	    argv[0], strerror(err));
}

const char **
child_environment(const char *const *more, struct arena *a)
{
	size_t count = 1, n = 0;
	const char **out;

	for (char **e = environ; *e != NULL; e++)
		count++;
	for (const char *const *e = more; *e != NULL; e++)
		count++;
	out = arena_array(a, count, sizeof(*out));
	if (out == NULL)
		return NULL;
	for (char **e = environ; *e != NULL; e++)
		if (!set_by_server(*e))
			out[n++] = *e;
	for (const char *const *e = more; *e != NULL; e++)
		out[n++] = *e;
	return out;
}
