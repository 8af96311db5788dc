/*
 * Whatever the query or the form of a page is: it is refused, or it is text,
 * each name there once. As it is written into a page it opens no element and
 * ends no attribute, and as an address it is read back as the same.
 */
#include <string.h>

#include "fuzz.h"
#include "html.h"
#include "page_events.h"
#include "query.h"

static void
check_html(struct bytes value, struct arena *a)
{
	struct html h = HTML(0);
	struct bytes out;

	html_text(&h, value);
	html_lit(&h, ".");
	out = html_take(&h, a);
	MUST(out.data != NULL && is_utf8(out));
	for (size_t i = 0; i < out.len; i++) {
		MUST(strchr("<>\"'", out.data[i]) == NULL);
		MUST((unsigned char)out.data[i] >= ' ' ||
		    out.data[i] == '\n' || out.data[i] == '\t');
	}
}

/* What a page links to asks for the same again. */
static void
check_link(const struct query *q, struct arena *a)
{
	const struct page_asked asked = { .state = query_get(q, "state"),
		.source = query_get(q, "source"),
		.before = query_number(q, "before") };
	struct html h = HTML(0);
	struct query again;
	struct bytes out, part, text = BYTES("");

	page_asked_query(&h, &asked);
	html_lit(&h, "&amp;");
	out = html_take(&h, a);
	MUST(out.data != NULL);
	while (out.len > 0) {	/* as a browser reads the attribute */
		bytes_cut(&out, ';', &part);
		if (bytes_has_suffix(part, "&amp"))
			part.len -= 3;
		text = arena_join(a, (struct bytes[]){ text, part }, 2);
	}
	if (bytes_has_prefix(text, "?"))
		text = bytes_from(text, 1);
	MUST(query_read(text, a, &again, NULL) == ST_OK);
	MUST((asked.state == NULL) == (query_get(&again, "state") == NULL));
	MUST(asked.state == NULL ||
	    strcmp(asked.state, query_get(&again, "state")) == 0);
	MUST((asked.source == NULL) == (query_get(&again, "source") == NULL));
	MUST(asked.source == NULL ||
	    strcmp(asked.source, query_get(&again, "source")) == 0);
	MUST(query_number(&again, "before") == asked.before);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(0);
	struct bytes text = { size > 0 ? (const char *)data : "", size };
	struct query q;
	struct reason why = { "" };
	enum status st = query_read(text, &a, &q, &why);

	MUST(st == ST_OK || (st == ST_MALFORMED && why.text[0] != '\0'));
	for (size_t i = 0; st == ST_OK && i < q.count; i++) {
		const struct query_field *f = &q.fields[i];

		MUST(is_utf8(f->name) && is_utf8(f->value));
		MUST(memchr(f->value.data, '\0', f->value.len) == NULL);
		MUST(f->value.data[f->value.len] == '\0');
		for (size_t k = 0; k < i; k++)
			MUST(!bytes_equal(f->name, q.fields[k].name));
		check_html(f->value, &a);
	}
	if (st == ST_OK)
		check_link(&q, &a);
	check_html(text, &a);
	arena_free(&a);
	return 0;
}
