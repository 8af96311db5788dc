#include "recipe_words.h"

#include <string.h>

#include "buf.h"
#include "reading.h"
#include "recipe.h"
#include "token.h"

enum { WORDS_MAX = 2048 };

static const char *
encoding_words(enum secret_encoding encoding)
{
	switch (encoding) {
	case SECRET_RAW: return "";
	case SECRET_BASE64: return "; the key is in base64";
	case SECRET_HEX: return "; the key is in hexadecimal";
	}
	return "";
}

static void
add_separator(const struct scheme *s, struct buf *b)
{
	if (s->separator == ' ')
		buf_add_str(b, ", blanks between");
	else if (s->separator != '\0')
		buf_printf(b, ", \"%c\" between", s->separator);
}

const char *
scheme_words(const struct scheme *s, struct arena *a)
{
	struct buf b = BUF(WORDS_MAX);

	if (s->algorithm == SCHEME_TOKEN) {
		buf_printf(&b, "the secret itself in %s", token_words(s, a));
		return arena_cstr(a, buf_take(&b, a));
	}
	if (s->covers != NULL) {
		buf_printf(&b, "%s of an HTTP message (RFC 9421), which must "
		    "cover %s", scheme_algorithm_name(s), s->covers);
		buf_add_str(&b, encoding_words(s->encoding));
		return arena_cstr(a, buf_take(&b, a));
	}
	buf_printf(&b, "%s of %s in %s, as %s", scheme_algorithm_name(s),
	    s->signed_text, s->header, s->element);
	add_separator(s, &b);
	if (s->time != NULL)
		buf_printf(&b, "; the time is in %s", s->time);
	buf_add_str(&b, encoding_words(s->encoding));
	return arena_cstr(a, buf_take(&b, a));
}

const char *
recipe_words(const struct source *s, struct arena *a)
{
	const struct recipe *r = source_recipe(s);
	const struct reading *d = r->reading;
	bool token = source_bears_secret(s);
	struct buf b = BUF(WORDS_MAX);

	for (const struct scheme *i = r->schemes; i->name != NULL; i++)
		if (s->scheme == NULL || strcmp(s->scheme, i->name) == 0)
			buf_printf(&b, "%s%s", b.len == 0 ? "" : "; or ",
			    scheme_words(i, a));
	if (d != NULL && d->event != NULL)
		buf_printf(&b, "; the event: %s", d->event);
	if (d != NULL && (d->identity != NULL || !token))
		buf_printf(&b, "; a repeat is known by %s",
		    d->identity != NULL ? d->identity : "mac");
	return arena_cstr(a, buf_take(&b, a));
}
