#include "log_audit.h"

#include "json_out.h"
#include "out.h"
#include "store_access.h"
#include "table.h"
#include "view_text.h"

static int
audit_print_json(struct cli *c, const struct store_note *n)
{
	struct cJSON *o = json_out_object();

	json_out_time(o, "at", n->at_ms);
	json_out_str(o, "who", n->who, &c->arena);
	json_out_str(o, "what", n->what, &c->arena);
	if (n->event_id != 0)
		json_out_int(o, "event", n->event_id);
	json_out_bytes(o, "detail", n->detail, &c->arena);
	return out_json(c, o);
}

static void
audit_add_row(struct cli *c, struct table *t, const struct store_note *n)
{
	char at[25];

	view_time(n->at_ms, at);
	table_add_str(t, at);
	table_add_str(t, n->who);
	table_add_str(t, n->what);
	table_add(t, n->event_id == 0 ? BYTES_NONE : arena_printf(&c->arena,
	    "%lld", (long long)n->event_id));
	table_add(t, n->detail);
}

/* One part, whose memory is freed before the next. */
static int
audit_print_some(struct cli *c, struct store_notes *n)
{
	static const struct column columns[] = { { "AT", 0 }, { "WHO", 8 },
		{ "WHAT", 0 }, { "EVENT", 0 }, { "DETAIL", 9 } };
	struct table t = TABLE(c, columns);
	struct reason why;
	int code = CLI_DONE;

	if (store_audit_list(c->store, n, &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	for (size_t i = 0; i < n->count && code == CLI_DONE; i++) {
		if (c->json)
			code = audit_print_json(c, &n->notes[i]);
		else
			audit_add_row(c, &t, &n->notes[i]);
		n->before_id = n->notes[i].id;
	}
	if (code == CLI_DONE && !c->json && n->count > 0)
		code = table_print(&t, t.columns);
	arena_reset(&c->arena);
	return code;
}

int
log_audit(struct cli *c, int64_t since_ms, int limit)
{
	struct store_notes n = { .since_ms = since_ms, .arena = &c->arena };
	int left = limit, code = CLI_DONE;

	do {
		n.limit = left > STORE_NOTES_MAX ? STORE_NOTES_MAX : left;
		code = audit_print_some(c, &n);
		if (code == CLI_DONE && n.count == 0 && left == limit &&
		    c->terminal && !c->json)
			puts("nobody has done anything");
		left -= (int)n.count;
	} while (code == CLI_DONE && left > 0 && n.count == (size_t)n.limit);
	return code;
}
