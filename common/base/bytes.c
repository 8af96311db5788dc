#include "bytes.h"

#include <limits.h>
#include <string.h>

struct bytes
bytes_of(const char *s)
{
	if (s == NULL)
		return BYTES_NONE;
	return (struct bytes){ s, strlen(s) };
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
bytes_is(struct bytes a, const char *s)
{
	return bytes_equal(a, bytes_of(s));
}

bool
bytes_is_nocase(struct bytes a, const char *s)
{
	size_t i;

	if (a.len != strlen(s))
		return false;
	for (i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(s[i]))
			return false;
	return true;
}

bool
bytes_has_prefix(struct bytes a, const char *s)
{
	size_t len = strlen(s);

	return a.len >= len && bytes_is((struct bytes){ a.data, len }, s);
}

bool
bytes_has_prefix_nocase(struct bytes a, const char *s)
{
	size_t len = strlen(s);

	return a.len >= len && bytes_is_nocase((struct bytes){ a.data, len },
	    s);
}

bool
bytes_has_suffix(struct bytes a, const char *s)
{
	size_t len = strlen(s);

	return a.len > len && bytes_is(bytes_from(a, a.len - len), s);
}

static bool
bytes_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

uint32_t
bytes_hash(uint32_t before, struct bytes a)
{
	for (size_t i = 0; i < a.len; i++)
		before = (before ^ (unsigned char)a.data[i]) *
		    UINT32_C(16777619);
	return before;
}

struct bytes
bytes_trim(struct bytes a)
{
	while (a.len > 0 && bytes_is_blank(a.data[a.len - 1]))
		a.len--;
	while (a.len > 0 && bytes_is_blank(*a.data)) {
		a.data++;
		a.len--;
	}
	return a;
}

struct bytes
bytes_from(struct bytes a, size_t offset)
{
	if (offset == 0)	/* NULL + 0 is not defined in C */
		return a;
	return (struct bytes){ a.data + offset, a.len - offset };
}

bool
bytes_cut(struct bytes *rest, char sep, struct bytes *part)
{
	const char *at = NULL;

	if (rest->len > 0)
		at = memchr(rest->data, sep, rest->len);
	*part = *rest;
	if (at == NULL) {
		*rest = BYTES_NONE;
		return false;
	}
	part->len = (size_t)(at - rest->data);
	*rest = bytes_from(*rest, part->len + 1);
	return true;
}

bool
bytes_cut_line(struct bytes *rest, struct bytes *line)
{
	bool more = bytes_cut(rest, '\n', line);

	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->len--;
	return more;
}

bool
bytes_to_u64(struct bytes a, unsigned long long *out)
{
	unsigned long long n = 0;
	size_t i;

	if (a.len == 0)
		return false;
	for (i = 0; i < a.len; i++) {
		unsigned digit = (unsigned)(unsigned char)a.data[i] - '0';

		if (digit > 9 || n > (ULLONG_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}
