#include "store_wire_ask.h"

#include <stddef.h>
#include <string.h>

#include "config_source.h"
#include "store_search.h"
#include "store_wire_row.h"

/* --- the structs ---------------------------------------------------------- */

/* "type" without its ROW_, of member m in struct s */
#define M(type, s, m) { ROW_##type, offsetof(struct s, m), 0, 0, NULL }
#define UP_TO(type, s, m, max) \
	{ ROW_##type, offsetof(struct s, m), 0, (max), NULL }
#define LIST(type, s, m, count, max, of) { ROW_##type, \
	offsetof(struct s, m), offsetof(struct s, count), (max), (of) }
#define IN_PLACE(s, m, of) { ROW_ROW, offsetof(struct s, m), 0, 0, (of) }
#define END { ROW_END, 0, 0, 0, NULL }

#define WORD(s, m) UP_TO(TEXT, s, m, WIRE_WORD_BYTES)
#define ASKED_TEXT(s, m) UP_TO(TEXT_OR_NULL, s, m, WIRE_TEXT_BYTES)

enum {
	DELIVERIES_MAX = 65536, ATTEMPTS_MAX = 1 << 20, NOTES_MAX = 1 << 20,
	SUMS_MAX = 1 << 20, SOURCES_MAX = 65536, PARTS_MAX = 63
};

static const struct wire_member attempt_members[] = {
	M(INT, stored_attempt, number),
	UP_TO(UNSIGNED, stored_attempt, result, ATTEMPT_INTERRUPTED),
	M(I64, stored_attempt, started_ms), M(I64, stored_attempt, ended_ms),
	M(INT, stored_attempt, exit_code), M(INT, stored_attempt, term_signal),
	M(I64, stored_attempt, output_total_bytes),
	UP_TO(BYTES, stored_attempt, output, WIRE_ANSWER_BYTES),
	UP_TO(TEXT, stored_attempt, note, WIRE_TEXT_BYTES), END
};
static const struct wire_row attempt_row = { sizeof(struct stored_attempt),
	attempt_members };

static const struct wire_member condition_members[] = {
	UP_TO(TEXT_OR_NULL, stored_filter, condition, WIRE_TEXT_BYTES),
	UP_TO(UNSIGNED, stored_filter, met, FILTER_LEFT_OUT),
	UP_TO(BYTES, stored_filter, value, FILTER_VALUE_MAX),
	M(I64, stored_filter, value_total_bytes), END
};
static const struct wire_row condition_row = { sizeof(struct stored_filter),
	condition_members };

static const struct wire_member delivery_members[] = {
	M(I64, stored_delivery, id), M(I64, stored_delivery, event_id),
	UP_TO(TEXT, stored_delivery, path, WIRE_TEXT_BYTES),
	UP_TO(TEXT, stored_delivery, handler, WIRE_TEXT_BYTES),
	UP_TO(UNSIGNED, stored_delivery, state, DELIVERY_FILTERED),
	M(INT, stored_delivery, attempts), M(I64, stored_delivery, due_ms),
	M(I64, stored_delivery, began_ms), M(I64, stored_delivery, ended_ms),
	M(I64, stored_delivery, claim),
	IN_PLACE(stored_delivery, filter, &condition_row),
	LIST(ROWS, stored_delivery, history, history_count, ATTEMPTS_MAX,
	    &attempt_row), END
};
static const struct wire_row delivery_row = { sizeof(struct stored_delivery),
	delivery_members };

static const struct wire_member again_members[] = {
	M(I64, stored_retry, at_ms), WORD(stored_retry, what),
	UP_TO(TEXT, stored_retry, who, WIRE_TEXT_BYTES),
	UP_TO(TEXT, stored_retry, remote_addr, WIRE_TEXT_BYTES), END
};
static const struct wire_row again_row = { sizeof(struct stored_retry),
	again_members };

#define ABOUT(m) UP_TO(BYTES, stored_about, m, STORE_ABOUT_MAX)
static const struct wire_member about_members[] = {
	ABOUT(project), ABOUT(branch), ABOUT(title), ABOUT(author),
	ABOUT(commit), END
};
static const struct wire_row about_row = { sizeof(struct stored_about),
	about_members };

