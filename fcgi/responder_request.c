#include "clock.h"
#include "line.h"
#include "line_end.h"
#include "responder.h"

/* For so many bodies of the largest size there is room at once. */
enum { BUDGET_BODIES = 16 };

static int64_t
responder_budget_bytes(const struct config *c)
{
	return c->body_limit_bytes * BUDGET_BODIES;
}

struct exchange *
responder_begin(struct responder *r, struct transport *t, struct arena *a)
{
	struct exchange *x = arena_alloc(a, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->responder = r;
	x->transport = t;
	x->arena = a;
	x->began_us = clock_steady_us();
	line_begin(x);
	if (x->status == ST_OK && request_body_is_whole(&x->request))
		x->status = request_end_body(&x->request, 0, &x->why);
	return x;
}

bool
responder_wants_body(const struct exchange *x)
{
	return x->status == ST_OK && x->request.message.body.data == NULL;
}

int64_t
responder_body_timeout_ms(const struct exchange *x)
{
	return x->config->body_timeout_ms;
}

void
responder_add_body(struct exchange *x, struct bytes piece, size_t left)
{
	const struct config *c = x->config;

	x->why.text[0] = '\0';
	x->status = request_add_body(&x->request, piece, left,
	    c->body_limit_bytes, &x->responder->budget,
	    responder_budget_bytes(c), &x->why);
	if (x->status == ST_OK && request_body_is_whole(&x->request))
		responder_end_body(x, 0);
}

bool
responder_lacks_room(const struct exchange *x)
{
	return x->status == ST_BUSY && request_is_small(&x->request);
}

void
responder_end_body(struct exchange *x, int how)
{
	if (x->status == ST_OK)
		x->status = request_end_body(&x->request, how, &x->why);
	/* others need its room before its reply is sent */
	if (x->status != ST_OK)
		request_free_body(&x->request, &x->responder->budget);
}

void
responder_finish(struct exchange *x)
{
	line_finish(x);
}

void
responder_abandon(struct exchange *x)
{
	request_free_body(&x->request, &x->responder->budget);
}

static void
responder_read_body(struct exchange *x)
{
	const struct transport *t = x->transport;
	char piece[16 * 1024];
	ssize_t n;

	t->set_deadline(t->ctx, x->config->body_timeout_ms);
	while (responder_wants_body(x)) {
		n = t->read(t->ctx, piece, request_may_read(&x->request,
		    sizeof(piece)));
		if (n > 0)
			responder_add_body(x, (struct bytes){ piece,
			    (size_t)n }, 0);
		else
			responder_end_body(x, (int)n);
	}
}

void
responder_serve(struct responder *r, struct transport *t, struct arena *a)
{
	struct exchange none = { .responder = r, .transport = t,
		.began_us = clock_steady_us() };
	struct exchange *x = responder_begin(r, t, a);

	if (x == NULL) {
		line_end(&none, fail(&none.why, ST_BUSY, "no memory"));
		return;
	}
	if (responder_wants_body(x))
		responder_read_body(x);
	responder_finish(x);
}
