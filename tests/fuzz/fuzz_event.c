/*
 * Whatever the body is, of whichever provider (the first byte says): an event's
 * words are fit for a path, no field and no variable is there and empty, the
 * same body is the same event, and the store's way of decoding agrees with the
 * responder's.
 */
#include <string.h>

#include "event.h"
#include "field.h"
#include "fuzz.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;
	struct arena a = ARENA(256 << 20);
	struct bytes body;
	struct http_header header = { BYTES("x-drone-event"), BYTES("build") };
	struct message m = { .headers = &header };
	struct source s = { .name = "s", .keep_ms = INT64_MAX };
	struct proof proof = { .identity = BYTES("k") };
	struct event e, again, stored;

	if (size == 0)
		return 0;
	while (provider_list()[count] != NULL)
		count++;
	s.provider = provider_list()[data[0] % count];
	m.header_count = data[0] / count % 2;
	body = (struct bytes){ (const char *)data + 1, size - 1 };
	m.body = body;
	if (event_decode(&s, &m, &proof, &a, &e, NULL) == ST_OK) {
		check_event(&e, &a);
		MUST(e.has_dedupe);
		MUST(event_decode(&s, &m, &proof, &a, &again, NULL) == ST_OK);
		MUST(memcmp(e.dedupe, again.dedupe, DEDUPE_LEN) == 0);
		MUST(event_decode(&s, &m, NULL, &a, &stored, NULL) == ST_OK);
		MUST(!stored.has_dedupe);
		MUST(bytes_equal(e.event, stored.event) &&
		    bytes_equal(e.status, stored.status) &&
		    bytes_equal(e.subject, stored.subject));
	}
	arena_free(&a);
	return 0;
}