static const struct wire_member event_members[] = {
	M(I64, stored_event, id), M(I64, stored_event, received_ms),
	UP_TO(UNSIGNED, stored_event, state, EVENT_IGNORED),
	WORD(stored_event, source), WORD(stored_event, provider),
	WORD(stored_event, event), WORD(stored_event, action),
	WORD(stored_event, status),
	UP_TO(UNSIGNED, stored_event, result, RESULT_OTHER),
	UP_TO(TEXT, stored_event, subject, WIRE_TEXT_BYTES),
	WORD(stored_event, remote_addr),
	M(BOOL, stored_event, stripped),
	UP_TO(BYTES, stored_event, headers, WIRE_ANSWER_BYTES),
	UP_TO(BYTES, stored_event, body, WIRE_ANSWER_BYTES),
	LIST(ROWS, stored_event, deliveries, delivery_count, DELIVERIES_MAX,
	    &delivery_row),
	LIST(ROWS, stored_event, retries, retry_count, NOTES_MAX,
	    &again_row),
	{ ROW_POINTER, offsetof(struct stored_event, about), 0, 0,
	    &about_row }, END
};
static const struct wire_row event_row = { sizeof(struct stored_event),
	event_members };

static const struct wire_member filter_members[] = {
	ASKED_TEXT(store_filter, source), ASKED_TEXT(store_filter, event),
	ASKED_TEXT(store_filter, status),
	LIST(TEXTS_OR_NULL, store_filter, sources, source_count, SOURCES_MAX,
	    NULL),
	ASKED_TEXT(store_filter, state), ASKED_TEXT(store_filter, handler),
	ASKED_TEXT(store_filter, search),
	M(I64, store_filter, since_ms), M(I64, store_filter, until_ms),
	M(I64, store_filter, before_id), M(I64, store_filter, after_id),
	M(INT, store_filter, limit),
	UP_TO(UNSIGNED, store_filter, parts, PARTS_MAX), END
};
static const struct wire_row filter_row = { sizeof(struct store_filter),
	filter_members };

static const struct wire_member stats_members[] = {
	M(I64, store_stats, events), M(I64, store_stats, queued),
	M(I64, store_stats, ignored), M(I64, store_stats, waiting),
	M(I64, store_stats, running), M(I64, store_stats, done),
	M(I64, store_stats, failed), M(I64, store_stats, dead),
	M(I64, store_stats, filtered), M(I64, store_stats, oldest_ms),
	M(I64, store_stats, newest_ms), M(I64, store_stats, keys),
	M(I64, store_stats, file_bytes), M(I64, store_stats, free_bytes),
	M(BOOL, store_stats, in_doubt), END
};
static const struct wire_row stats_row = { sizeof(struct store_stats),
	stats_members };

static const struct wire_member last_members[] = {
	WORD(store_last, source), M(I64, store_last, received_ms), END
};
static const struct wire_row last_row = { sizeof(struct store_last),
	last_members };

static const struct wire_member sum_members[] = {
	WORD(store_sum, source),
	UP_TO(TEXT, store_sum, handler, WIRE_TEXT_BYTES),
	UP_TO(UNSIGNED, store_sum, result, ATTEMPT_INTERRUPTED),
	M(I64, store_sum, count), M(I64, store_sum, ms_total),
	UP_TO(I64S, store_sum, buckets, STORE_BUCKETS), END
};
static const struct wire_row sum_row = { sizeof(struct store_sum),
	sum_members };

static const struct wire_member hour_members[] = {
	M(I64, store_hour, hour), IN_PLACE(store_hour, sum, &sum_row), END
};
static const struct wire_row hour_row = { sizeof(struct store_hour),
	hour_members };

/* --- asked and told ------------------------------------------------------- */

static const struct wire_member nothing[] = { END };

static const struct wire_member get_asked[] = {
	M(I64, store_get, id), UP_TO(UNSIGNED, store_get, parts, PARTS_MAX),
	ASKED_TEXT(store_get, path), END
};
static const struct wire_member get_told[] = {
	IN_PLACE(store_get, event, &event_row), END
};

