#include "responder.h"

#include <string.h>

#include "exchange.h"
#include "log.h"

enum { DEFAULT_WORKERS = 32 };

/* A process serves one configuration. A request may name the same one. */
static enum status
responder_check_path(struct exchange *x)
{
	const struct responder *r = x->responder;
	const char *named = arena_cstr(x->arena, x->request.config), *found;
	enum status st;

	if (x->request.config.len == 0 || r->path == NULL ||
	    bytes_is(x->request.config, r->path))
		return ST_OK;
	st = config_find_file(NULL, named, x->arena, &found, &x->why);
	if (st != ST_OK || strcmp(found, r->path) == 0)
		return st;
	return fail(&x->why, ST_CONFIG, "the request's CGIHOOK_CONFIG is %s, "
	    "but this process serves %s: give each configuration processes of "
	    "its own", found, r->path);
}

enum status
responder_take_config(struct exchange *x)
{
	const struct responder *r = x->responder;
	enum status st = responder_check_path(x);

	if (st == ST_OK && r->path == NULL && r->named != NULL &&
	    x->request.config.len > 0) {
		r->named(r->named_ctx, x->request.config);
		return fail(&x->why, ST_BUSY, "the configuration that the "
		    "request names is still being read");
	}
	if (st == ST_OK && r->config == NULL)
		return fail(&x->why, r->unable, "%s", r->why.text);
	x->config = r->config;
	return st;
}

/* What only a genuine event needs is opened when the first one comes; if that
 * fails, the next event tries again. */
enum status
responder_open_parts(struct exchange *x)
{
	struct responder *r = x->responder;
	enum status st = ST_OK;

	pthread_mutex_lock(&r->mutex);
	if (r->acceptor == NULL)
		st = acceptor_open(x->config, &r->starter, &r->reach,
		    r->shared, &r->acceptor, &x->why);
	if (st == ST_OK && r->waiter == NULL && x->item.wait_path != NULL)
		st = wait_reply_open(x->config, &r->reach, r->shared,
		    &r->waiter, &x->why);
	pthread_mutex_unlock(&r->mutex);
	return st;
}

void
responder_start(struct responder *r)
{
	struct reason why = { "" };

	if (r->config != NULL && acceptor_open(r->config, &r->starter,
	    &r->reach, r->shared, &r->acceptor, &why) != ST_OK)
		log_note("error", "%s", why.text);
}

struct counters *
responder_counters(struct responder *r)
{
	struct counters *c;

	if (r->config == NULL)
		return NULL;
	pthread_mutex_lock(&r->mutex);
	if (r->counters == NULL)
		r->counters = counters_open(r->config->state_dir);
	c = r->counters;
	pthread_mutex_unlock(&r->mutex);
	return c;
}

int
responder_workers(const struct responder *r)
{
	return r->config != NULL ? r->config->workers : DEFAULT_WORKERS;
}

void
responder_end(struct responder *r)
{
	acceptor_close(r->acceptor);
	wait_reply_close(r->waiter);
	viewer_close(&r->viewer);
	counters_close(r->counters);
}
