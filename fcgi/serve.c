#include "serve.h"

#include <malloc.h>

#include "fastcgi.h"
#include "front.h"
#include "link.h"
#include "serve_link.h"

/* Give freed bodies back to the system at once, however many threads had
 * one. */
static void
serve_tune_memory(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}

static enum status
serve_ask_for_runner(void *ctx, struct reason *why)
{
	const struct serve_task *t = ctx;

	return link_send(t->link, LINK_RUNNER, -1, BYTES_NONE) == LINK_DONE ?
	    ST_OK : fail(why, ST_BUSY, "the parent does not listen");
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
	r.config = t.config;
	r.path = t.path;
	r.starter = (struct runner_starter){ serve_ask_for_runner, &t };
	if (t.config == NULL) {
		r.unable = ST_CONFIG;
		r.why = t.why;
		r.named = serve_name_configuration;
		r.named_ctx = &t;
	}
	front_prepare_process();
	responder_start(&r);
	(void)link_send(t.link, LINK_READY, -1, BYTES_NONE);
	return fastcgi_serve(&r, t.listen_fd, &parent);
}