static const struct wire_member events_asked[] = {
	IN_PLACE(wire_events, filter, &filter_row), END
};
static const struct wire_member events_told[] = {
	M(I64, wire_events, handler_from),
	LIST(ROWS, wire_events, events, count, WIRE_EVENTS_MAX, &event_row),
	END
};

static const struct wire_member retry_asked[] = {
	UP_TO(UNSIGNED, store_retry, what, STORE_AGAIN_FILTERED),
	ASKED_TEXT(store_retry, handler), WORD(store_retry, who),
	M(BOOL, store_retry, force),
	LIST(NUMBERS, store_retry, events, count, WIRE_RETRIES_MAX, NULL), END
};
static const struct wire_member retry_told[] = {
	UP_TO(SIZE, store_retry, found, WIRE_RETRIES_MAX),
	UP_TO(SIZE, store_retry, stripped, WIRE_RETRIES_MAX),
	M(I64, store_retry, deliveries), M(I64, store_retry, filtered),
	M(I64, store_retry, requeued), END
};

static const struct wire_member measures_told[] = {
	IN_PLACE(store_measures, stats, &stats_row),
	M(I64, store_measures, waiting_since_ms),
	M(BOOL, store_measures, runner),
	LIST(ROWS, store_measures, lasts, last_count, SOURCES_MAX, &last_row),
	M(BOOL, store_measures, has_sums),
	LIST(ROWS, store_measures, sums, sum_count, SUMS_MAX, &sum_row), END
};

static const struct wire_member hours_asked[] = {
	M(I64, store_hours, from), M(I64, store_hours, step), END
};
static const struct wire_member hours_told[] = {
	LIST(ROWS, store_hours, rows, count, SUMS_MAX, &hour_row), END
};

static const struct wire_member checked_told[] = {
	M(I64, store_checked, at_ms),
	UP_TO(TEXT, store_checked, findings, WIRE_ANSWER_BYTES), END
};

static const struct wire_member session_named[] = {
	UP_TO(UNSIGNED, store_session, kind, STORE_TICKET),
	UP_TO(FIXED, store_session, digest, SHA256_LEN), END
};
static const struct wire_member session_whole[] = {
	UP_TO(UNSIGNED, store_session, kind, STORE_TICKET),
	UP_TO(FIXED, store_session, digest, SHA256_LEN),
	UP_TO(FIXED, store_session, binding, SHA256_LEN),
	WORD(store_session, token), M(I64, store_session, began_ms),
	M(I64, store_session, until_ms), END
};

static const struct wire_member note_asked[] = {
	M(I64, store_note, at_ms), WORD(store_note, who),
	WORD(store_note, what), M(I64, store_note, event_id),
	UP_TO(BYTES, store_note, detail, WIRE_DETAIL_BYTES), END
};

static const struct {
	struct wire_row asked, told;
} asks[WIRE_ASKS] = {
#define ASK(s, asked, told) \
	{ { sizeof(struct s), asked }, { sizeof(struct s), told } }
	[ASK_EVENT] = ASK(store_get, get_asked, get_told),
	[ASK_EVENTS] = ASK(wire_events, events_asked, events_told),
	[ASK_RETRY] = ASK(store_retry, retry_asked, retry_told),
	[ASK_STATS] = ASK(store_stats, nothing, stats_members),
	[ASK_MEASURES] = ASK(store_measures, nothing, measures_told),
	[ASK_HOURS] = ASK(store_hours, hours_asked, hours_told),
	[ASK_CHECKED] = ASK(store_checked, nothing, checked_told),
	[ASK_SESSION_ADD] = ASK(store_session, session_whole, nothing),
	[ASK_SESSION_FIND] = ASK(store_session, session_named, session_whole),
	[ASK_SESSION_TAKE] = ASK(store_session, session_named, session_whole),
	[ASK_NOTE] = ASK(store_note, note_asked, nothing),
#undef ASK
};

/* --- asking --------------------------------------------------------------- */

void
wire_put_ask(struct buf *b, enum wire_ask what, const void *asked)
{
	const size_t begin = atom_begin(b, WIRE_ASK);

	atom_put_u8(b, what);
	row_put(b, &asks[what].asked, asked);
	atom_end(b, begin);
}

/* "token:team", "user:alice": the other names are those of this machine's users
 * and of senders. */
