/* The log of webhooks: webhook, project, workflow, status, time. */
#include "api.h"

#include "exchange.h"
#include "page_answer.h"
#include "page_reply.h"
#include "query.h"
#include "view_log.h"

enum { LOG_MAX = 64 * 1024 * 1024, ROW_BYTES = 4 * 1024 * 1024 };

/* Bodies are read one after the other: all of them may be large. What cannot be
 * read says no more than the event's row. */
static void
log_row(struct exchange *x, struct store *s, const struct stored_event *e,
    struct arena *scratch, struct view_log *out)
{
	struct stored_event whole = *e, read;

	if (store_get(s, e->id, STORE_DELIVERIES | STORE_HEADERS | STORE_BODY,
	    scratch, &read, NULL) == ST_OK)
		whole = read;
	else
		arena_reset(scratch);
	view_log_of(x->config, &whole, scratch, out);
}

enum status
api_log_json(struct exchange *x)
{
	struct arena scratch = ARENA(ROW_BYTES);
	struct cJSON *o, *list;
	struct view_log row;
	struct api_page p;
	struct store *s;
	bool refused;
	enum status st = api_list_events(x, NULL, STORE_DELIVERIES, &p,
	    &refused);

	if (st == ST_OK && !refused)
		st = viewer_reader(x, &s);
	if (st != ST_OK || refused)
		return st;
	o = json_out_object();
	list = json_out_in_list(o, "log");
	for (size_t i = 0; i < p.count; i++) {
		log_row(x, s, &p.events[i], &scratch, &row);
		json_out_add(list, view_log_json(&row, &scratch));
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	return api_reply(x, o);
}

static enum status
log_separator(struct exchange *x, char *out, bool *refused)
{
	const char *given;
	struct query q;
	enum status st = answer_query(x, &q);

	if (st != ST_OK)
		return st;
	given = query_get(&q, "sep");
	*out = given == NULL ? ',' : given[0];
	*refused = given != NULL && ((*out != ',' && *out != ';') ||
	    given[1] != '\0');
	return *refused ? api_refuse(x, 400, "sep is , or ;") : ST_OK;
}

enum status
api_log_csv(struct exchange *x)
{
	struct arena scratch = ARENA(ROW_BYTES);
	struct buf text = BUF(LOG_MAX);
	struct view_log row;
	struct api_page p;
	struct store *s;
	struct csv csv;
	char separator;
	bool refused;
	enum status st = log_separator(x, &separator, &refused);

	if (st == ST_OK && !refused)
		st = api_list_events(x, "sep", STORE_DELIVERIES, &p, &refused);
	if (st == ST_OK && !refused)
		st = viewer_reader(x, &s);
	if (st != ST_OK || refused)
		return st;
	csv_begin(&csv, &text, separator);
	view_log_csv_heads(&csv);
	for (size_t i = 0; i < p.count; i++) {
		log_row(x, s, &p.events[i], &scratch, &row);
		view_log_csv(&row, &csv);
		arena_reset(&scratch);
	}
	arena_free(&scratch);
	page_reply_bytes(x, "text/csv; charset=utf-8", buf_take(&text,
	    x->arena));
	page_add_header(x, "Content-Disposition: attachment; "
	    "filename=\"webhooks.csv\"");
	return x->reply.body.data != NULL ? ST_OK :
	    fail(&x->why, ST_BUSY, "no memory for the answer");
}
