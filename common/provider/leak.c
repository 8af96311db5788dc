#include "leak.h"

#include <stdint.h>
#include <string.h>

/* A secret of this length or more is looked for by its halves, so that one with
 * a slip in it is found, too. */
enum { HALVED = 16 };

/* So many codes in one another: base64 of "user:secret" in a form. */
enum { DEPTH_MAX = 2 };

struct leak_search {
	struct bytes *needles;		/* in lower case, LEAK_LEAST or more */
	size_t count;
	uint8_t heads[8192];		/* a bit for each hash of their first
					   bytes */
};

static char
lower(char c)
{
	return ascii_lower(c);
}

/* The last four bytes, in lower case, of which c is the latest. */
static uint32_t
shift(uint32_t head, char c)
{
	return head >> 8 | (uint32_t)(unsigned char)lower(c) << 24;
}

static unsigned
head_hash(uint32_t head)
{
	return (head * UINT32_C(2654435761)) >> 16;
}

static void
add_needle(struct leak_search *s, struct bytes text, struct arena *a)
{
	struct bytes copy = arena_copy(a, text);
	uint32_t head = 0;
	unsigned hash;

	if (text.len < LEAK_LEAST || copy.data == NULL)
		return;
	for (size_t i = 0; i < copy.len; i++)
		((char *)(uintptr_t)copy.data)[i] = lower(copy.data[i]);
	for (size_t i = 0; i < LEAK_LEAST; i++)
		head = shift(head, copy.data[i]);
	hash = head_hash(head);
	s->heads[hash / 8] |= (uint8_t)(1u << hash % 8);
	s->needles[s->count++] = copy;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
add_secret(struct leak_search *s, struct bytes secret, struct arena *a)
{
	size_t half;

	while (secret.len > 0 && is_blank(secret.data[0]))
		secret = bytes_from(secret, 1);
	while (secret.len > 0 && is_blank(secret.data[secret.len - 1]))
		secret.len--;
	half = secret.len / 2;
	if (secret.len < HALVED) {
		add_needle(s, secret, a);
		return;
	}
	add_needle(s, (struct bytes){ secret.data, half }, a);
	add_needle(s, bytes_from(secret, half), a);
}

struct leak_search *
leak_search_make(const struct source *all, size_t count, struct arena *a)
{
	struct leak_search *s = arena_alloc(a, sizeof(*s));
	size_t secrets = 0;

	if (s == NULL)
		return NULL;
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < count; i++)
		secrets += all[i].secret_count;
	s->needles = arena_array(a, 2 * secrets + 1, sizeof(*s->needles));
	if (s->needles == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < all[i].secret_count; k++)
			add_secret(s, secret_bytes(&all[i].secrets[k]), a);
	return s;
}

static bool
begins_with(struct bytes text, struct bytes needle)
{
	if (text.len < needle.len)
		return false;
	for (size_t i = 0; i < needle.len; i++)
		if (lower(text.data[i]) != needle.data[i])
			return false;
	return true;
}

static bool
has_needle(const struct leak_search *s, struct bytes text)
{
	uint32_t head = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned hash;

		head = shift(head, text.data[i]);
		hash = head_hash(head);
		if (i + 1 < LEAK_LEAST ||
		    (s->heads[hash / 8] & 1u << hash % 8) == 0)
			continue;
		for (size_t n = 0; n < s->count; n++)
			if (begins_with(bytes_from(text, i + 1 - LEAK_LEAST),
			    s->needles[n]))
				return true;
	}
	return false;
}

/* --- codes --------------------------------------------------------------- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of digits at text[at]; -1 where they are none. */
static int
hex_at(struct bytes text, size_t at, size_t digits)
{
	int n = 0;

	if (text.len < digits || at > text.len - digits)
		return -1;
	for (size_t i = at; i < at + digits; i++) {
		if (hex_digit(text.data[i]) < 0)
			return -1;
		n = n * 16 + hex_digit(text.data[i]);
	}
	return n;
}

