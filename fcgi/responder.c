#include "responder.h"

#include "cage.h"
#include "exchange.h"
#include "log.h"

enum { DEFAULT_WORKERS = 32 };

/* Before there is a second thread, which would not be in it. What cannot be
 * caged does not serve. */
static enum status
enter_cage(struct responder *r, const struct config *c, struct reason *why)
{
	struct reason lacking = { "" };

	if (c->runner != RUNNER_EXTERNAL || r->caged)
		return ST_OK;
	r->uncaged = cage_enter(c, &lacking, why);
	r->caged = r->uncaged == ST_OK;
	if (r->caged && lacking.text[0] != '\0')
		log_note("warning", "this kernel has no %s: the responder is "
		    "less confined than it could be", lacking.text);
	/* plain CGI reads anew with every request */
	if (r->caged && r->shared && cage_pins_files(c))
		log_note("info", "the handlers are below the configuration or "
		    "a secret: restart the responder after replacing these");
	return r->uncaged;
}

enum status
responder_take_config(struct exchange *x)
{
	struct responder *r = x->responder;
	enum status st = live_config_take(&r->live, x->request.config,
	    &x->config, &x->why);

	if (st == ST_OK && !r->shared)
		return enter_cage(r, x->config->config, &x->why);
	if (st == ST_OK && r->uncaged != ST_OK)
		return fail(&x->why, r->uncaged, "it is not confined");
	return st;
}

/* The parts that only a genuine event needs are made when the first one
 * comes; while they cannot be made, every event tries again. */
enum status
responder_open_parts(struct exchange *x)
{
	struct responder *r = x->responder;
	enum status st = ST_OK;

	pthread_mutex_lock(&r->mutex);
	if (r->acceptor == NULL && !r->caged &&
	    x->config->config->runner == RUNNER_EXTERNAL)
		log_note("warning", "CGIHOOK_CONFIG came with the request and "
		    "not with the process: too late to confine it");
	if (r->acceptor == NULL)
		st = acceptor_open(x->config, r->shared, &r->acceptor,
		    &x->why);
	if (st == ST_OK && r->await == NULL && x->item.wait_handler != NULL)
		st = await_open(x->config, r->shared, &r->await, &x->why);
	pthread_mutex_unlock(&r->mutex);
	return st;
}

void
responder_start(struct responder *r)
{
	struct config_ref *config;
	struct reason why = { "" };

	/* Without a variable of the process the first request may name the
	   file, so a missing one is no mistake yet. */
	if (live_config_take(&r->live, BYTES_NONE, &config, &why) != ST_OK) {
		log_note("warning", "%s", why.text);
		return;
	}
	if (enter_cage(r, config->config, &why) != ST_OK ||
	    acceptor_open(config, r->shared, &r->acceptor, &why) != ST_OK)
		log_note("error", "%s", why.text);
	live_config_give(config);
	/* a caged process could not read another file any more */
	if (r->caged || !live_config_unbind_guess(&r->live))
		return;
	acceptor_close(r->acceptor);
	r->acceptor = NULL;
}

int
responder_workers(struct responder *r)
{
	int workers = r->live.workers;

	return workers > 0 ? workers : DEFAULT_WORKERS;
}

void
responder_end(struct responder *r)
{
	acceptor_close(r->acceptor);
	await_close(r->await);
	live_config_end(&r->live);
}
