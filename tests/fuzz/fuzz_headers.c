/*
 * Whatever is read as headers: names are lower-case tokens, what is kept of
 * them reads back as itself, and no credentials are kept but a signature.
 */
#include <string.h>

#include "fuzz.h"
#include "kept.h"

static void
check_names(const struct message *m)
{
	for (size_t i = 0; i < m->header_count; i++) {
		struct bytes name = m->headers[i].name;

		MUST(name.len > 0);
		for (size_t k = 0; k < name.len; k++) {
			unsigned char c = (unsigned char)name.data[k];

			MUST(message_token_char((char)c) && c != '_' &&
			    !(c >= 'A' && c <= 'Z'));
		}
	}
}

static void
check_kept(const struct provider *p, const struct message *m, struct arena *a)
{
	struct bytes kept = kept_headers(p->headers, m, "body", a), again;
	struct message back = { .header_count = 0 };

	MUST(kept.data != NULL && kept.len <= 16 * 1024);
	MUST(message_read_headers(kept, a, &back) == ST_OK);
	check_names(&back);
	MUST(back.header_count <= m->header_count);
	for (size_t i = 0; i < back.header_count; i++)
		MUST(!bytes_is(back.headers[i].name, "authorization") &&
		    !bytes_is(back.headers[i].name, "cookie"));
	again = kept_headers(p->headers, &back, "body", a);
	MUST(bytes_equal(kept, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(64 << 20);
	struct message m = { .header_count = 0 };
	struct bytes text = { (const char *)data, size };

	if (message_read_headers(text, &a, &m) == ST_OK) {
		check_names(&m);
		for (const struct provider *const *p = provider_list();
		    *p != NULL; p++)
			check_kept(*p, &m, &a);
	}
	arena_free(&a);
	return 0;
}
