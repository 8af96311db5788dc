#include "alert.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "date.h"
#include "dispatch.h"
#include "env_set.h"
#include "exec_child.h"
#include "exec_drain.h"
#include "exec_output.h"
#include "file.h"
#include "handler_env.h"
#include "log.h"

enum {
	TELL_MAX_MS = 2 * 60 * 1000,
	LOOK_MS = 20,			/* whether it has ended */
	LOOK_SOON_MS = 4,		/* once its output has */
	EXIT_FINAL = 100,		/* cgihook-handler(7) */
	TELL_VARS = 32,
	TELL_VARS_LEN = 32 * 1024
};

/* One run of on_alert. */
struct telling {
	const struct config *config;
	const struct alarm *alarm;
	struct arena arena;
	const char *title;
	char **env;
	int pipe[2], in;
	struct output output;
	int status;			/* waitpid's */
	bool timed_out;
};

/* --- the environment ------------------------------------------------------ */

static void
tell_add_rows(const struct telling *t, struct arena *a, struct env_set *s)
{
	const struct alarm *r = t->alarm;
	const char *cause = alert_cause_name(r->cause), *url =
	    t->config->url.text;
	char began[25], host[256] = "";
	const struct {
		struct bytes name, value;
	} rows[] = {
		{ BYTES("HOOK_EVENT"), BYTES("alert") },
		{ BYTES("HOOK_NAME"), arena_printf(a, "alert %s", cause) },
		{ BYTES("HOOK_SOURCE"), bytes_of(r->source) },
		{ BYTES("HOOK_STATUS"), bytes_of(r->holds ? "alert" : "over") },
		{ BYTES("HOOK_RESULT"), bytes_of(r->holds ? "failure" :
		    "success") },
		/* so chats say "broke", "still fails" and "is fixed" */
		{ BYTES("HOOK_PREVIOUS_RESULT"), bytes_of(r->holds &&
		    r->told_ms < r->began_ms ? "success" : "failure") },
		{ BYTES("HOOK_SUBJECT"), arena_printf(a, "alert %s%s%s", cause,
		    *r->source == '\0' ? "" : " ", r->source) },
		{ BYTES("HOOK_PROJECT"), { host, gethostname(host,
		    sizeof(host) - 1) == 0 ? strlen(host) : 0 } },
		{ BYTES("HOOK_TITLE"), bytes_of(t->title) },
		{ BYTES("HOOK_RECEIVED_AT"), { began, 24 } },
		/* the same if a message is told again that failed */
		{ BYTES("HOOK_DELIVERY"), arena_printf(a, "alert-%s-%lld-%lld"
		    "/on_alert", cause, (long long)r->began_ms, r->holds ?
		    (long long)r->told_ms : 1LL) },
		{ BYTES("HOOK_PAGE"), url == NULL ? BYTES_NONE :
		    arena_printf(a, "%s/-/overview", url) },
	};

	date_format_rfc3339(r->began_ms, began);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value.len > 0)
			env_set_add(s, rows[i].name, rows[i].value);
}

static enum status
tell_make_env(struct telling *t, struct reason *why)
{
	struct env_user user;
	struct env_set s;
	enum status st = env_user_read(&t->arena, &user, why);

	if (st != ST_OK)
		return st;
	env_set_init(&s, &t->arena, TELL_VARS, TELL_VARS_LEN);
	env_add_user(&s, &user);
	tell_add_rows(t, &t->arena, &s);
	t->env = arena_array(&t->arena, s.count + 1, sizeof(*t->env));
	for (size_t i = 0; t->env != NULL && i < s.count; i++)
		t->env[i] = s.vars[i].text;
	return arena_verdict(&t->arena, ST_OK, why);
}

/* --- the process ---------------------------------------------------------- */

/* Its output is read until it has ended, and it is ended when it takes too
 * long. */
static void
tell_wait(struct telling *t, pid_t pid)
{
	const int64_t until_ms = clock_steady_ms() + TELL_MAX_MS;
	struct pollfd p = { .fd = t->pipe[0], .events = POLLIN };
	pid_t ended;

	do {
		poll(&p, 1, p.fd < 0 ? LOOK_SOON_MS : LOOK_MS);
		if (p.fd >= 0 && !output_read(&t->output, p.fd, OUTPUT_MAX))
			p.fd = -1;	/* it has closed its output */
		ended = waitpid(pid, &t->status, WNOHANG);
		if (ended == 0 && clock_steady_ms() >= until_ms) {
			t->timed_out = true;
			kill(-pid, SIGKILL);
		}
	} while (ended == 0 || (ended < 0 && errno == EINTR));
	(void)output_read(&t->output, t->pipe[0], OUTPUT_MAX);
	drain_leave(t->pipe[0]);
}

