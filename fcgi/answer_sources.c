/* The sources: what to give to each sender, and a secret that is not in use. */
#include <string.h>

#include "clock.h"
#include "config_source.h"
#include "exchange.h"
#include "file.h"
#include "origin.h"
#include "page_answer.h"
#include "page_reply.h"
#include "page_sources.h"
#include "query.h"
#include "store_access.h"

#define PROBE "public"

/* --- what is known -------------------------------------------------------- */

static const char *
sources_address(const struct exchange *x, const struct source *s)
{
	const char *url = x->config->url.text;

	if (url != NULL)
		return arena_printf(x->arena, "%s/%s", url, s->name).data;
	return arena_printf(x->arena, "%s://%s%s/%s", origin_is_https(x) ?
	    "https" : "http", origin_variable(x, "HTTP_HOST"), x->base,
	    s->name).data;
}

/* Where the configuration is in a folder beside the script, that folder may be
 * one that the web server shows, or whose files it runs: the picture of that
 * name would then be seen, .svg or .cgi. */
static const char *
sources_probe(const struct exchange *x)
{
	const struct bytes script = path_dir(bytes_of(origin_variable(x,
	    "SCRIPT_FILENAME")));
	const struct bytes own = path_dir(bytes_of(x->config->path));
	struct bytes base = bytes_of(x->base);

	if (own.len <= script.len + 1 || script.len < 2 ||
	    memcmp(own.data, script.data, script.len) != 0 ||
	    own.data[script.len] != '/')
		return NULL;
	while (base.len > 0 && base.data[base.len - 1] != '/')
		base.len--;
	return arena_printf(x->arena, "%.*s%.*s/" PROBE, (int)base.len,
	    base.data, (int)(own.len - script.len - 1),
	    own.data + script.len + 1).data;
}

/* Until a request has shown that the sender has it. Where there is an old one,
 * too, events may have come by that. */
static bool
sources_is_fresh(const struct page_source *s)
{
	return s->source->secret_count > 0 && s->use.used_ms == 0 &&
	    s->use.made_ms != 0 && (s->source->secret_count > 1 ||
	    s->event_ms < s->use.made_ms);
}

static enum status
sources_look(struct exchange *x, struct page_sources *p, struct reason *why)
{
	const struct config *c = x->config;
	struct page_source *rows = arena_array(x->arena, c->source_count + 1,
	    sizeof(*rows));
	struct counter *list;
	struct store *store;
	size_t count, n;
	enum status st = counters_list(c->state_dir, x->arena, &list, &count,
	    why);

	if (st == ST_OK)
		st = viewer_reader(x, &store);
	for (size_t i = 0; rows != NULL && st == ST_OK && i < c->source_count;
	    i++) {
		const struct store_filter f = { .source = c->sources[i].name,
			.limit = 1 };
		struct page_source *s = &rows[p->count];
		struct stored_event *events;

		if (!visitor_sees(&x->visitor, c->sources[i].name))
			continue;
		*s = (struct page_source){ .source = &c->sources[i],
			.address = sources_address(x, &c->sources[i]),
			.use = secret_use_look(&c->sources[i], list, count) };
		st = store_list(store, &f, x->arena, &events, &n, why);
		s->event_ms = st == ST_OK && n > 0 ? events[0].received_ms : 0;
		s->fresh = sources_is_fresh(s);
		p->count++;
	}
	p->rows = rows;
	return st;
}

static enum status
sources_begin(struct exchange *x, struct page_sources *p)
{
	p->frame = page_frame(x, FRAME_SOURCES, "Sources");
	p->config = x->config;
	p->probe = sources_probe(x);
	return sources_look(x, p, &x->why);
}

/* --- the pages ------------------------------------------------------------ */

enum status
answer_sources(struct exchange *x)
{
	struct page_sources p = { .count = 0 };
	struct html h = page_html(x);
	struct query q;
	const char *name, *provider;
	enum status st = answer_query(x, &q);

	if (st == ST_OK)
		st = sources_begin(x, &p);
	if (st != ST_OK)
		return st;
	name = query_get(&q, "name");
	provider = query_get(&q, "provider");
	if (name != NULL && source_name_valid(bytes_of(name)) &&
	    config_source(x->config, bytes_of(name)) == NULL) {
		p.name = name;
		p.provider = provider == NULL ? NULL : provider_find(provider);
	} else if (name != NULL) {
		p.frame.message = "A name is of a-z, 0-9, - and _, and no "
		    "other source has it.";
		p.frame.tone = FRAME_BAD;
	}
	page_sources_write(&h, &p);
	return page_reply_html(x, 200, &h);
}

static enum status
sources_note(struct exchange *x, const struct source *s)
{
	const struct store_note note = { .at_ms = clock_wall_ms(),
		.who = visitor_who(&x->visitor, x->arena),
		.what = "show-secret", .detail = bytes_of(s->name) };
	struct store *store;
	enum status st = viewer_writer(x, &store);

	return st == ST_OK ? store_audit_add(store, &note, &x->why) : st;
}

enum status
answer_source_secret(struct exchange *x)
{
	const struct bytes name = bytes_from(x->request.path_info,
	    strlen("/-/sources/"));
	struct page_sources p = { .count = 0 };
	struct html h = page_html(x);
	enum status st = sources_begin(x, &p);

	for (size_t i = 0; st == ST_OK && i < p.count; i++)
		if (bytes_is(name, p.rows[i].source->name))
			p.shown = &p.rows[i];
	if (st == ST_OK && p.shown == NULL)
		return fail(&x->why, ST_UNKNOWN, "there is no such source");
	if (st == ST_OK && !p.shown->fresh) {
		p.shown = NULL;
		p.frame.message = "Its secret is in use, and is not shown any "
		    "more. If it is lost, make a new one.";
		p.frame.tone = FRAME_BAD;
	} else if (st == ST_OK) {
		st = sources_note(x, p.shown->source);
	}
	if (st != ST_OK)
		return st;
	page_sources_write(&h, &p);
	return page_reply_html(x, 200, &h);
}
