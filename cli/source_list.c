#include "source_list.h"

#include <string.h>

#include "clock.h"
#include "json_out.h"
#include "out.h"
#include "secret_words.h"
#include "table.h"

/* What is shown of one. */
struct listed {
	const struct source *source;
	const char *address;
	int64_t event_ms;		/* 0: there is none */
	struct secret_use use;
};

static const char *
listed_age(const struct listed *l, struct arena *a)
{
	int64_t age_ms = clock_wall_ms() - l->use.made_ms;

	if (l->source->secret_file_count == 0)
		return "none";
	if (l->use.made_ms == 0)
		return "-";
	if (age_ms < 1000)
		return "new";
	return secret_words_age(age_ms, a);
}

static enum status
listed_find_event(struct cli *c, struct listed *l, struct reason *why)
{
	const struct store_filter f = { .source = l->source->name,
		.limit = 1 };
	struct stored_event *events;
	size_t count = 0;
	enum status st = c->store == NULL ? ST_OK : store_list(c->store, &f,
	    &c->arena, &events, &count, why);

	if (st == ST_OK && count > 0)
		l->event_ms = events[0].received_ms;
	return st;
}

static int
listed_json(const struct cli *c, const struct listed *l, struct arena *a)
{
	struct cJSON *o = json_out_object();

	json_out_str(o, "source", l->source->name, a);
	json_out_str(o, "provider", l->source->provider->name, a);
	json_out_str(o, "address", l->address, a);
	json_out_time(o, "last_event", l->event_ms);
	json_out_time(o, "secret_made", l->use.made_ms);
	json_out_time(o, "secret_used", l->use.used_ms);
	json_out_time(o, "old_secret_until", l->use.until_ms);
	json_out_time(o, "old_secret_used", l->use.old_used_ms);
	return out_json(c, o);
}

static void
listed_add(struct table *t, const struct listed *l, struct arena *a)
{
	table_add_str(t, l->source->name);
	table_add_str(t, l->source->provider->name);
	table_add_str(t, secret_words_ago(l->event_ms, a));
	table_add_str(t, listed_age(l, a));
	table_add_str(t, l->use.old == NULL ? "" : secret_words_ago(
	    l->use.old_used_ms, a));
	table_add_str(t, l->address);
}

int
source_list(struct cli *c, const char *url)
{
	static const struct column columns[] = { { "SOURCE", 8 },
		{ "PROVIDER", 6 }, { "LAST EVENT", 0 }, { "SECRET'S AGE", 0 },
		{ "OLD ONE USED", 0 }, { "ADDRESS", 0 } };
	struct table t = TABLE(c, columns);
	struct counter *list;
	struct reason why;
	size_t count;

	if (cli_open_store(c, true) != CLI_DONE)
		return CLI_FAILED;
	if (url == NULL)
		url = c->config->url.text != NULL ? c->config->url.text : "";
	if (counters_list(c->config->state_dir, &c->arena, &list, &count,
	    &why) != ST_OK)
		return cli_error(c, "%s", why.text);
	for (size_t i = 0; i < c->config->source_count; i++) {
		const struct source *s = &c->config->sources[i];
		size_t len = strlen(url);
		struct listed l = { .source = s, .address = arena_printf(
		    &c->arena, "%.*s/%s", (int)(len > 0 && url[len - 1] == '/' ?
		    len - 1 : len), url, s->name).data,
		    .use = secret_use_look(s, list, count) };

		if (listed_find_event(c, &l, &why) != ST_OK)
			return cli_error(c, "%s", why.text);
		if (c->json && listed_json(c, &l, &c->arena) != CLI_DONE)
			return CLI_FAILED;
		listed_add(&t, &l, &c->arena);
	}
	return c->json ? CLI_DONE : table_print(&t, t.columns);
}
