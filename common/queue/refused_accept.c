#include "refused_accept.h"

#include "coding.h"
#include "event.h"
#include "kept.h"
#include "probe.h"
#include "refused.h"

/* Stores the event as the responder would have stored it. */
static enum status
refused_store(struct store *s, const struct source *source,
    const struct message *m, const struct event *e, struct arena *a,
    int64_t *id, struct reason *why)
{
	struct store_accept item = {
		.event = e,
		.headers = kept_headers(provider_headers(source), m,
		    e->named_by, a),
		.body = m->body,
		.remote_addr = m->remote_addr,
		.received_ms = m->received_ms,
	};
	struct store_accepts batch = { .items = &item, .count = 1 };
	enum status st = arena_verdict(a, ST_OK, why);

	if (st == ST_OK)
		st = store_accept(s, &batch, why);
	if (st == ST_OK && item.status != ST_OK &&
	    item.status != ST_DUPLICATE)
		st = fail(why, item.status, "the queue is full");
	*id = item.id;
	return st;
}

/* plain has the body as it is stored. */
static enum status
refused_judge(const struct config *c, const struct source *s,
    const struct message *m, struct message *plain, struct event *e,
    struct arena *a, struct reason *why)
{
	struct source undated = *s;
	struct proof proof;
	enum status st;

	undated.any_age = true;
	st = event_verify(&undated, m, a, NULL, &proof, why);
	if (st == ST_OK)
		st = coding_undo(m, c->body_limit_bytes, a, plain, why);
	if (st == ST_OK)
		st = event_decode(&undated, plain, &proof, a, e, why);
	return st;
}

/* Whether enough of it was kept. */
static enum status
refused_is_whole(const struct refused *r, struct reason *why)
{
	long long number = (long long)r->number;

	if (r->cut)
		return fail(why, ST_MALFORMED, "the body of r%lld was not "
		    "kept, since it was too large: the sender must send it "
		    "again", number);
	if (r->hidden)
		return fail(why, ST_MALFORMED, "the body of r%lld was not "
		    "kept, since it held a secret or a signature, or could not "
		    "be searched for them: the sender must send it again",
		    number);
	if (probe_is(r->message.body))
		return fail(why, ST_MALFORMED, "r%lld is from cgihook check "
		    "--url, and is no event", number);
	return ST_OK;
}

enum status
refused_accept(const struct config *c, struct store *s, int64_t number,
    struct arena *a, int64_t *id, struct reason *why)
{
	const struct source *source;
	struct message plain;
	struct refused r;
	struct reason now;
	struct event e;
	enum status st = refused_read(c->state_dir, number, a, &r, why);

	if (st == ST_OK)
		st = refused_is_whole(&r, why);
	if (st != ST_OK)
		return st;
	source = config_source(c, bytes_of(r.source));
	if (source == NULL)
		return fail(why, ST_UNKNOWN, "%s has no source \"%s\"",
		    c->path, r.source);
	st = refused_judge(c, source, &r.message, &plain, &e, a, &now);
	if (st != ST_OK)
		return fail(why, st, "r%lld is still refused: %s (cgihook "
		    "explain r%lld)", (long long)number, now.text,
		    (long long)number);
	if (e.answer.data != NULL)
		return fail(why, ST_MALFORMED, "r%lld is a handshake, and not "
		    "an event: let the sender send it again",
		    (long long)number);
	st = refused_store(s, source, &plain, &e, a, id, why);
	if (st == ST_OK)
		refused_remove(c->state_dir, number);
	return st;
}
