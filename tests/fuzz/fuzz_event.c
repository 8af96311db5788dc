/*
 * Whatever the body is, of whichever provider (the first byte says), and
 * whatever the header that names the event (the first line, if the first byte
 * says so): an event's words are fit for a path, no field and no variable is
 * there and empty, the same body is the same event, and what the runner decodes
 * of what is kept is what the responder decoded.
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;
	struct arena a = ARENA(256 << 20);
	struct bytes rest = { (const char *)data, size };
	struct http_header header;
	struct message m = { .headers = &header };
	struct source s = { .name = "s", .keep_ms = INT64_MAX };
	struct proof proof = { .identity = BYTES("k") };
	struct event e, again;

	if (size == 0)
		return 0;
	while (provider_list()[count] != NULL)
		count++;
	s.provider = provider_list()[data[0] % count];
	m.header_count = data[0] / count % 2;
	rest = bytes_from(rest, 1);
	header.name = bytes_of(event_header(s.provider));
	if (m.header_count > 0)
		bytes_cut(&rest, '\n', &header.value);
	m.body = rest;
	if (event_decode(&s, &m, &proof, &a, &e, NULL) == ST_OK) {
		check_event(&e, &a);
		MUST(e.has_dedupe);
		MUST(event_decode(&s, &m, &proof, &a, &again, NULL) == ST_OK);
		MUST(memcmp(e.dedupe, again.dedupe, DEDUPE_LEN) == 0);
		check_stored(&s, &m, &e, &a);
	}
	arena_free(&a);
	return 0;
}
