#include "retry_refused.h"

#include "event.h"
#include "kept.h"
#include "probe.h"
#include "refused.h"

/* Stores the event as the responder would have stored it. */
static enum status
accept_event(struct cli *c, const struct source *s, const struct refused *r,
    const struct event *e, int64_t *id, struct reason *why)
{
	struct store_accept item = {
		.event = e,
		.headers = kept_headers(provider_headers(s), &r->message,
		    e->named_by, &c->arena),
		.body = r->message.body,
		.remote_addr = r->message.remote_addr,
		.received_ms = r->message.received_ms,
	};
	struct store_accepts batch = { .items = &item, .count = 1 };
	enum status st = arena_verdict(&c->arena, ST_OK, why);

	if (st == ST_OK)
		st = store_accept(c->store, &batch, why);
	if (st == ST_OK && item.status != ST_OK &&
	    item.status != ST_DUPLICATE)
		st = fail(why, item.status, "the queue is full");
	*id = item.id;
	return st;
}

int
retry_refused(struct cli *c, int64_t number, int64_t *id)
{
	struct source undated;
	const struct source *s;
	struct refused r;
	struct reason why;
	struct proof proof;
	struct event e;

	if (refused_read(c->config->state_dir, number, &c->arena, &r, &why) !=
	    ST_OK)
		return cli_error(c, "%s", why.text);
	if (r.cut)
		return cli_error(c, "the body of r%lld was not kept, since it "
		    "was too large: the sender must send it again",
		    (long long)number);
	if (r.hidden)
		return cli_error(c, "the body of r%lld was not kept, since it "
		    "held a secret or a signature, or was a form or "
		    "compressed: the sender must send it again",
		    (long long)number);
	if (probe_is(r.message.body))
		return cli_error(c, "r%lld is from cgihook check --url, and is "
		    "no event", (long long)number);
	s = cli_source(c, r.source);
	if (s == NULL)
		return CLI_FAILED;
	/* Only the age is forgiven: the operator knows how old it is. */
	undated = *s;
	undated.any_age = true;
	if (event_verify(&undated, &r.message, &c->arena, NULL, &proof,
	    &why) != ST_OK || event_decode(&undated, &r.message, &proof,
	    &c->arena, &e, &why) != ST_OK)
		return cli_error(c, "r%lld is still refused: %s (cgihook "
		    "explain r%lld)", (long long)number, why.text,
		    (long long)number);
	if (accept_event(c, s, &r, &e, id, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	refused_remove(c->config->state_dir, number);
	return CLI_DONE;
}
