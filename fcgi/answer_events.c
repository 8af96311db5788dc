/* The list of events. */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "exchange.h"
#include "origin.h"
#include "page_answer.h"
#include "page_events.h"
#include "page_reply.h"
#include "query.h"
#include "store.h"
#include "stored_decode.h"

enum { WAIT_MAX_S = 25, LOOK_MS = 500 };
enum { ROW_BYTES = 4 * 1024 * 1024, ROW_TEXT_MAX = 200 };

/* --- what each is about --------------------------------------------------- */

/* As much of it as a row has room for, whole characters. */
static const char *
events_short(struct exchange *x, struct bytes text)
{
	size_t len = text.len;

	if (len <= ROW_TEXT_MAX)
		return arena_cstr(x->arena, text);
	for (len = ROW_TEXT_MAX; ((unsigned char)text.data[len] & 0xc0) ==
	    0x80 && len > 0; len--)
		;
	return arena_cstr(x->arena, arena_printf(x->arena,
	    "%.*s\xe2\x80\xa6", (int)len, text.data));
}

static void
events_fill_row(struct exchange *x, const struct stored_about *about,
    struct page_row *row)
{
	row->project = events_short(x, about->project);
	row->branch = events_short(x, about->branch);
	row->title = events_short(x, about->title);
	row->author = events_short(x, about->author);
}

/* What is not noted yet is in the body. Bodies are read one after the other:
 * all may be large. One that cannot be read says nothing of the event. */
static void
events_read_row(struct exchange *x, struct store *s, struct arena *scratch,
    struct page_row *row)
{
	struct stored_event e;
	struct event decoded;

	row->project = row->branch = row->title = row->author = "";
	if (row->event->about != NULL)
		events_fill_row(x, row->event->about, row);
	else if (store_get(s, row->event->id, STORE_HEADERS | STORE_BODY,
	    scratch, &e, NULL) == ST_OK && stored_decode(x->config, &e, scratch,
	    &decoded, NULL) == ST_OK)
		events_fill_row(x, &(struct stored_about){
		    .project = decoded.project, .branch = decoded.branch,
		    .title = decoded.title, .author = decoded.author }, row);
	arena_reset(scratch);
}

static void
events_read_rows(struct exchange *x, struct store *s, struct page_row *rows,
    size_t count)
{
	struct arena scratch = ARENA(ROW_BYTES);

	for (size_t i = 0; i < count; i++)
		events_read_row(x, s, &scratch, &rows[i]);
	arena_free(&scratch);
}

/* --- has it changed? ------------------------------------------------------ */

static uint32_t
events_hash(uint32_t before, const void *value, size_t len)
{
	return bytes_hash(before, (struct bytes){ value, len });
}

static uint32_t
events_have(const struct stored_event *e, size_t count)
{
	uint32_t have = BYTES_HASH_START;

	for (size_t i = 0; i < count; i++) {
		have = events_hash(have, &e[i].id, sizeof(e[i].id));
		have = events_hash(have, &e[i].state, sizeof(e[i].state));
		for (size_t k = 0; k < e[i].delivery_count; k++)
			have = events_hash(have, &e[i].deliveries[k].state,
			    sizeof(e[i].deliveries[k].state));
	}
	return have;
}

/* --- the answer ----------------------------------------------------------- */

static enum status
events_list(struct exchange *x, struct store *s, struct arena *a,
    struct page_events *p, struct stored_event **events, size_t *count)
{
	int64_t from = 0;
	struct store_filter f = { .source = NULL };
	enum status st = answer_filter(x, &p->asked, &f);

	f.limit = ANSWER_PAGE + 1;
	f.parts = STORE_DELIVERIES | STORE_ABOUT;
	f.handler_from = &from;
	*count = 0;
	p->complete = true;
	if (st == ST_UNKNOWN)
		return ST_OK;
	if (st == ST_OK)
		st = store_list(s, &f, a, events, count, &x->why);
	if (st != ST_OK)
		return st;
	p->complete = from == 0;
	if (*count > ANSWER_PAGE) {
		*count = ANSWER_PAGE;
		p->older = (*events)[ANSWER_PAGE - 1].id;
	} else {
		p->older = from;
	}
	return ST_OK;
}

/* --- waiting for news ----------------------------------------------------- */

static bool
events_is_had(const char *have, uint32_t now)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%lu", (unsigned long)now);
	return strcmp(have, text) == 0;
}