/* Each of these writes what text means in its code into out, which has room for
 * all of text, and returns how much that is; which: where there are several
 * ways to read it. */

static size_t
from_percent(struct bytes text, int which, char *out)
{
	size_t n = 0;

	if (which == 1 && memchr(text.data, '+', text.len) == NULL)
		return 0;	/* as the first way */
	for (size_t i = 0; i < text.len; i++) {
		int byte = text.data[i] == '%' ? hex_at(text, i + 1, 2) : -1;

		if (byte >= 0) {
			out[n++] = (char)byte;
			i += 2;
		} else {
			out[n++] = text.data[i] == '+' && which == 1 ? ' ' :
			    text.data[i];
		}
	}
	return n;
}

/* Escapes of JSON and of many other languages; a character that is no ASCII is
 * as good as none here. NULs go: UTF-16. */
static size_t
from_escapes(struct bytes text, int which, char *out)
{
	size_t n = 0;

	(void)which;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i], kind;
		size_t digits;
		int code;

		if (c == '\\' && i + 1 < text.len) {
			kind = text.data[++i];
			digits = kind == 'u' ? 4 : kind == 'x' ? 2 : 0;
			code = digits > 0 ? hex_at(text, i + 1, digits) : -1;
			c = code < 0 ? kind : (char)code;
			i += code < 0 ? 0 : digits;
		}
		if (c != '\0')
			out[n++] = c;
	}
	return n;
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Runs of digits, of bits each, the first skip digits of a run left out; a NUL
 * behind each run. */
static size_t
from_digits(struct bytes text, int (*digit)(char c), int bits, int skip,
    char *out)
{
	size_t n = 0;
	unsigned sum = 0;
	int have = 0, seen = 0;
	size_t begun = 0;	/* where the run's bytes are in out */

	for (size_t i = 0; i <= text.len; i++) {
		int value = i < text.len ? digit(text.data[i]) : -1;

		if (value < 0) {
			/* too short for the least secret */
			if (n - begun < LEAK_LEAST)
				n = begun;
			else
				out[n++] = '\0';
			begun = n;
			sum = 0;
			have = seen = 0;
			continue;
		}
		if (seen++ < skip)
			continue;
		sum = (sum << bits | (unsigned)value) & 0xffff;
		have += bits;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(sum >> have & 0xff);
	}
	return n;
}

static size_t
from_base64(struct bytes text, int which, char *out)
{
	return from_digits(text, base64_digit, 6, which, out);
}

static size_t
from_hex(struct bytes text, int which, char *out)
{
	return from_digits(text, hex_digit, 4, which, out);
}

/* Nobody writes digits in digits. */
static const struct {
	size_t (*decode)(struct bytes text, int which, char *out);
	int ways;
	bool digits;
} codes[] = {
	{ from_percent, 2, false }, { from_escapes, 1, false },
	{ from_base64, 4, true }, { from_hex, 2, true },
};

/* No code makes a text longer, so each depth has room for the first one. */
static bool
search(const struct leak_search *s, struct bytes text, int depth,
    bool in_digits, char *const room[DEPTH_MAX])
{
	if (has_needle(s, text))
		return true;
	if (depth == DEPTH_MAX)
		return false;
	for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++) {
		if (in_digits && codes[c].digits)
			continue;
		for (int which = 0; which < codes[c].ways; which++) {
			struct bytes decoded = { room[depth],
				codes[c].decode(text, which, room[depth]) };

			if (decoded.len >= LEAK_LEAST &&
			    !bytes_equal(decoded, text) &&
			    search(s, decoded, depth + 1, codes[c].digits,
			    room))
				return true;
		}
	}
	return false;
}

bool
leak_found(const struct leak_search *s, struct bytes text, struct arena *a)
{
	char *room[DEPTH_MAX];

	if (s->count == 0 || text.len < LEAK_LEAST)
		return false;
	for (int i = 0; i < DEPTH_MAX; i++)
		if ((room[i] = arena_alloc(a, text.len + 1)) == NULL)
			return true;
	return search(s, text, 0, false, room);
}
