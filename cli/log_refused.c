#include "log_refused.h"

#include <string.h>

#include "clock.h"
#include "out.h"
#include "refused.h"
#include "table.h"
#include "view_refused.h"
#include "view_text.h"

static bool
log_refused_fits(const struct refused *r, const struct store_filter *f)
{
	return (f->source == NULL || strcmp(f->source, r->source) == 0) &&
	    r->message.received_ms >= f->since_ms;
}

static void
log_refused_add_row(struct cli *c, struct table *t, const struct refused *r)
{
	char received[25];

	view_time(r->message.received_ms, received);
	table_add(t, arena_printf(&c->arena, "r%lld", (long long)r->number));
	table_add_str(t, received);
	table_add_str(t, r->source);
	table_add(t, r->message.remote_addr);
	table_add_str(t, r->why);
}

int
log_refused(struct cli *c, const struct store_filter *f)
{
	static const char *const heads[] = { "ID", "RECEIVED", "SOURCE",
		"FROM", "WHY" };
	struct table t = TABLE(c, heads);
	struct refused *r;
	struct reason why;
	size_t count;
	int left = f->limit, code = CLI_DONE;

	if (refused_list(c->config->state_dir, &c->arena, &r, &count, &why) !=
	    ST_OK)
		return cli_error(c, "%s", why.text);
	for (size_t i = 0; i < count && left > 0 && code == CLI_DONE; i++) {
		if (!log_refused_fits(&r[i], f))
			continue;
		if (c->json)
			code = out_json(c, view_refused_json(&r[i], &c->arena));
		else
			log_refused_add_row(c, &t, &r[i]);
		left--;
	}
	if (c->json || code != CLI_DONE)
		return code;
	if (left < f->limit)
		code = table_print(&t, sizeof(heads) / sizeof(heads[0]));
	if (c->terminal)
		puts(left == f->limit ? "no refused request is kept" :
		    "\ncgihook explain ID says why; cgihook retry ID accepts "
		    "it once the cause is corrected");
	return code;
}

void
log_refused_hint(struct cli *c)
{
	static const int64_t day_ms = 86400000;
	struct store_filter day = { .since_ms = clock_wall_ms() - day_ms };
	struct refused *r;
	size_t count, fresh = 0;

	if (refused_list(c->config->state_dir, &c->arena, &r, &count, NULL) !=
	    ST_OK)
		return;
	for (size_t i = 0; i < count; i++)
		fresh += log_refused_fits(&r[i], &day);
	if (fresh > 0)
		out_style(c, OUT_FAINT, "\n%zu request%s refused within a day: "
		    "cgihook log --state refused\n", fresh,
		    fresh == 1 ? " was" : "s were");
}