/* Until the list is another one. *s is read anew: it may have been closed. */
static enum status
events_wait(struct exchange *x, struct store **s, const struct page_events *p,
    const char *have, int64_t wait_s)
{
	const int64_t until_ms = clock_steady_ms() + 1000 *
	    (wait_s > WAIT_MAX_S ? WAIT_MAX_S : wait_s);
	struct arena scratch = ARENA(0);
	bool had = true;
	enum status st = ST_OK;

	if (wait_s <= 0 || !viewer_begin_wait(x))
		return ST_OK;
	while (st == ST_OK && had && viewer_may_wait(x) &&
	    clock_steady_ms() < until_ms) {
		struct page_events now = *p;
		struct stored_event *events = NULL;

		st = events_list(x, *s, &scratch, &now, &events, &now.count);
		had = st == ST_OK && events_is_had(have, events_have(events,
		    now.count));
		arena_reset(&scratch);
		if (!had)
			break;
		viewer_pause(x);
		clock_nap_us(LOOK_MS * 1000);
		viewer_resume(x);
		st = viewer_reader(x, s);
	}
	viewer_end_wait(x);
	arena_free(&scratch);
	return st;
}

/* --- the page ------------------------------------------------------------- */

/* Of a source, as its sender needs it. */
static const char *
events_address(struct exchange *x, const char *source)
{
	const struct page_url *url = &x->config->url;
	struct bytes host;

	if (url->text != NULL || message_headers(&x->request.message, "host",
	    &host) != 1)
		return arena_cstr(x->arena, arena_printf(x->arena, "%s/%s",
		    url->text != NULL ? url->text : x->base, source));
	return arena_cstr(x->arena, arena_printf(x->arena, "%s://%.*s%s/%s",
	    origin_is_https(x) ? "https" : "http", (int)host.len, host.data,
	    x->base, source));
}

static void
events_choices(struct exchange *x, struct page_events *p)
{
	const struct config *c = x->config;
	const char **names = arena_array(x->arena, c->source_count + 1,
	    sizeof(*names));

	p->sources = names;
	for (size_t i = 0; names != NULL && i < c->source_count; i++)
		if (visitor_sees(&x->visitor, c->sources[i].name))
			names[p->source_count++] = c->sources[i].name;
	p->address = events_address(x, p->source_count > 0 ? names[0] :
	    "SOURCE");
}

static enum status
events_write(struct exchange *x, struct store *s, struct page_events *p,
    const struct stored_event *events, bool rows_alone)
{
	struct page_row *rows = arena_array(x->arena, p->count + 1,
	    sizeof(*rows));
	struct html h = page_html(x);

	if (rows == NULL)
		return arena_verdict(x->arena, ST_BUSY, &x->why);
	for (size_t i = 0; i < p->count; i++)
		rows[i].event = &events[i];
	events_read_rows(x, s, rows, p->count);
	p->rows = rows;
	if (rows_alone)
		page_events_rows(&h, p);
	else
		page_events_write(&h, p);
	return page_reply_html(x, 200, &h);
}

static void
events_message(const struct query *q, struct frame *f)
{
	static const struct answer_message messages[] = {
		{ "forgotten", "The event was forgotten.", FRAME_GOOD },
		{ "unerased", "The event was removed, but what is left of it "
		    "could not be overwritten. The log says why; cgihook "
		    "forget, with any number, tries again.", FRAME_BAD },
		{ "retried", "They wait again. The runner does them as soon "
		    "as it can.", FRAME_GOOD },
		{ "none", "None of them is dead any more: somebody was "
		    "faster, or they were removed.", FRAME_PLAIN },
		{ "asleep", "They wait again, but no runner could be started. "
		    "The log says why.", FRAME_BAD },
		{ "ran", "The runner was woken.", FRAME_GOOD },
		{ NULL, NULL, FRAME_PLAIN }
	};

	answer_message(q, messages, f);
}

enum status
answer_events(struct exchange *x)
{
	struct page_events p = { .frame = page_frame(x, FRAME_EVENTS,
	    "Events") };
	struct stored_event *events = NULL;
	struct store *s;
	struct query q;
	enum status st = answer_query(x, &q);
	const char *have = st == ST_OK ? query_get(&q, "have") : NULL;

	if (st == ST_OK)
		st = viewer_reader(x, &s);
	if (st != ST_OK)
		return st;
	answer_asked(&q, &p.asked);
	events_message(&q, &p.frame);
	if (have != NULL)
		st = events_wait(x, &s, &p, have, query_number(&q, "wait"));
	if (st != ST_OK)
		return st;
	st = events_list(x, s, x->arena, &p, &events, &p.count);
	if (st != ST_OK)
		return st;
	p.have = events_have(events, p.count);
	if (have != NULL && events_is_had(have, p.have)) {
		page_reply_bytes(x, "text/plain", BYTES(""));
		x->reply.http_status = 204;
		return ST_OK;
	}
	if (have == NULL)
		(void)answer_wake(x, false);
	events_choices(x, &p);
	p.empty = p.count == 0 && !page_asked_any(&p.asked) &&
	    p.asked.before == 0;
	return events_write(x, s, &p, events, have != NULL);
}
