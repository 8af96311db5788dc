#include "line_end.h"

#include <stdio.h>

#include "clock.h"
#include "log.h"
#include "page_reply.h"
#include "refused.h"

/* Keep a refused request that was read whole for "cgihook explain". */
static void
line_keep_refused(const struct exchange *x, enum status st)
{
	const struct config *c;
	struct refused r = { .why = x->why.text, .near = x->proof.near,
		.message = x->request.message };

	if ((st != ST_DENIED && st != ST_MALFORMED) || x->source == NULL ||
	    x->request.message.body.data == NULL)
		return;
	r.source = x->source->name;
	/* only a convenience: a failure does not change the reply */
	c = x->config;
	refused_keep(c->state_dir, &r, c->sources, c->source_count, NULL);
}

/* What people ask for is no webhook, and is not counted. */
static void
line_count(const struct exchange *x, enum status st)
{
	struct counters *c = responder_counters(x->responder);
	char status[16];

	if (x->route != NULL && x->route->line != ROUTE_HOOK)
		return;
	(void)snprintf(status, sizeof(status), "%d", x->reply.http_status);
	counters_add(c, COUNTER_REQUESTS, x->source == NULL ? "" :
	    x->source->name, status);
	if (st != ST_OK)
		counters_add(c, COUNTER_REFUSED, reply_reason(st), "");
}

/* So that an old secret can be dropped once nobody signs with it any more. A
 * check is none of its sender's. */
static void
line_note_secret(const struct exchange *x, enum status st)
{
	char number[24];

	if (st != ST_OK || x->source == NULL || x->item.probe ||
	    x->source->secret_count == 0)
		return;
	(void)snprintf(number, sizeof(number), "%zu",
	    x->proof.secret_index + 1);
	counters_note(responder_counters(x->responder), COUNTER_SECRET,
	    x->source->name, number, x->request.message.received_ms);
}

static void
line_log(const struct exchange *x)
{
	const struct message *m = &x->request.message;
	struct log_line l;

	log_begin(&l, "request");
	log_int(&l, "status", x->reply.http_status);
	if (x->source != NULL)
		log_str(&l, "source", x->source->name);
	if (route_is_page(x->route)) {
		log_bytes(&l, "page", x->request.path_info);
		log_str(&l, "user", x->visitor.user);
	}
	log_bytes(&l, "event", x->event.event);
	log_bytes(&l, "action", x->event.action);
	if (x->item.id != 0)
		log_int(&l, "id", x->item.id);
	if (x->item.probe)
		log_str(&l, "for", x->source != NULL ? "check" : "ready");
	log_int(&l, "bytes", (int64_t)m->body.len);
	log_int(&l, "ms", (clock_steady_us() - x->began_us) / 1000);
	log_bytes(&l, "remote", m->remote_addr);
	log_str(&l, "state", reply_fate(x->item.fate));
	if (x->item.retried > 0)
		log_int(&l, "retried", x->item.retried);
	if (x->why.text[0] != '\0')
		log_str(&l, "why", x->why.text);
	log_end(&l);
}

/* Pages ask again and again: what only looked would fill the log. */
static bool
line_only_looked(const struct exchange *x)
{
	return route_is_page(x->route) && x->reply.http_status < 400 &&
	    !bytes_is(x->request.message.method, "POST");
}

void
line_end(struct exchange *x, enum status st)
{
	struct transport *t = x->transport;

	if ((st == ST_UNKNOWN || st == ST_METHOD) && x->route == NULL &&
	    x->config != NULL)
		x->reply = route_refuse(x);
	else if (st != ST_OK && route_is_page(x->route))
		page_refuse(x, st);
	else if (st != ST_OK)
		x->reply = reply_refuse(st);
	reply_send(&x->reply, request_is_head(t->variables), t);
	if (!x->unlogged && !line_only_looked(x))
		line_log(x);
	line_count(x, st);
	line_note_secret(x, st);
	line_keep_refused(x, st);
	request_free_body(&x->request, &x->responder->budget);
	if (t->over != NULL)
		t->over(t->ctx);
}
