#ifndef CGIHOOK_BYTES_H
#define CGIHOOK_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A run of bytes with a length: a view, which owns nothing. data may be NULL
 * only where len is 0. A view whose data is NULL means "absent"; an empty one
 * that is present has data and len 0.
 */
struct bytes {
	const char *data;
	size_t len;
};

#define BYTES(literal) ((struct bytes){ "" literal, sizeof(literal) - 1 })
#define BYTES_NONE ((struct bytes){ NULL, 0 })
#define BYTES_HASH_START UINT32_C(2166136261)

/** bytes_of - a view of a C string; NULL gives BYTES_NONE */
struct bytes
bytes_of(const char *s);

/** ascii_lower - the lower-case letter for A to Z; tolower(3) depends on the
 *  locale */
static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/** ascii_alnum - a to z, A to Z, 0 to 9 */
static inline bool
ascii_alnum(char c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/** bytes_equal - same length, same bytes; not for secrets */
bool
bytes_equal(struct bytes a, struct bytes b);

/** bytes_is - a equals the C string s, byte for byte */
bool
bytes_is(struct bytes a, const char *s);

/** bytes_is_nocase - as bytes_is, ASCII letters compared without case */
bool
bytes_is_nocase(struct bytes a, const char *s);

/** bytes_has_prefix - a begins with the C string s */
bool
bytes_has_prefix(struct bytes a, const char *s);

/** bytes_has_prefix_nocase - likewise, ASCII letters compared without case */
bool
bytes_has_prefix_nocase(struct bytes a, const char *s);

/** bytes_has_suffix - a ends with the C string s, after something else */
bool
bytes_has_suffix(struct bytes a, const char *s);

/** bytes_hash - FNV-1a of a, continued from the hash of what came before, or
 *  from BYTES_HASH_START. An attacker who chooses the bytes can choose the
 *  hash. */
uint32_t
bytes_hash(uint32_t before, struct bytes a);

/** bytes_trim - without the spaces and tabs at both ends (RFC 9110 5.6.3) */
struct bytes
bytes_trim(struct bytes a);

/** bytes_from - what is left of a from offset on; offset at most a.len */
struct bytes
bytes_from(struct bytes a, size_t offset);

/**
 * bytes_cut - cut what is before the first sep off the front of *rest
 *
 * Takes:   rest, the text not yet cut; advanced past the separator.
 * Returns: true with *part set. Without another separator: false, *part is all
 *          of *rest, and *rest is absent (data NULL). If *rest was absent
 *          already: false, and *part is absent.
 */
bool
bytes_cut(struct bytes *rest, char sep, struct bytes *part);

/** bytes_cut_line - as bytes_cut at the next newline; *line has no carriage
 *  return at its end */
bool
bytes_cut_line(struct bytes *rest, struct bytes *line);

/**
 * bytes_to_u64 - read an unsigned decimal number that consists of digits only
 *
 * Returns: false when a is empty, has another byte, or is above UINT64_MAX;
 *          *out untouched then.
 */
bool
bytes_to_u64(struct bytes a, unsigned long long *out);

#endif
