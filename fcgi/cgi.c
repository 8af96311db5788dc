#include "cgi.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent_start.h"
#include "cage.h"
#include "clock.h"
#include "descriptors.h"
#include "file.h"
#include "log.h"
#include "setup.h"

enum { ARENA_LIMIT = 64 * 1024 * 1024, REST_MS = 5000 };

struct cgi {
	int64_t deadline_ms;		/* on the steady clock */
	uint64_t read_bytes;
	bool at_end;
};

static void
cgi_set_deadline(void *ctx, int64_t within_ms)
{
	struct cgi *c = ctx;

	c->deadline_ms = clock_steady_ms() + within_ms;
}

static ssize_t
cgi_read_body(void *ctx, char *out, size_t len)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct cgi *c = ctx;
	ssize_t n;

	for (;;) {
		if (clock_steady_ms() >= c->deadline_ms)
			return TRANSPORT_LATE;
		if (poll(&p, 1, clock_poll_ms(c->deadline_ms)) <= 0)
			continue;
		n = read(STDIN_FILENO, out, len);
		if (n >= 0) {
			c->read_bytes += (uint64_t)n;
			c->at_end = n == 0;
			return n;
		}
		if (errno != EINTR && errno != EAGAIN)
			return TRANSPORT_BROKEN;
	}
}

static void
cgi_write_reply(void *ctx, struct bytes b)
{
	struct reason why;

	(void)ctx;
	file_write_all(STDOUT_FILENO, b, &why);
}

/* mod_cgid uses one socket for both directions. If it is closed while a part of
 * the body is unread, the reply ends with an error: ECONNRESET, unix(7). */
static void
cgi_end_reply(struct cgi *c)
{
	unsigned long long length = 0;
	char buf[16 * 1024];

	if (c->at_end || (bytes_to_u64(bytes_of(getenv("CONTENT_LENGTH")),
	    &length) && c->read_bytes >= length))
		return;
	if (shutdown(STDOUT_FILENO, SHUT_WR) != 0)
		close(STDOUT_FILENO);
	cgi_set_deadline(c, REST_MS);
	while (cgi_read_body(c, buf, sizeof(buf)) > 0)
		;
}

/* A web server may signal a program that has replied, or whose client has gone
 * (lighttpd does), before the program has written its line to the log. All that
 * happens here takes bounded time anyway. */
static void
cgi_block_termination(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* --- the agent, where the store is reached by way of one ----------------- */

enum { CONNECTIONS = 2, CONNECT_MS = 2000 };

struct cgi_reach {
	struct agent_start start;
	bool confined;			/* it has these, and gets no more */
	int fds[CONNECTIONS];
	struct reason why;		/* that it has less than it wanted */
};

static enum status
cgi_reach_agent(void *ctx, int64_t until_ms, int *fd, struct reason *why)
{
	struct cgi_reach *r = ctx;

	for (int i = 0; i < CONNECTIONS; i++)
		if (r->fds[i] >= 0) {
			*fd = r->fds[i];
			r->fds[i] = -1;
			return ST_OK;
		}
	if (!r->confined)
		return agent_start_reach(&r->start, until_ms, fd, why);
	return fail(why, ST_SYSTEM, "the agent: %s", r->why.text[0] != '\0' ?
	    r->why.text : "it has ended");
}

/* One for the event; another one to wait for its handler. */
static void
cgi_connect(struct cgi_reach *r, const struct config *c)
{
	const int64_t until_ms = clock_steady_ms() + CONNECT_MS;
	int wanted = c->defaults.mode == MODE_WAIT ? 2 : 1;

	for (size_t i = 0; i < c->handler_count; i++)
		if (c->handlers[i].mode == MODE_WAIT)
			wanted = 2;
	for (int i = 0; i < wanted && agent_start_reach(&r->start, until_ms,
	    &r->fds[i], &r->why) == ST_OK; i++)
		;
	r->confined = true;
}

/* A process that starts the runner (runner = auto) cannot be confined. */
static enum status
cgi_enter_cage(const struct config *c, struct cgi_reach *reach,
    struct reason *why)
{
	struct reason lacking = { "" };
	enum status st;

	if (c->runner != RUNNER_EXTERNAL)
		return ST_OK;
	if (c->store != CONFIG_SQLITE)
		cgi_connect(reach, c);
	st = cage_enter(c, CAGE_ALONE, &lacking, why);
	if (lacking.text[0] != '\0')
		log_note("warning", "%s", lacking.text);
	return st;
}

/* Read the configuration for this one request. If it has a mistake, the request
 * is refused. */
static struct config *
cgi_begin(struct responder *r, struct cgi_reach *reach, struct arena *a)
{
	struct config *c = NULL;
	enum status st = config_find_file(NULL, setup_variable(), a, &r->path,
	    &r->why);

	if (st == ST_OK) {
		st = setup_load(r->path, NULL, &c, &r->why);
		if (st != ST_OK)
			setup_complain(r->path, &r->why);
	}
	if (st == ST_OK) {
		reach->start.config_path = r->path;
		reach->start.state_dir = c->state_dir;
		r->reach = (struct store_reach){ cgi_reach_agent, reach };
		clock_set_zone(c->time_zone);
		st = cgi_enter_cage(c, reach, &r->why);
	}
	r->unable = st;
	if (st == ST_OK)
		r->config = c;
	return c;
}

int
cgi_serve(struct responder *r)
{
	struct cgi c = { 0 };
	struct cgi_reach reach = { .fds = { -1, -1 } };
	struct transport t = { .variables = environ,
		.set_deadline = cgi_set_deadline, .read = cgi_read_body,
		.write = cgi_write_reply, .ctx = &c };
	struct arena a = ARENA(ARENA_LIMIT), own = ARENA(ARENA_LIMIT);
	struct config *config;

	cgi_block_termination();
	config = cgi_begin(r, &reach, &own);
	responder_serve(r, &t, &a);
	cgi_end_reply(&c);
	/* the web server, and so the sender, waits for that, and not for the
	 * end of this process */
	descriptors_let_go();
	acceptor_be_heard(r->acceptor);
	/* This removes the bell, which is a file. The store is left open: to
	   close it would move its log into its file after every request. */
	wait_reply_close(r->waiter);
	config_free(config);
	arena_free(&own);
	arena_free(&a);
	return 0;
}
