#include "line.h"

#include "clock.h"
#include "coding.h"
#include "handler_when.h"
#include "health.h"
#include "kept.h"
#include "line_end.h"
#include "page_line.h"
#include "recipe.h"

/* For the runner to commit a timeout. */
enum { WAIT_GRACE_MS = 500 };

static enum status
line_read_variables(struct exchange *x)
{
	const struct transport *t = x->transport;
	enum status st = request_read_variables(t->variables, x->arena,
	    &x->request, &x->why);

	return t->fault == ST_OK ? st :
	    fail(&x->why, t->fault, "%s", t->fault_why);
}

static enum status
line_verify(struct exchange *x)
{
	x->request.message.received_ms = clock_wall_ms();
	return event_verify(x->source, &x->request.message, x->arena, NULL,
	    &x->proof, &x->why);
}

/* Not before it is known to be genuine. */
static enum status
line_undo_coding(struct exchange *x)
{
	return coding_undo(&x->request.message, x->config->body_limit_bytes,
	    x->arena, &x->plain, &x->why);
}

static enum status
line_decode(struct exchange *x)
{
	if (x->item.probe)
		return ST_OK;
	return event_decode(x->source, &x->plain, &x->proof, x->arena,
	    &x->event, &x->why);
}

/* A handshake is answered, and is no event. */
static bool
line_is_handshake(const struct exchange *x)
{
	return x->event.answer.data != NULL;
}

static enum status
line_prepare_item(struct exchange *x)
{
	const struct message *m = &x->plain;
	const struct event *e = &x->event;

	if (x->item.probe || line_is_handshake(x))
		return ST_OK;
	x->item = (struct store_accept){ .event = e,
		.headers = kept_headers(provider_headers(x->source), m,
		    e->named_by, x->arena),
		.body = m->body, .remote_addr = m->remote_addr,
		.received_ms = m->received_ms,
		.retry = x->source->redeliver == REDELIVER_RETRY,
		.wait_path = handler_when_waits(x->config, e, m) };
	return ST_OK;
}

/* Before the accept, because its handler may be quick. */
static enum status
line_prepare_bell(struct exchange *x)
{
	struct wait_reply *w = x->responder->waiter;

	if (x->item.wait_path != NULL) {
		x->item.bell = wait_reply_bell(w);
		x->awaited.mark = wait_reply_mark(w);
	}
	return ST_OK;
}

static void
line_prepare_to_wait(struct exchange *x)
{
	const struct handler_config *h = config_handler(x->config,
	    x->item.wait_path);
	const struct recipe *recipe = source_recipe(x->source);

	x->awaited.event_id = x->item.id;
	x->awaited.path = x->item.wait_path;
	x->awaited.content_type = recipe == NULL ? NULL : recipe->reply_type;
	x->awaited.until_ms = clock_steady_ms() + h->timeout_ms +
	    WAIT_GRACE_MS;
	x->awaited.arena = x->arena;
	x->awaited.why = &x->why;
}

/* The event is on disk, or cannot be; *waits: its handler will reply. */
static enum status
line_accepted(struct exchange *x, bool *waits)
{
	enum status st = x->item.status;

	*waits = false;
	if (st != ST_OK && st != ST_DUPLICATE)
		return st;
	if (x->item.probe)
		return check_answer(x);
	/* without a secret, the sender may be anybody */
	x->reply = x->event.quiet ? reply_nothing() : reply_accepted(&x->item,
	    !x->source->unsigned_allowed, x->reply_text);
	if (x->item.wait_path == NULL ||
	    (st == ST_DUPLICATE && !x->item.rerun))
		return ST_OK;
	line_prepare_to_wait(x);
	*waits = true;
	return ST_OK;
}

/* If there is no such handler after all, reply as to any other event. */
static enum status
line_take_handlers_reply(struct exchange *x)
{
	const struct wait_ticket *t = &x->awaited;

	if (t->status == ST_OK && t->has_reply)
		x->reply = x->event.quiet && t->reply.http_status == 200 ?
		    reply_nothing() : t->reply;
	return t->status;
}

