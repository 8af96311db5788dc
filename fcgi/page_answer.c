#include "page_answer.h"

#include <string.h>

#include "clock.h"
#include "date.h"
#include "exchange.h"
#include "page_events.h"
#include "page_reply.h"
#include "query.h"
#include "runner_link.h"
#include "unit.h"

enum status
answer_home(struct exchange *x)
{
	return page_reply_see(x, "");
}

enum status
answer_query(struct exchange *x, struct query *out)
{
	const struct message *m = &x->request.message;

	return query_read(bytes_is(m->method, "POST") ? m->body : m->query,
	    x->arena, out, &x->why);
}

void
answer_message(const struct query *q, const struct answer_message *messages,
    struct frame *f)
{
	const char *told = query_get(q, "told");

	for (; told != NULL && messages->told != NULL; messages++)
		if (strcmp(told, messages->told) == 0) {
			f->message = messages->message;
			f->tone = messages->tone;
		}
}

void
answer_asked(const struct query *q, struct page_asked *out)
{
	*out = (struct page_asked){
		.source = query_get(q, "source"),
		.event = query_get(q, "event"),
		.status = query_get(q, "status"),
		.state = query_get(q, "state"),
		.handler = query_get(q, "handler"),
		.search = query_get(q, "q"), .since = query_get(q, "since"),
		.from = query_get(q, "from"), .to = query_get(q, "to"),
		.before = query_number(q, "before"),
	};
}

/* "2026-01-31T12:00", as a browser's input gives it, in the zone in which times
 * are shown; or RFC 3339. */
static bool
answer_moment(struct exchange *x, const char *text, int64_t *ms)
{
	if (date_parse_rfc3339(bytes_of(text), ms))
		return true;
	if (!date_parse_rfc3339(arena_printf(x->arena,
	    strlen(text) > strlen("2026-01-31T12:00") ? "%sZ" : "%s:00Z",
	    text), ms))
		return false;
	if (x->config->time_zone != NULL)
		*ms = clock_local_ms(*ms);
	return true;
}

static bool
answer_state_is_known(const char *state)
{
	bool known = state == NULL ||
	    strcmp(state, event_state_name(EVENT_QUEUED)) == 0 ||
	    strcmp(state, event_state_name(EVENT_IGNORED)) == 0;

	for (int i = 0; i < DELIVERY_STATES; i++)
		known = known || strcmp(state,
		    delivery_state_name((enum delivery_state)i)) == 0;
	return known;
}

enum status
answer_filter(struct exchange *x, const struct page_asked *asked,
    struct store_filter *out)
{
	struct store_filter f = { .source = asked->source,
		.event = asked->event, .status = asked->status,
		.state = asked->state, .handler = asked->handler,
		.search = asked->search,
		.before_id = asked->before };
	int64_t ms;

	if ((f.source != NULL && !visitor_sees(&x->visitor, f.source)) ||
	    !answer_state_is_known(f.state))
		return ST_UNKNOWN;
	if (asked->since != NULL) {
		if (!unit_parse_duration(bytes_of(asked->since), &ms))
			return ST_UNKNOWN;
		f.since_ms = clock_wall_ms() - ms;
	}
	if (asked->from != NULL) {
		if (!answer_moment(x, asked->from, &ms))
			return ST_UNKNOWN;
		f.since_ms = ms > f.since_ms ? ms : f.since_ms;
	}
	if (asked->to != NULL && !answer_moment(x, asked->to, &f.until_ms))
		return ST_UNKNOWN;
	if (x->visitor.token->sources != NULL && f.source == NULL) {
		f.sources = x->visitor.token->sources;
		f.source_count = x->visitor.token->source_count;
	}
	*out = f;
	return ST_OK;
}

int64_t
answer_path_number(const struct exchange *x, const char *prefix,
    struct bytes *rest)
{
	struct bytes path = bytes_from(x->request.path_info, strlen(prefix));
	size_t len = 0;
	unsigned long long n;

	while (len < path.len && path.data[len] >= '0' &&
	    path.data[len] <= '9')
		len++;
	*rest = bytes_from(path, len);
	path.len = len;
	if (len == 0 || path.data[0] == '0' || !bytes_to_u64(path, &n) ||
	    n > INT64_MAX >> 16)
		return 0;
	return (int64_t)n;
}

bool
answer_wake(struct exchange *x, bool even_if_nothing_is_due)
{
	const struct runner_starter *starter = &x->responder->starter;
	struct store *s;
	struct store_next next;
	struct runner_link link;
	bool woken;

	if (viewer_reader(x, &s) != ST_OK)
		return false;
	if (!even_if_nothing_is_due) {
		if (store_next(s, &next, &x->why) != ST_OK || (!next.queued &&
		    !next.alarms && next.due_in_ms > 0))
			return true;
		if (store_find_runner(s, false, STORE_NO_EVENT) !=
		    STORE_RUNNER_NONE)
			return true;
	}
	if (runner_link_open(x->config, starter->start != NULL ? starter :
	    NULL, s, &link, &x->why) != ST_OK)
		return false;
	/* as of any event: STORE_NO_EVENT would not make it look */
	woken = runner_wake(&link, 0, &x->why) != RUNNER_NOT_STARTED;
	runner_link_close(&link);
	return woken;
}
