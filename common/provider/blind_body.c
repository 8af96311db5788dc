#include "blind_body.h"

#include <string.h>
#include <strings.h>

#include "coding.h"
#include "form.h"
#include "mac.h"
#include "provider.h"
#include "recipe.h"

enum {
	QUOTES_MAX = 10,	/* quotes, colons and escapes that may be
				   between a header's name and the MAC */
	RUN_MAX = 172,
	MARKS_MAX = 512
};

/* Of what a body may unpack to: a stranger sent it. */
enum { CLEAR_MAX_BYTES = 1024 * 1024 };

static bool
body_is_form(const struct message *m)
{
	struct bytes type;

	return message_headers(m, "content-type", &type) == 1 &&
	    (bytes_has_prefix_nocase(type, "application/x-www-form") ||
	    bytes_has_prefix_nocase(type, "multipart/"));
}

/* The body unpacked, and a form as JSON; false where it cannot be read. */
static bool
body_read(const struct message *m, const struct source *s, struct arena *a,
    struct bytes *out)
{
	struct message plain;
	struct bytes type;

	if (coding_undo(m, CLEAR_MAX_BYTES, a, &plain, NULL) != ST_OK)
		return false;
	*out = plain.body;
	if (!body_is_form(m))
		return true;
	(void)message_headers(m, "content-type", &type);
	return (s->provider->traits & TRAIT_FORM) != 0 &&
	    !source_bears_secret(s) && message_type_is_form(type) &&
	    form_to_json(plain.body, a, out, NULL) == ST_OK;
}

/* A MAC ends where its run of characters does; the longest is base64 of
 * hexadecimal digits. */
static bool
body_begins_with_mac(struct bytes text)
{
	enum mac_form form;
	struct mac mac;
	size_t n = 0;

	while (n < text.len && n <= RUN_MAX && (ascii_alnum(text.data[n]) ||
	    memchr("+/-_", text.data[n], 4) != NULL))
		n++;
	for (size_t pad = 0; pad <= 2 && n + pad <= text.len; pad++) {
		if (mac_read_any((struct bytes){ text.data, n + pad }, false,
		    &form, &mac))
			return true;
		if (n + pad == text.len || text.data[n + pad] != '=')
			break;
	}
	return false;
}

/* --- what stands before a MAC -------------------------------------------- */

struct body_marks {
	struct {
		struct bytes text;	/* compared without case */
		size_t gap;		/* how far behind it the MAC may be */
	} items[MARKS_MAX];
	size_t count;
	bool full;		/* some were left out */
	bool first[256];	/* whether any begins with this byte: nearly
				   all of a body is passed by that */
};

static void
body_add_mark(struct body_marks *marks, struct bytes text, size_t gap)
{
	char c;

	for (size_t i = 0; i < marks->count; i++)
		if (bytes_equal(marks->items[i].text, text))
			return;
	marks->full |= marks->count == MARKS_MAX;
	if (text.len == 0 || marks->full)
		return;
	marks->items[marks->count].text = text;
	marks->items[marks->count++].gap = gap;
	c = ascii_lower(text.data[0]);
	marks->first[(unsigned char)c] = true;
	if (c >= 'a' && c <= 'z')
		marks->first[(unsigned char)(c - 'a' + 'A')] = true;
}

/* The headers that have MACs, and what a recipe has in front of one. */
static void
body_add_marks(struct body_marks *marks, const struct header_rule *headers,
    const struct recipe *recipe)
{
	struct scheme_pattern p;

	for (const struct header_rule *r = headers; r->name != NULL; r++)
		if (r->kind == HEADER_SIGNATURE)
			body_add_mark(marks, bytes_of(r->name), QUOTES_MAX);
	for (const struct scheme *s = recipe == NULL ? NULL : recipe->schemes;
	    s != NULL && s->name != NULL; s++)
		if (s->algorithm != SCHEME_TOKEN &&
		    scheme_pattern(bytes_of(s->element), &p))
			body_add_mark(marks, p.before, 0);
}

static bool
body_begins_with_signature(struct bytes text, const struct body_marks *marks)
{
	for (size_t i = 0; i < marks->count; i++) {
		struct bytes mark = marks->items[i].text;

		if (text.len < mark.len ||
		    strncasecmp(text.data, mark.data, mark.len) != 0)
			continue;
		for (size_t k = mark.len; k <= mark.len + marks->items[i].gap &&
		    k < text.len; k++)
			if (body_begins_with_mac(bytes_from(text, k)))
				return true;
	}
	return false;
}

static bool
body_quotes_signature(struct bytes text, const struct body_marks *marks)
{
	for (size_t i = 0; i < text.len; i++)
		if (marks->first[(unsigned char)text.data[i]] &&
		    body_begins_with_signature(bytes_from(text, i), marks))
			return true;
	return false;
}

bool
blind_body_kept(const struct message *m, const struct source *s,
    const struct source *all, size_t count, struct arena *a,
    struct bytes *clear)
{
	struct body_marks marks = { .count = 0 };

	if (!body_read(m, s, a, clear))
		return false;
	for (size_t i = 0; i < count; i++)
		body_add_marks(&marks, provider_headers(&all[i]),
		    source_recipe(&all[i]));
	for (const struct provider *const *p = provider_list(); *p != NULL;
	    p++)
		body_add_marks(&marks, (*p)->headers, (*p)->recipe);
	return !marks.full && !body_quotes_signature(*clear, &marks) &&
	    (clear->data == m->body.data ||
	    !body_quotes_signature(m->body, &marks));
}
