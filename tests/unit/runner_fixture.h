#ifndef RUNNER_FIXTURE_H
#define RUNNER_FIXTURE_H

/* A folder with a configuration, handlers and a store, and a runner for it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../temporary.h"
#include "bell.h"
#include "clock.h"
#include "config.h"
#include "log.h"
#include "ok.h"
#include "patience.h"
#include "postgresql_schema.h"
#include "runner.h"
#include "store.h"
#include "testing.h"

struct fixture {
	char dir[TEMPORARY_MAX], config[80], state[80], log[96];
	struct schema schema;		/* PostgreSQL's */
	struct store_options options;
	struct store *store;
	struct arena a;
	struct reason why;
};

static inline void
write_file(const char *path, const char *text, mode_t mode)
{
	char next[256];
	int fd;

	snprintf(next, sizeof(next), "%s.next", path);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	assert_int_equal(rename(next, path), 0);
}

/* The whole configuration but for what every test has; idle: how long a runner
 * with nothing to do stays. */
static inline void
configure_idle(struct fixture *f, const char *idle, const char *more)
{
	const bool shared = f->schema.name[0] != '\0';
	char text[2048];

	snprintf(text, sizeof(text), "state_dir = state\n"
	    "handlers_dir = handlers\nlog = log\nrunner_idle = %s\n%s"
	    "source ci {\n provider = custom\n secret = file:secret\n}\n"
	    "source drone {\n provider = drone\n secret = file:secret\n}\n"
	    "%s", idle, shared ? "store = \"postgresql:file:pg.conn\"\n"
	    "lease = 5s\n" : "", more);
	write_file(f->config, text, 0600);
}

static inline void
configure(struct fixture *f, const char *more)
{
	configure_idle(f, "500ms", more);
}

static inline void
put_handler(struct fixture *f, const char *name, const char *script)
{
	char path[160], text[2048];

	snprintf(path, sizeof(path), "%s/handlers/%s", f->dir, name);
	snprintf(text, sizeof(text), "#!/bin/sh\ncd %s\n%s", f->dir, script);
	write_file(path, text, 0755);
}

static inline int
set_up(void **state)
{
	static const char *const folders[] = { "state", "handlers",
	    "handlers/ci", "handlers/ci/received.d", "handlers/drone" };
	struct fixture *f = calloc(1, sizeof(*f));
	char path[160];
	size_t i;

	umask(0022);
	if (log_open("/dev/null", "test", NULL) != ST_OK)
		return -1;
	if (make_temporary(f->dir, "runner") != 0)
		return -1;
	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, folders[i]);
		if (mkdir(path, 0755) != 0)
			return -1;
	}
	snprintf(f->config, sizeof(f->config), "%s/conf", f->dir);
	snprintf(f->state, sizeof(f->state), "%s/state", f->dir);
	snprintf(f->log, sizeof(f->log), "%s/log", f->state);
	f->options = (struct store_options){ .journal = JOURNAL_AUTO,
	    .dir = f->state, .queue_limit = 100000, .keep_ms = 86400 * 1000,
	    .role = STORE_WRITE, .busy_ms = PATIENCE_MS };
	if (schema_is_wanted()) {
		schema_make(&f->schema, f->dir);
		f->options.kind = STORE_POSTGRESQL;
		f->options.conn = f->schema.conn;
		snprintf(path, sizeof(path), "%s/pg.conn", f->dir);
		write_file(path, f->schema.conn, 0600);
	}
	configure(f, "");
	*state = f;
	return store_open(&f->options, &f->store, &f->why) != ST_OK;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;
	int failed;

	store_close(f->store);
	arena_free(&f->a);
	schema_remove(&f->schema);
	failed = remove_temporary(f->dir);
	free(f);
	return failed;
}

static inline int64_t
accept_event(struct fixture *f, const struct event *e, struct bytes body,
    const char *bell)
{
	struct store_accept item = {
		.event = e, .headers = BYTES(""), .body = body,
		.remote_addr = BYTES("192.0.2.1"),
		.received_ms = clock_wall_ms(), .bell = bell,
	};

	struct store_accepts batch = { .items = &item, .count = 1 };

	OK(store_accept(f->store, &batch, &f->why));
	assert_int_equal(item.status, ST_OK);
	return item.id;
}

/* An event "received" of source ci. */
static inline int64_t
accept_body(struct fixture *f, const char *body, const char *bell)
{
	struct event e = { .source = "ci", .provider = "custom",
	    .event = BYTES("received") };

	return accept_event(f, &e, bytes_of(body), bell);
}

