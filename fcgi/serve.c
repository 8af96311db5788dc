#include "serve.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cage.h"
#include "clock.h"
#include "fastcgi.h"
#include "front.h"
#include "log.h"

/* --- both kinds of children ----------------------------------------------- */

/* "6 request status=202 …": the priority is a digit. */
static void
serve_send_line(void *ctx, int priority, struct bytes line)
{
	const struct serve_task *t = ctx;
	char text[LOG_LINE_MAX + 2];
	size_t len = line.len < LOG_LINE_MAX ? line.len : LOG_LINE_MAX;

	text[0] = (char)('0' + priority);
	text[1] = ' ';
	memcpy(text + 2, line.data, len);
	(void)link_send(t->link, LINK_LINE, -1,
	    (struct bytes){ text, len + 2 });
}

static void
serve_ignore_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGHUP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}

bool
serve_prepare(struct serve_task *t)
{
	struct reason lacking = { "" }, why = { "" };

	serve_ignore_signals();
	log_confine(serve_send_line, t);
	if (t->config != NULL)
		clock_set_zone(t->config->time_zone);
	if (cage_enter(t->config, CAGE_LINKED, &lacking, &why) != ST_OK) {
		log_note("error", "%s", why.text);
		return false;
	}
	if (t->first && lacking.text[0] != '\0')
		log_note("warning", "%s", lacking.text);
	return true;
}

void
serve_hand_over(void *task, int fd)
{
	struct serve_task *t = task;

	t->unheard = t->unheard || link_send(t->link, LINK_CONNECTION, fd,
	    BYTES_NONE) != LINK_DONE;
}

enum serve_heard
serve_next(const struct serve_task *t, struct link_message *m)
{
	switch (link_receive(t->link, m)) {
	case LINK_DONE:
		break;
	case LINK_LATER:
		return SERVE_NOTHING;
	case LINK_GONE:
	case LINK_UNSOUND:
		return SERVE_FINISH;
	}
	if (m->kind == LINK_CONNECTION)
		return SERVE_CONNECTION;
	if (m->kind == LINK_LOG) {
		log_follow(m->fd);
		close(m->fd);
	}
	return m->kind == LINK_FINISH ? SERVE_FINISH : SERVE_NOTHING;
}

/* --- the child that has a configuration ----------------------------------- */

/* Give freed bodies back to the system at once, however many threads had
 * one. */
static void
serve_tune_memory(void)
{
#ifdef M_ARENA_MAX	/* glibc; musl gives them back by itself */
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024);
#endif
}

static enum status
serve_ask_for_runner(void *ctx, struct reason *why)
{
	const struct serve_task *t = ctx;

	return link_send(t->link, LINK_RUNNER, -1, BYTES_NONE) == LINK_DONE ?
	    ST_OK : fail(why, ST_BUSY, "the parent does not listen");
}

/* The parent connects to the agent. What it answers after we have stopped
 * waiting is there for the next time. */
static enum status
serve_reach_agent(void *ctx, int64_t until_ms, int *fd, struct reason *why)
{
	struct serve_task *t = ctx;
	struct pollfd p = { .fd = t->store, .events = POLLIN };
	enum link_result got = LINK_LATER;
	struct link_message m;

	pthread_mutex_lock(&t->asking);
	if (!t->asked)
		t->asked = link_send(t->store, LINK_STORE, -1, BYTES_NONE) ==
		    LINK_DONE;
	if (t->asked && poll(&p, 1, clock_poll_ms(until_ms)) > 0)
		got = link_receive(t->store, &m);
	if (got == LINK_DONE)
		t->asked = false;
	pthread_mutex_unlock(&t->asking);
	if (got != LINK_DONE)
		return fail(why, ST_SYSTEM, "the parent gives no connection "
		    "to the agent");
	if (m.fd < 0)
		return fail(why, ST_SYSTEM, "the agent: %.*s", (int)m.len,
		    m.text);
	*fd = m.fd;
	return ST_OK;
}

static void
serve_hear(void *ctx, struct front *f)
{
	const struct serve_task *t = ctx;
	struct link_message m;

	switch (serve_next(t, &m)) {
	case SERVE_CONNECTION:
		front_adopt(f, m.fd);
		break;
	case SERVE_FINISH:
		viewer_leave_soon(t->viewer);
		front_finish(f);
		break;
	case SERVE_NOTHING:
		break;
	}
}

/* A request names a configuration, and this process has none so far. */
static void
serve_name_configuration(void *ctx, struct bytes variable)
{
	const struct serve_task *t = ctx;

	if (variable.len <= LINK_TEXT_MAX)
		(void)link_send(t->link, LINK_BIND, -1, variable);
}

int
serve_requests(const struct serve_task *task)
{
	static struct responder r = RESPONDER(true);
	struct serve_task t = *task;
	const struct front_parent parent = { .fd = t.link,
		.hear = serve_hear, .hand_over = serve_hand_over, .ctx = &t };

	serve_tune_memory();
	if (!serve_prepare(&t))
		return 1;
	t.viewer = &r.viewer;
	r.config = t.config;
	r.path = t.path;
	r.starter = (struct runner_starter){ serve_ask_for_runner, &t };
	r.reach = (struct store_reach){ serve_reach_agent, &t };
	pthread_mutex_init(&t.asking, NULL);
	if (t.config == NULL) {
		r.unable = ST_CONFIG;
		r.why = t.why;
		r.named = serve_name_configuration;
		r.named_ctx = &t;
	}
	responder_start(&r);
	(void)link_send(t.link, LINK_READY, -1, BYTES_NONE);
	return fastcgi_serve(&r, t.listen_fd, &parent);
}
