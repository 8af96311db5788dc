/* log --csv: webhook, project, workflow, status, time. */
#include "log_csv.h"

#include <stdio.h>

#include "view_log.h"

/* So many are read at a time; and so much of the table is kept until it is
 * printed. */
enum { PAGE = 500, TEXT_MAX = 64 * 1024 * 1024 };

/* With its body, which may be large: one at a time. */
static enum status
log_csv_row(struct cli *c, int64_t id, struct csv *csv, struct reason *why)
{
	struct arena scratch = ARENA(0);
	struct stored_event e;
	struct view_log row;
	enum status st = store_get(c->store, id, STORE_DELIVERIES |
	    STORE_HEADERS | STORE_BODY, &scratch, &e, why);

	if (st == ST_OK) {
		view_log_of(c->config, &e, &scratch, &row);
		st = arena_verdict(&scratch, ST_OK, why);
	}
	if (st == ST_OK)
		view_log_csv(&row, csv);
	arena_free(&scratch);
	/* pruned since it was listed */
	return st == ST_UNKNOWN ? ST_OK : st;
}

static void
log_csv_print(struct buf *text)
{
	fwrite(text->data, 1, text->len, stdout);
	text->len = 0;
}

static enum status
log_csv_page(struct cli *c, struct store_filter *f, struct csv *csv,
    size_t *count, struct reason *why)
{
	struct stored_event *e;
	enum status st = store_list(c->store, f, &c->arena, &e, count, why);

	for (size_t i = 0; st == ST_OK && i < *count; i++) {
		st = log_csv_row(c, e[i].id, csv, why);
		f->before_id = e[i].id;
	}
	arena_reset(&c->arena);
	if (st == ST_OK && csv->out->failed)
		st = fail(why, ST_BUSY, "no memory");
	return st;
}

int
log_csv(struct cli *c, const struct store_filter *filter, char separator)
{
	struct store_filter f = *filter;
	struct buf text = BUF(TEXT_MAX);
	struct csv csv;
	struct reason why;
	size_t left = (size_t)f.limit, count = 0;
	int64_t from = 0;
	enum status st = ST_OK;

	csv_begin(&csv, &text, separator == '\0' ? ',' : separator);
	view_log_csv_heads(&csv);
	f.parts = 0;
	f.handler_from = &from;
	do {
		f.limit = left > PAGE ? PAGE : (int)left;
		if (c->store != NULL)
			st = log_csv_page(c, &f, &csv, &count, &why);
		if (st == ST_OK)
			log_csv_print(&text);
		left -= count;
		if (from > 0)
			f.before_id = from;
	} while (st == ST_OK && left > 0 &&
	    (from > 0 || count == (size_t)f.limit));
	buf_free(&text);
	return st == ST_OK ? CLI_DONE : cli_error(c, "%s", why.text);
}