static enum status
tell_start(struct telling *t, pid_t *pid, struct reason *why)
{
	const char *path = t->config->on_alert;
	const struct bytes dir = arena_copy(&t->arena,
	    path_dir(bytes_of(path)));
	struct child_note note = { 0 };
	sigset_t reset;
	struct child_plan plan = {
		.path = path, .dir = dir.data, .env = t->env, .in = t->in,
		.out = t->pipe[1], .reset = &reset, .note = &note,
		.slot_fd = -1,
	};
	enum status st = arena_verdict(&t->arena, ST_OK, why);
	int error;

	if (st == ST_OK)
		st = dispatch_check_program(path, t->config->state_dir,
		    geteuid(), why);
	if (st != ST_OK)
		return st;
	child_signals(&reset);
	error = child_start(&plan, pid);
	if (error != 0)
		return fail(why, ST_BUSY, "%s: %s", path, strerror(error));
	if (note.error == 0)
		return ST_OK;
	waitpid(*pid, NULL, 0);
	return fail(why, ST_SYSTEM, "%s: %s", path, strerror(note.error));
}

static void
tell_close(struct telling *t)
{
	const int fds[] = { t->in, t->pipe[0], t->pipe[1] };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	t->in = t->pipe[0] = t->pipe[1] = -1;
}

/* All above 2, as the child wants them, whatever of these is closed here. */
static enum status
tell_open(struct telling *t, struct reason *why)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int ends[2] = { -1, -1 };

	if (fd >= 0)
		t->in = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (t->in >= 0 && pipe2(ends, O_CLOEXEC) == 0)
		for (int i = 0; i < 2; i++)
			t->pipe[i] = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
	if (fd >= 0)
		close(fd);
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	if (t->pipe[0] >= 0 && t->pipe[1] >= 0 &&
	    fcntl(t->pipe[0], F_SETFL, O_NONBLOCK) == 0)
		return ST_OK;
	return fail(why, ST_BUSY, "no descriptor is free for on_alert");
}

static enum status
tell_run(struct telling *t, struct reason *why)
{
	enum status st = tell_open(t, why);
	pid_t pid;

	if (st == ST_OK)
		st = tell_start(t, &pid, why);
	if (st == ST_OK) {
		close(t->pipe[1]);
		t->pipe[1] = -1;
		tell_wait(t, pid);
	}
	tell_close(t);
	return st;
}

/* --- its end -------------------------------------------------------------- */

static enum status
tell_judge(const struct telling *t, struct reason *why)
{
	const char *path = t->config->on_alert;

	if (t->timed_out)
		return fail(why, ST_SYSTEM, "%s took longer than %d s", path,
		    TELL_MAX_MS / 1000);
	if (WIFSIGNALED(t->status))
		return fail(why, ST_SYSTEM, "%s was ended by signal %d", path,
		    WTERMSIG(t->status));
	if (WEXITSTATUS(t->status) != 0)
		return fail(why, ST_SYSTEM, "%s: exit status %d", path,
		    WEXITSTATUS(t->status));
	return ST_OK;
}

static void
tell_log(struct telling *t, enum status st, const struct reason *why)
{
	char *scratch = arena_alloc(&t->arena, OUTPUT_MAX);
	struct log_line line;

	log_begin(&line, "alert");
	log_str(&line, "cause", alert_cause_name(t->alarm->cause));
	if (*t->alarm->source != '\0')
		log_str(&line, "source", t->alarm->source);
	log_str(&line, "result", t->alarm->holds ? "failure" : "success");
	log_str(&line, "told", st == ST_OK ? "yes" : "no");
	if (st != ST_OK)
		log_str(&line, "msg", why->text);
	if (scratch != NULL && t->output.total_bytes > 0)
		log_bytes(&line, "output", output_tail(&t->output, scratch));
	log_end(&line);
}

enum status
alert_tell(const struct config *c, const struct alarm *r, struct reason *why)
{
	struct telling t = { .config = c, .alarm = r,
		.pipe = { -1, -1 }, .in = -1 };
	struct reason what = { "" };
	enum status st;

	t.title = alert_sentence(c, r, &t.arena);
	st = tell_make_env(&t, &what);
	if (st == ST_OK)
		st = tell_run(&t, &what);
	if (st == ST_OK)
		st = tell_judge(&t, &what);
	tell_log(&t, st, &what);
	/* another run would not help, says the program */
	if (st == ST_SYSTEM && !t.timed_out && WIFEXITED(t.status) &&
	    WEXITSTATUS(t.status) == EXIT_FINAL)
		st = ST_OK;
	if (st != ST_OK)
		(void)fail(why, st, "%s", what.text);
	output_free(&t.output);
	arena_free(&t.arena);
	return st;
}
