/* What the providers' tests share: reading tests/vectors, sources with a
 * secret, signing. Paths are relative to the top of the tree. */
#ifndef CGIHOOK_TEST_VECTORS_H
#define CGIHOOK_TEST_VECTORS_H

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "codec.h"
#include "crypto.h"
#include "date.h"
#include "event.h"
#include "field.h"
#include "file.h"
#include "json.h"
#include "kept.h"
#include "message.h"
#include "provider.h"
#include "testing.h"

#define CAPTURE_SECRET "bea26a2221fd8090ea38720fc445eca6"
/* a little behind the dates of tests/vectors/drone */
#define CAPTURE_TIME "Sun, 22 Nov 2026 04:38:00 GMT"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static inline struct bytes
vector_read(struct arena *a, const char *path)
{
	struct bytes text = BYTES_NONE;
	struct reason why = { "" };

	if (file_read(path, 16 << 20, a, &text, NULL, &why) != ST_OK)
		fail_msg("%s: %s", path, why.text);
	return text;
}

static inline void
vector_json(struct arena *a, const char *path, struct json_doc *doc)
{
	struct reason why = { "" };

	if (json_parse(vector_read(a, path), a, doc, &why) != ST_OK)
		fail_msg("%s: %s", path, why.text);
}

static inline int64_t
vector_time(const char *http_date)
{
	int64_t ms = 0;

	assert_true(date_parse_http(bytes_of(http_date), 0, &ms));
	return ms;
}

/* Headers as they stand on the wire, and a body. */
static inline void
vector_message(struct arena *a, struct bytes headers, struct bytes body,
    struct message *m)
{
	memset(m, 0, sizeof(*m));
	m->method = BYTES("POST");
	m->target = BYTES("/hooks/drone");
	m->received_ms = vector_time(CAPTURE_TIME);
	m->body = body;
	assert_int_equal(message_read_headers(headers, a, m), ST_OK);
}

/* What the request line has behind a '?'; absent where it has none. */
static inline struct bytes
vector_query(struct bytes line)
{
	struct bytes target;

	bytes_cut(&line, ' ', &target);
	bytes_cut(&line, ' ', &target);
	return bytes_cut(&target, '?', &line) ? target : BYTES_NONE;
}

/* A whole captured request. */
static inline void
vector_http(struct arena *a, const char *path, struct message *m)
{
	struct bytes text = vector_read(a, path), line, first, rest = text;
	size_t start;

	bytes_cut(&rest, '\n', &first);
	start = (size_t)(rest.data - text.data);
	do {
		assert_true(bytes_cut(&rest, '\n', &line));
	} while (line.len > 1);
	vector_message(a, (struct bytes){ text.data + start,
	    (size_t)(line.data - text.data) - start }, rest, m);
	m->query = vector_query(first);
}

/* A source whose secrets are a NULL-ended list of C strings. */
struct vector_source {
	struct secret secrets[4];
	struct source source;
};

static inline const struct source *
vector_source(struct vector_source *v, const char *provider,
    const char *const *secrets)
{
	memset(v, 0, sizeof(*v));
	v->source.name = provider;
	v->source.provider = provider_find(provider);
	assert_non_null(v->source.provider);
	v->source.secrets = v->secrets;
	v->source.max_age_ms = 5 * 60 * 1000;
	v->source.keep_ms = 30 * DAY_MS;
	while (secrets != NULL && *secrets != NULL) {
		size_t i = v->source.secret_count++;

		v->secrets[i].data = (unsigned char *)*secrets;
		v->secrets[i].len = strlen(*secrets++);
	}
	return &v->source;
}

static inline enum status
vector_verify(const struct source *s, const struct message *m, struct arena *a)
{
	struct proof proof;
	struct reason why = { "" };
	enum status st = event_verify(s, m, a, NULL, &proof, &why);

	/* a refusal always says why */
	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	return st;
}

/* verify, then decode, as a responder does */
static inline enum status
vector_receive(const struct source *s, const struct message *m,
    struct arena *a, struct event *e)
{
	struct proof proof;
	struct reason why = { "" };
	enum status st = event_verify(s, m, a, NULL, &proof, &why);

	if (st == ST_OK)
		st = event_decode(s, m, &proof, a, e, &why);
	assert_int_equal(st == ST_OK, why.text[0] == '\0');
	return st;
}

/* The base64 of HMAC-SHA256 under CAPTURE_SECRET. */
static inline const char *
vector_sign(struct arena *a, struct bytes text)
{
	unsigned char mac[SHA256_LEN];
	char *out = arena_alloc(a, 45);

	assert_int_equal(hmac_sha256(BYTES(CAPTURE_SECRET), text, mac), ST_OK);
	base64_encode(mac, sizeof(mac), out);
	return out;
}

static inline const char *
vector_cstr(struct arena *a, struct bytes b)
{
	return b.data == NULL ? "(absent)" : arena_cstr(a, b);
}

#define assert_bytes(a, b, text) \
	assert_string_equal(vector_cstr((a), (b)), (text))

/* The runner decodes a message again, from what is kept of it: the same. */
static inline void
vector_reads_back(const struct source *s, const struct message *m,
    struct arena *a, const struct event *e)
{
	struct message stored = { .method = BYTES("POST"), .body = m->body,
	    .received_ms = m->received_ms };
	struct reason why = { "" };
	struct event again;

	assert_int_equal(message_read_headers(kept_headers(provider_headers(s),
	    m, e->named_by, a), a, &stored), ST_OK);
	if (event_decode(s, &stored, NULL, a, &again, &why) != ST_OK)
		fail_msg("%s", why.text);
	assert_bytes(a, again.event, vector_cstr(a, e->event));
	assert_bytes(a, again.action, vector_cstr(a, e->action));
	assert_bytes(a, again.status, vector_cstr(a, e->status));
	assert_bytes(a, again.subject, vector_cstr(a, e->subject));
	assert_string_equal(again.named_by, e->named_by);
}

static inline int
vector_setup(void **state)
{
	struct arena *a = malloc(sizeof(*a));

	*a = ARENA(256 << 20);
	*state = a;
	return 0;
}

static inline int
vector_teardown(void **state)
{
	arena_free(*state);
	free(*state);
	return 0;
}

#define vector_test(f) \
	cmocka_unit_test_setup_teardown(f, vector_setup, vector_teardown)

#endif
