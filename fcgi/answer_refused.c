/* The refused requests, and one of them in explain's words. */
#include "clock.h"
#include "exchange.h"
#include "page_answer.h"
#include "page_refused.h"
#include "page_reply.h"
#include "refused.h"
#include "refused_accept.h"
#include "store_access.h"

enum status
answer_refused(struct exchange *x)
{
	struct page_refused_list p = { .frame = page_frame(x, FRAME_REFUSED,
	    "Refused requests") };
	struct html h = page_html(x);
	struct refused *rows;
	size_t count;
	enum status st = refused_list(x->config->state_dir, x->arena, &rows,
	    &count, &x->why);

	if (st != ST_OK)
		return st;
	for (size_t i = 0; i < count; i++)
		if (visitor_sees(&x->visitor, rows[i].source))
			rows[p.count++] = rows[i];
	p.rows = rows;
	page_refused_write(&h, &p);
	return page_reply_html(x, 200, &h);
}

/* The sources that the visitor may know of: where a request should have gone to
 * is not told of others. */
static struct config
refused_seen(struct exchange *x)
{
	struct config seen = *x->config;
	struct source *own = arena_array(x->arena, seen.source_count + 1,
	    sizeof(*own));
	size_t n = 0;

	for (size_t i = 0; own != NULL && i < seen.source_count; i++)
		if (visitor_sees(&x->visitor, seen.sources[i].name))
			own[n++] = seen.sources[i];
	seen.sources = own;
	seen.source_count = n;
	return seen;
}

/* Words about a body may quote it. */
static void
refused_explain(struct exchange *x, const struct refused *r,
    struct explanation *out, struct guesses *guesses, struct page_refused *p)
{
	const struct source *s = config_source(x->config, bytes_of(r->source));
	const struct config seen = refused_seen(x);

	if (s == NULL)
		return;
	explain_steps(out, x->config, s, &r->message);
	explain_mistakes(out, &seen, s, &r->message, guesses);
	p->explanation = out;
	p->guesses = guesses;
}

/* message: what came of accepting it; NULL */
static enum status
refused_show(struct exchange *x, int64_t number, const char *message)
{
	struct explanation steps = EXPLANATION(x->arena);
	struct guesses guesses = { .count = 0 };
	struct page_refused p = { .explanation = NULL };
	struct html h = page_html(x);
	struct refused r;
	enum status st = refused_read(x->config->state_dir, number, x->arena,
	    &r, &x->why);

	if (st != ST_OK)
		return st == ST_MALFORMED ? ST_SYSTEM : st;
	if (!visitor_sees(&x->visitor, r.source))
		return fail(&x->why, ST_UNKNOWN, "the token does not see that "
		    "source");
	p.frame = page_frame(x, FRAME_REFUSED, arena_cstr(x->arena,
	    arena_printf(x->arena, "Refused r%lld", (long long)number)));
	p.frame.message = message;
	p.frame.tone = FRAME_BAD;
	p.refused = &r;
	refused_explain(x, &r, &steps, &guesses, &p);
	page_refused_one_write(&h, &p);
	return page_reply_html(x, 200, &h);
}

static enum status
refused_find(struct exchange *x, int64_t *number)
{
	struct bytes rest;

	*number = answer_path_number(x, "/-/refused/", &rest);
	return *number != 0 && rest.len == 0 ? ST_OK : fail(&x->why,
	    ST_UNKNOWN, "no refused request has such an address");
}

enum status
answer_refused_one(struct exchange *x)
{
	int64_t number;
	enum status st = refused_find(x, &number);

	return st == ST_OK ? refused_show(x, number, NULL) : st;
}

/* --- accepted after all --------------------------------------------------- */

static enum status
refused_accepted(struct exchange *x, struct store *s, int64_t id,
    int64_t number)
{
	const struct store_note note = { .at_ms = clock_wall_ms(),
		.who = visitor_who(&x->visitor, x->arena), .what = "accept",
		.event_id = id, .detail = arena_printf(x->arena, "r%lld",
		    (long long)number) };
	enum status st = store_audit_add(s, &note, &x->why);

	if (st != ST_OK)
		return st;
	return page_reply_see(x, arena_cstr(x->arena, arena_printf(x->arena,
	    "event/%lld?told=%s", (long long)id, answer_wake(x, true) ?
	    "accepted" : "asleep")));
}

enum status
answer_refused_accept(struct exchange *x)
{
	struct refused r;
	struct store *s;
	int64_t number, id;
	enum status st = refused_find(x, &number);

	if (st == ST_OK)
		st = refused_read(x->config->state_dir, number, x->arena, &r,
		    &x->why);
	if (st == ST_OK && !visitor_sees(&x->visitor, r.source))
		st = fail(&x->why, ST_UNKNOWN, "the token does not see that "
		    "source");
	if (st == ST_OK)
		st = viewer_writer(x, &s);
	if (st != ST_OK)
		return st;
	st = refused_accept(x->config, s, number, x->arena, &id, &x->why);
	if (st == ST_OK)
		return refused_accepted(x, s, id, number);
	return refused_show(x, number, arena_cstr(x->arena,
	    bytes_of(x->why.text)));
}
