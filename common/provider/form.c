#include "form.h"

#include "codec.h"

struct form_reader {
	struct bytes rest;
	struct arena *arena;
	struct bytes name, value;
};

static bool
form_is_utf8(struct bytes text)
{
	size_t len = 1;

	for (; text.len > 0 && len > 0; text = bytes_from(text, len))
		len = utf8_char_len(text);
	return len > 0;
}

static enum status
form_decode_part(struct bytes text, struct arena *a, struct bytes *out,
    struct reason *why)
{
	if (text.data == NULL)		/* a name alone, without a '=' */
		text = BYTES("");
	if (!form_decode(text, a, out))
		return arena_verdict(a, fail(why, ST_MALFORMED, "the form has "
		    "a %% without two hexadecimal digits behind it"), why);
	return form_is_utf8(*out) ? ST_OK :
	    fail(why, ST_MALFORMED, "the form has a field that is not UTF-8");
}

/* The next field; *more is false behind the last one. */
static enum status
form_next(struct form_reader *f, bool *more, struct reason *why)
{
	struct bytes pair, name;
	enum status st;

	do {
		*more = f->rest.data != NULL;
		if (!*more)
			return ST_OK;
		bytes_cut(&f->rest, '&', &pair);
	} while (pair.len == 0);
	bytes_cut(&pair, '=', &name);
	st = form_decode_part(name, f->arena, &f->name, why);
	return st != ST_OK ? st :
	    form_decode_part(pair, f->arena, &f->value, why);
}

/* A string of JSON, or with out NULL its length. */
static size_t
form_put_string(struct bytes text, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

#define PUT(c) ((out != NULL ? (void)(out[n] = (c)) : (void)0), n++)
	PUT('"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < ' ') {
			PUT('\\');
			PUT('u');
			PUT('0');
			PUT('0');
			PUT(digits[c >> 4]);
			PUT(digits[c & 15]);
			continue;
		}
		if (c == '"' || c == '\\')
			PUT('\\');
		PUT((char)c);
	}
	PUT('"');
	return n;
#undef PUT
}

/* The object of all fields, or with out NULL its length. */
static enum status
form_put_fields(struct bytes form, struct arena *a, char *out, size_t *len,
    struct reason *why)
{
	struct form_reader f = { .rest = form, .arena = a };
	size_t n = 1;
	bool more;
	enum status st = form_next(&f, &more, why);

	if (out != NULL)
		out[0] = '{';
	while (st == ST_OK && more) {
		if (n > 1 && out != NULL)
			out[n] = ',';
		n += n > 1;
		n += form_put_string(f.name, out == NULL ? NULL : out + n);
		if (out != NULL)
			out[n] = ':';
		n++;
		n += form_put_string(f.value, out == NULL ? NULL : out + n);
		st = form_next(&f, &more, why);
	}
	if (out != NULL)
		out[n] = '}';
	*len = n + 1;
	return st;
}

/* *out stays absent where payload is not the only field. */
static enum status
form_find_payload(struct bytes form, struct arena *a, struct bytes *out,
    struct reason *why)
{
	struct form_reader f = { .rest = form, .arena = a };
	size_t fields = 0, payloads = 0;
	bool more;
	enum status st;

	*out = BYTES_NONE;
	for (st = form_next(&f, &more, why); st == ST_OK && more;
	    st = form_next(&f, &more, why)) {
		if (++fields > FORM_FIELDS_MAX)
			return fail(why, ST_MALFORMED, "the form has more than "
			    "%d fields", FORM_FIELDS_MAX);
		if (!bytes_is(f.name, "payload"))
			continue;
		payloads++;
		*out = f.value;
	}
	if (st == ST_OK && payloads > 1)
		st = fail(why, ST_MALFORMED, "the form has payload twice");
	if (fields != 1)
		*out = BYTES_NONE;
	return st;
}

enum status
form_to_json(struct bytes form, struct arena *a, struct bytes *out,
    struct reason *why)
{
	struct bytes payload;
	size_t len;
	char *text;
	enum status st = form_find_payload(form, a, &payload, why);

	if (st == ST_OK && payload.data == NULL)
		st = form_put_fields(form, a, NULL, &len, why);
	if (st != ST_OK)
		return st;
	if (payload.data != NULL) {
		*out = payload;
		return ST_OK;
	}
	text = arena_alloc(a, len + 1);
	if (text == NULL)
		return fail(why, ST_BUSY, "no memory");
	st = form_put_fields(form, a, text, &len, why);
	if (st == ST_OK)
		*out = (struct bytes){ text, len };
	return st;
}
