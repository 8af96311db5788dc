/*
 * Whatever the body is, of whichever provider, and whatever the header that
 * names the event (the first line has both): an event's words are fit for a
 * path, no field and no variable is there and empty, the same body is the same
 * event, and what the runner decodes of what is kept is what the responder
 * decoded.
 */
#include <string.h>

#include "event.h"
#include "field.h"
#include "fuzz.h"
#include "kept.h"

static void
check_field(struct bytes b)
{
	MUST(b.data == NULL ? b.len == 0 : b.len > 0);
}

static void
check_word(struct bytes b)
{
	MUST(b.data == NULL || event_word_valid(b));
}

static void
check_event(const struct event *e, struct arena *a)
{
	const struct bytes fields[] = { e->subject, e->project, e->branch,
	    e->tag, e->commit, e->title, e->author, e->name, e->number,
	    e->url };
	const struct env_rule *rule;

	MUST(event_word_valid(e->event));
	check_word(e->action);
	check_word(e->status);
	MUST((e->status.data == NULL) == (result_name(e->result) == NULL));
	MUST(!e->completed || e->status.data != NULL);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		check_field(fields[i]);
	MUST(memchr(e->title.data == NULL ? "" : e->title.data, '\n',
	    e->title.len) == NULL);
	for (rule = provider_find(e->provider)->env; rule->name != NULL; rule++)
		check_field(rule->derive != NULL ?
		    rule->derive(e, rule->name, a) :
		    field_text(&e->doc, rule->paths, a));
}

/* What the runner decodes: the body, and the headers that are kept. */
static void
check_stored(const struct source *s, const struct message *m,
    const struct event *e, struct arena *a)
{
	struct message kept = { .body = m->body };
	struct event stored;

	MUST(message_read_headers(kept_headers(provider_headers(s), m,
	    e->named_by, a), a, &kept) == ST_OK);
	MUST(event_decode(s, &kept, NULL, a, &stored, NULL) == ST_OK);
	MUST(!stored.has_dedupe);
	MUST(bytes_equal(e->event, stored.event) &&
	    bytes_equal(e->action, stored.action) &&
	    bytes_equal(e->status, stored.status) &&
	    bytes_equal(e->subject, stored.subject));
}

/* The last in the table: the one that names the event. */
static const char *
event_header(const struct provider *p)
{
	const struct header_rule *r = p->headers;

	while (r[1].name != NULL)
		r++;
	return r->name;
}

/* By its name, so that an input means the same whatever rows there are; a name
 * that is none is any. */
static const struct provider *
provider_named(struct bytes name)
{
	const struct provider *const *list = provider_list();
	size_t count = 0;

	for (; list[count] != NULL; count++)
		if (bytes_is(name, list[count]->name))
			return list[count];
	return list[name.len % count];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(256 << 20);
	struct bytes line, name, rest = { (const char *)data, size };
	struct http_header header;
	struct message m = { .headers = &header };
	struct source s = { .name = "s", .keep_ms = INT64_MAX };
	struct proof proof = { .identity = BYTES("k") };
	struct event e, again;

	bytes_cut(&rest, '\n', &line);
	m.header_count = bytes_cut(&line, ' ', &name);
	s.provider = provider_named(name);
	header = (struct http_header){ bytes_of(event_header(s.provider)),
		line };
	m.body = rest.data == NULL ? BYTES("") : rest;
	if (event_decode(&s, &m, &proof, &a, &e, NULL) == ST_OK) {
		check_event(&e, &a);
		MUST(event_decode(&s, &m, &proof, &a, &again, NULL) == ST_OK);
		MUST(e.has_dedupe == again.has_dedupe);
		MUST(!e.has_dedupe || memcmp(e.dedupe, again.dedupe,
		    DEDUPE_LEN) == 0);
		check_stored(&s, &m, &e, &a);
	}
	arena_free(&a);
	return 0;
}
