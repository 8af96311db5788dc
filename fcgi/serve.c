#include "serve.h"

#include <malloc.h>

#include "fastcgi.h"
#include "front.h"
#include "link.h"
#include "serve_link.h"

/* Bodies go back to the system as soon as they are free, however many threads
 * had one. */
static void
tune_memory(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}

static enum status
ask_for_runner(void *ctx, struct reason *why)
{
	const struct serve_task *t = ctx;

	return link_send(t->link, LINK_RUNNER, -1, BYTES_NONE) == ST_OK ?
	    ST_OK : fail(why, ST_BUSY, "the parent does not listen");
}

static void
hand_over(void *ctx, int fd)
{
	serve_hand_over(ctx, fd);
}

static void
hear(void *ctx, struct front *f)
{
	const struct serve_task *t = ctx;
	struct link_message m;

	switch (serve_next(t, &m)) {
	case SERVE_CONNECTION:
		front_adopt(f, m.fd);
		break;
	case SERVE_FINISH:
		front_finish(f);
		break;
	case SERVE_NOTHING:
		break;
	}
}

/* Those before it named none, and there was none to be found. */
static void
name_configuration(void *ctx, struct bytes variable)
{
	const struct serve_task *t = ctx;

	if (variable.len <= LINK_TEXT_MAX)
		(void)link_send(t->link, LINK_BIND, -1, variable);
}

static void
say_ready(void *ctx)
{
	const struct serve_task *t = ctx;

	(void)link_send(t->link, LINK_READY, -1, BYTES_NONE);
}

int
serve_requests(const struct serve_task *task)
{
	static struct responder r = RESPONDER(true);
	struct serve_task t = *task;
	const struct fastcgi_parent parent = { .fd = t.link, .hear = hear,
		.ready = say_ready, .hand_over = hand_over, .ctx = &t };

	tune_memory();
	if (!serve_prepare(&t))
		return 1;
	r.config = t.config;
	r.path = t.path;
	r.starter = (struct runner_starter){ ask_for_runner, &t };
	if (t.config == NULL) {
		r.unable = ST_CONFIG;
		r.why = t.why;
		r.named = name_configuration;
		r.named_ctx = &t;
	}
	return fastcgi_serve(&r, t.listen_fd, &parent);
}