/* All on this thread, until there is a reply. */
static enum status
line_accept(struct exchange *x)
{
	struct responder *r = x->responder;
	enum status st;
	bool waits;

	acceptor_submit(r->acceptor, &x->item, &x->why);
	st = line_accepted(x, &waits);
	if (!waits)
		return st;
	wait_reply_now(r->waiter, &x->awaited);
	return line_take_handlers_reply(x);
}

/* The line up to the disk: first what the variables decide, then, after the
 * body, the rest. Nothing is parsed before it is verified; nothing is
 * acknowledged before it is on disk. No stage decides anything without memory
 * (line_follow). */
typedef enum status stage(struct exchange *);

/* every request */
static stage *const first_stages[] = {
	line_read_variables,
	responder_take_config,
	route_find,
	NULL
};

/* what people look at */
static stage *const page_head[] = {
	page_check_head,
	NULL
};

/* page_end has the rest: it needs the store */
static stage *const page_body[] = {
	NULL
};

/* a source's webhook */
static stage *const hook_head[] = {
	route_check_head,
	NULL
};

static stage *const hook_body[] = {
	line_verify,
	check_find,
	line_undo_coding,
	line_decode,
	line_prepare_item,
	responder_open_parts,
	line_prepare_bell,
	NULL
};

/* whoever watches this machine */
static stage *const health_head[] = {
	health_check_head,
	NULL
};

static stage *const health_body[] = {
	health_look,
	NULL
};

static void
line_answer_handlers_reply(struct wait_ticket *t)
{
	struct exchange *x = t->ctx;

	line_end(x, line_take_handlers_reply(x));
}

/* The committing thread sends the replies, and the listening thread those of
 * handlers: no other thread has to wake up. */
static void
line_answer_accepted(struct accept_ticket *t)
{
	struct exchange *x = t->ctx;
	bool waits;
	enum status st = line_accepted(x, &waits);

	if (!waits) {
		line_end(x, st);
		return;
	}
	x->awaited.answer = line_answer_handlers_reply;
	x->awaited.ctx = x;
	wait_reply_later(x->responder->waiter, &x->awaited);
}

static void
line_accept_later(struct exchange *x)
{
	x->ticket = (struct accept_ticket){ .item = &x->item,
		.why = &x->why, .answer = line_answer_accepted, .ctx = x };
	acceptor_submit_later(x->responder->acceptor, &x->ticket);
}

static void
line_end_hook(struct exchange *x)
{
	if (line_is_handshake(x)) {
		x->reply = reply_answer(x->event.answer, x->event.answer_type);
		line_end(x, ST_OK);
	} else if (x->responder->shared) {
		line_accept_later(x);
	} else {
		line_end(x, line_accept(x));
	}
}

/* A line for each kind of route: what the variables decide, what the body
 * decides, and how it ends when all is well: with a reply, now or later. */
static const struct line {
	stage *const *head, *const *body;
	void (*end)(struct exchange *x);
} lines[] = {
	[ROUTE_HOOK] = { hook_head, hook_body, line_end_hook },
	[ROUTE_PAGE] = { page_head, page_body, page_end },
	[ROUTE_API] = { page_head, page_body, page_end },
	[ROUTE_ASSET] = { page_head, page_body, asset_end },
	[ROUTE_HEALTH] = { health_head, health_body, health_end },
};

static void
line_follow(struct exchange *x, stage *const *stages)
{
	for (; x->status == ST_OK && *stages != NULL; stages++)
		x->status = arena_verdict(x->arena, (*stages)(x), &x->why);
}

void
line_begin(struct exchange *x)
{
	line_follow(x, first_stages);
	if (x->status == ST_OK)
		line_follow(x, lines[x->route->line].head);
}

void
line_finish(struct exchange *x)
{
	if (x->status == ST_OK)
		line_follow(x, lines[x->route->line].body);
	if (x->status == ST_OK)
		lines[x->route->line].end(x);
	else
		line_end(x, x->status);
}
