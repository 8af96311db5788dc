#include "guess_key.h"

#include <string.h>

#include "codec.h"

/* --- the secret with something around it, or without -------------------- */

static const struct {
	const char *before, *after;
	const char *with;	/* the sender's key has it */
	const char *without;	/* ours has it, the sender's does not */
} wraps[] = {
	{ "", "\n",
	    "has a newline at its end (echo adds one, printf does not)",
	    "lacks the newline at the end of the one configured here" },
	{ "", "\r\n", "has a Windows line end (CR LF) at its end",
	    "lacks the Windows line end (CR LF) of the one configured here" },
	{ "", "\r", "has a carriage return at its end (a Windows line end)",
	    "lacks the carriage return (Windows line end) at the end of the "
	    "one configured here" },
	{ "", " ", "has a blank at its end",
	    "lacks the blank at the end of the one configured here" },
	{ " ", "", "has a blank in front",
	    "lacks the blank in front of the one configured here" },
	{ "", "\t", "has a tab at its end",
	    "lacks the tab at the end of the one configured here" },
	{ "\"", "\"", "has double quotes around it",
	    "lacks the double quotes around the one configured here" },
	{ "'", "'", "has single quotes around it",
	    "lacks the single quotes around the one configured here" },
	{ "\"", "", "has a double quote in front",
	    "lacks the double quote in front of the one configured here" },
	{ "", "\"", "has a double quote at its end",
	    "lacks the double quote at the end of the one configured here" },
	{ "\xef\xbb\xbf", "", "has a byte order mark (U+FEFF) in front",
	    "lacks the byte order mark (U+FEFF) in front of the one configured "
	    "here" },
	{ "", "\xc2\xa0", "has a no-break space (U+00A0) at its end",
	    "lacks the no-break space (U+00A0) at the end of the one "
	    "configured here" },
	{ "", "\xe2\x80\x8b", "has an invisible character (U+200B) at its end",
	    "lacks the invisible character (U+200B) at the end of the one "
	    "configured here" },
};

enum { WRAP_COUNT = sizeof(wraps) / sizeof(wraps[0]) };

static struct bytes
key_wrapped(struct bytes secret, size_t i, struct arena *a)
{
	size_t b = strlen(wraps[i].before), e = strlen(wraps[i].after);
	char *text = arena_alloc(a, b + secret.len + e + 1);

	if (text == NULL)
		return BYTES_NONE;
	memcpy(text, wraps[i].before, b);
	if (secret.len > 0)
		memcpy(text + b, secret.data, secret.len);
	memcpy(text + b + secret.len, wraps[i].after, e);
	return (struct bytes){ text, b + secret.len + e };
}

static struct bytes
key_unwrapped(struct bytes secret, size_t i)
{
	size_t b = strlen(wraps[i].before), e = strlen(wraps[i].after);

	if (secret.len < b + e ||
	    memcmp(secret.data, wraps[i].before, b) != 0 ||
	    memcmp(secret.data + secret.len - e, wraps[i].after, e) != 0)
		return BYTES_NONE;
	return (struct bytes){ secret.data + b, secret.len - b - e };
}

/* --- the secret in another code ----------------------------------------- */

static struct bytes
key_hex_value(struct bytes secret, struct arena *a)
{
	struct bytes lower = arena_copy(a, secret);
	size_t len = secret.len / 2;
	unsigned char *out = arena_alloc(a, len + 1);

	if (lower.data == NULL || out == NULL || len == 0)
		return BYTES_NONE;
	for (size_t i = 0; i < lower.len; i++)
		((char *)lower.data)[i] = ascii_lower(lower.data[i]);
	if (!hex_decode_exact(lower, out, len))
		return BYTES_NONE;
	return (struct bytes){ (const char *)out, len };
}

static struct bytes
key_hex_text(struct bytes secret, struct arena *a)
{
	char *out = arena_alloc(a, secret.len * 2 + 1);

	if (out == NULL || secret.len == 0)
		return BYTES_NONE;
	hex_encode((const unsigned char *)secret.data, secret.len, out);
	return (struct bytes){ out, secret.len * 2 };
}

static struct bytes
key_base64_value(struct bytes secret, struct arena *a)
{
	struct bytes out;

	return secret.len > 0 && base64_decode(secret, a, &out) ? out :
	    BYTES_NONE;
}

static struct bytes
key_base64_text(struct bytes secret, struct arena *a)
{
	char *out = arena_alloc(a, (secret.len + 2) / 3 * 4 + 1);

	if (out == NULL || secret.len == 0)
		return BYTES_NONE;
	base64_encode((const unsigned char *)secret.data, secret.len, out);
	return bytes_of(out);
}

static struct bytes
key_other_case(struct bytes secret, char from, char to, struct arena *a)
{
	struct bytes out = arena_copy(a, secret);
	bool changed = false;

	for (size_t i = 0; i < out.len; i++) {
		char *c = (char *)out.data + i;

		if (*c < from || *c > to)
			continue;
		*c ^= 0x20;
		changed = true;
	}
	return changed ? out : BYTES_NONE;
}

static struct bytes
key_upper(struct bytes secret, struct arena *a)
{
	return key_other_case(secret, 'a', 'z', a);
}

static struct bytes
key_lower(struct bytes secret, struct arena *a)
{
	return key_other_case(secret, 'A', 'Z', a);
}