static bool
ask_is_visitor(const char *who)
{
	struct bytes name = bytes_of(who), kind;

	return bytes_cut(&name, ':', &kind) && (bytes_is(kind, "token") ||
	    bytes_is(kind, "user")) && source_name_valid(name);
}

static bool
ask_session_is_sound(const struct store_session *s, int64_t now_ms)
{
	const int64_t max_ms = s->kind == STORE_SESSION ?
	    STORE_SESSION_MAX_MS : STORE_TICKET_MAX_MS;

	return source_name_valid(bytes_of(s->token)) &&
	    s->began_ms <= s->until_ms && s->until_ms <= now_ms + max_ms;
}

/* What the tables cannot say. */
static bool
ask_is_sound(enum wire_ask what, const union wire_asked *x, int64_t now_ms)
{
	switch (what) {
	case ASK_EVENTS:
		return x->events.filter.limit >= 1 &&
		    x->events.filter.limit <= WIRE_EVENTS_MAX &&
		    (x->events.filter.parts &
		    (STORE_HEADERS | STORE_BODY)) == 0;
	case ASK_RETRY:
		return ask_is_visitor(x->retry.who) && (x->retry.what !=
		    STORE_AGAIN_HANDLER || x->retry.handler != NULL);
	case ASK_HOURS:
		return x->hours.step >= 1;
	case ASK_SESSION_ADD:
		return ask_session_is_sound(&x->session, now_ms);
	case ASK_NOTE:
		return ask_is_visitor(x->note.who) &&
		    event_word_valid(bytes_of(x->note.what));
	case ASK_EVENT:
	case ASK_STATS:
	case ASK_MEASURES:
	case ASK_CHECKED:
	case ASK_SESSION_FIND:
	case ASK_SESSION_TAKE:
	case WIRE_ASKS:
		break;
	}
	return true;
}

enum status
wire_read_ask(struct bytes message, int64_t now_ms, struct arena *a,
    enum wire_ask *what, union wire_asked *out, struct reason *why)
{
	struct atom_reader r = { .rest = message };

	memset(out, 0, sizeof(*out));
	*what = (enum wire_ask)atom_u8(&r, WIRE_ASKS - 1);
	row_read(&r, &asks[*what].asked, a, out);
	if (!atom_is_over(&r) || !ask_is_sound(*what, out, now_ms))
		return arena_verdict(a, fail(why, ST_MALFORMED, "what a "
		    "responder sent asks for nothing"), why);
	return arena_verdict(a, ST_OK, why);
}

enum role
wire_ask_role(enum wire_ask what)
{
	return what == ASK_RETRY ? ROLE_OPERATE : ROLE_VIEW;
}

/* --- answering ------------------------------------------------------------ */

static void
ask_put_answer(struct buf *b, enum wire_ask what, enum status st,
    const struct reason *why, const void *told)
{
	const size_t begin = atom_begin(b, WIRE_TOLD);

	atom_put_verdict(b, st, why);
	if (st == ST_OK)
		row_put(b, &asks[what].told, told);
	atom_end(b, begin);
}

void
wire_put_told(struct buf *b, enum wire_ask what, enum status st,
    const struct reason *why, const void *told)
{
	const size_t begin = b->len;
	struct reason too_long;

	ask_put_answer(b, what, st, why, told);
	if (!b->failed || b->no_memory)
		return;
	b->failed = false;
	b->len = begin;
	ask_put_answer(b, what, fail(&too_long, ST_BUSY, "the answer is longer "
	    "than an agent tells at once"), &too_long, NULL);
}

enum status
wire_read_told(struct bytes message, enum wire_ask what, struct arena *a,
    void *told, struct reason *why)
{
	struct atom_reader r = { .rest = message };
	union wire_asked x;
	const size_t size = asks[what].told.size;
	enum status st = atom_verdict(&r, why);

	memcpy(&x, told, size);
	if (st == ST_OK)
		row_read(&r, &asks[what].told, a, &x);
	if (!atom_is_over(&r))
		return arena_verdict(a, fail(why, ST_SYSTEM, "the agent "
		    "answered what is no answer"), why);
	if (st == ST_OK)
		st = arena_verdict(a, st, why);
	if (st == ST_OK)
		memcpy(told, &x, size);
	return st;
}