static inline int64_t
accept(struct fixture *f)
{
	return accept_body(f, "{\"n\":1}", NULL);
}

/* A build of source drone that runs. */
static inline int64_t
accept_build(struct fixture *f, const char *status)
{
	struct event e = { .source = "drone", .provider = "drone",
	    .event = BYTES("build"), .action = BYTES("updated"),
	    .status = bytes_of(status), .result = RESULT_RUNNING,
	    .subject = BYTES("o/r#7") };
	char body[256];

	snprintf(body, sizeof(body), "{\"event\":\"build\",\"action\":"
	    "\"updated\",\"repo\":{\"slug\":\"o/r\"},\"build\":{\"number\":7,"
	    "\"status\":\"%s\"}}", status);
	return accept_event(f, &e, bytes_of(body), NULL);
}

/* The bell of a request that waits. */
/* Whoever waits for an end: the store has a bell for them. */
struct waiter {
	struct store *store;
	const char *bell;
	int fd;
};

static inline struct waiter
open_waiter(struct fixture *f)
{
	struct waiter w = { .fd = -1 };

	OK(store_open(&f->options, &w.store, &f->why));
	OK(store_listen(w.store, &w.fd, &f->why));
	w.bell = store_bell(w.store);
	return w;
}

/* The event that it was rung for; 0: none yet. */
static inline int64_t
rung_for(struct waiter *w)
{
	int64_t id = 0;

	while (store_rung(w->store, &id))
		if (id > 0)
			return id;
	return 0;
}

static inline void
close_waiter(struct waiter *w)
{
	store_close(w->store);
}

static inline void
run(struct fixture *f, enum runner_until until)
{
	OK(runner_run(f->config, until, &f->why));
}

static inline struct stored_event
event_of(struct fixture *f, int64_t id, unsigned parts)
{
	struct stored_event e = { 0 };

	OK(store_get(f->store, id, parts, &f->a, &e, &f->why));
	return e;
}

/* Of an event's deliveries the which-th; its state as a word. */
static inline struct stored_delivery
delivery(struct fixture *f, int64_t id, size_t which)
{
	struct stored_event e = event_of(f, id,
	    STORE_DELIVERIES | STORE_ATTEMPTS);

	assert_true(which < e.delivery_count);
	return e.deliveries[which];
}

static inline const char *
state_of(struct fixture *f, int64_t id)
{
	return delivery_state_name(delivery(f, id, 0).state);
}

static inline struct stored_attempt
attempt(struct fixture *f, int64_t id, size_t which)
{
	struct stored_delivery d = delivery(f, id, 0);

	assert_true(which < d.history_count);
	return d.history[which];
}

static inline size_t
attempts(struct fixture *f, int64_t id)
{
	return delivery(f, id, 0).history_count;
}

/* A file of the folder as text; "" where there is none. */
static inline const char *
content(struct fixture *f, const char *name)
{
	char path[160], *text = arena_alloc(&f->a, 64 * 1024);
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return "";
	n = read(fd, text, 64 * 1024 - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline bool
await_content(struct fixture *f, const char *name, const char *part)
{
	int64_t until_ms = 0;

	while (strstr(content(f, name), part) == NULL) {
		if (!patience_lasts(&until_ms))
			return false;
		arena_reset(&f->a);
	}
	return true;
}

static inline bool
await_state(struct fixture *f, int64_t id, const char *state)
{
	int64_t until_ms = 0;
	struct stored_event e;

	for (;;) {
		e = event_of(f, id, STORE_DELIVERIES);
		if (e.delivery_count > 0 && strcmp(delivery_state_name(
		    e.deliveries[0].state), state) == 0)
			return true;
		if (!patience_lasts(&until_ms))
			return false;
		arena_reset(&f->a);
	}
}

static inline int
lines_with(struct fixture *f, const char *words)
{
	const char *at = content(f, "state/log");
	int n = 0;

	for (; (at = strstr(at, words)) != NULL; at++)
		n++;
	return n;
}

/* Once there is somebody who listens. */
static inline void
ring_runner(struct fixture *f, int64_t id)
{
	int dirfd = open(f->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	AWAIT(bell_ring(dirfd, BELL_RUNNER, id) == BELL_DONE);
	close(dirfd);
}

/* A runner in a process of its own; its exit status is its enum status. */
static inline pid_t
start_runner(struct fixture *f, enum runner_until until)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a test that fails */
		_exit((int)runner_run(f->config, until, NULL));
	}
	assert_true(pid > 0);
	return pid;
}

static inline int
end_runner(pid_t pid, int sig)
{
	int status = -1;

	if (sig != 0)
		kill(pid, sig);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