/* What is left of one that was put into an address as it is. */
static struct bytes
key_cut_in_query(struct bytes secret, struct arena *a)
{
	size_t n = 0;

	(void)a;
	while (n < secret.len && secret.data[n] != '&' &&
	    secret.data[n] != '#')
		n++;
	return n == 0 || n == secret.len ? BYTES_NONE :
	    (struct bytes){ secret.data, n };
}

static struct bytes
empty_key(struct bytes secret, struct arena *a)
{
	(void)a;
	return secret.len == 0 ? BYTES_NONE : BYTES("");
}

static const struct {
	struct bytes (*make)(struct bytes secret, struct arena *a);
	const char *words;
} codes[] = {
	{ key_hex_value,
	    "is the bytes that the hex digits of the secret mean; the "
	    "key must be the text itself, as it is written" },
	{ key_base64_value,
	    "is the bytes that the base64 of the secret means; the "
	    "key must be the text itself, as it is written" },
	{ key_hex_text, "is the secret written as hex digits" },
	{ key_base64_text, "is the secret written as base64" },
	{ key_upper, "is the secret in upper case" },
	{ key_lower, "is the secret in lower case" },
	{ key_cut_in_query,
	    "ends before the first & or #; in an address write %26 "
	    "and %23" },
	{ empty_key, "is empty: the sender has no secret set" },
};

enum { CODE_COUNT = sizeof(codes) / sizeof(codes[0]) };

bool
guess_key(struct bytes secret, size_t index, struct arena *a,
    struct bytes *key, const char **words)
{
	*words = NULL;
	*key = secret;
	if (index == 0)
		return true;
	index--;
	if (index < WRAP_COUNT) {
		*words = wraps[index].with;
		*key = key_wrapped(secret, index, a);
		return true;
	}
	index -= WRAP_COUNT;
	if (index < WRAP_COUNT) {
		*words = wraps[index].without;
		*key = key_unwrapped(secret, index);
		return true;
	}
	index -= WRAP_COUNT;
	if (index >= CODE_COUNT)
		return false;
	*words = codes[index].words;
	*key = codes[index].make(secret, a);
	return true;
}

/* --- one step away ------------------------------------------------------ */

enum edit { EDIT_LESS, EDIT_SWAPPED, EDIT_AT_END, EDIT_AT_START, EDIT_COUNT };

enum { FIRST_CHAR = 0x20, CHAR_COUNT = 0x7f - 0x20 };

/* How many keys an edit makes of len bytes. */
static size_t
key_edit_count(int kind, size_t len)
{
	switch ((enum edit)kind) {
	case EDIT_LESS: return len;
	case EDIT_SWAPPED: return len > 0 ? len - 1 : 0;
	case EDIT_AT_END:
	case EDIT_AT_START: return CHAR_COUNT;
	case EDIT_COUNT: break;
	}
	return 0;
}

void
guess_edit_begin(struct guess_edit *e, struct bytes secret)
{
	memset(e, 0, sizeof(*e));
	e->secret = secret;
	if (secret.len > GUESS_EDIT_MAX || secret.len == 0)
		e->kind = EDIT_COUNT;
}

bool
guess_edit_next(struct guess_edit *e, struct bytes *key)
{
	const char *s = e->secret.data;
	size_t len = e->secret.len, at = e->next;

	while (e->kind < EDIT_COUNT && at == key_edit_count(e->kind, len)) {
		e->kind++;
		at = 0;
	}
	e->at = at;
	e->next = at + 1;
	*key = (struct bytes){ e->text, len };
	switch ((enum edit)e->kind) {
	case EDIT_LESS:
		memcpy(e->text, s, at);
		memcpy(e->text + at, s + at + 1, len - at - 1);
		key->len--;
		return true;
	case EDIT_SWAPPED:
		memcpy(e->text, s, len);
		e->text[at] = s[at + 1];
		e->text[at + 1] = s[at];
		return true;
	case EDIT_AT_END:
		memcpy(e->text, s, len);
		e->text[len] = (char)(FIRST_CHAR + at);
		key->len++;
		return true;
	case EDIT_AT_START:
		e->text[0] = (char)(FIRST_CHAR + at);
		memcpy(e->text + 1, s, len);
		key->len++;
		return true;
	case EDIT_COUNT:
		break;
	}
	return false;
}

static const char *
key_ordinal_end(size_t n)
{
	if (n % 100 >= 11 && n % 100 <= 13)
		return "th";
	return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" :
	    "th";
}

struct bytes
guess_edit_words(const struct guess_edit *e, struct arena *a)
{
	size_t n = e->at + 1, len = e->secret.len;

	switch ((enum edit)e->kind) {
	case EDIT_LESS:
		return arena_printf(a, "has one character less than the one "
		    "configured here: the %zu%s of %zu is missing", n,
		    key_ordinal_end(n), len);
	case EDIT_SWAPPED:
		return arena_printf(a, "has two characters of the one "
		    "configured here swapped: the %zu%s and the next of %zu",
		    n, key_ordinal_end(n), len);
	case EDIT_AT_END:
		return arena_printf(a, "has one character more than the one "
		    "configured here, at its end");
	case EDIT_AT_START:
		return arena_printf(a, "has one character more than the one "
		    "configured here, in front");
	case EDIT_COUNT:
		break;
	}
	return BYTES_NONE;
}
