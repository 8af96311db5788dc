#ifndef CGIHOOK_CODEC_H
#define CGIHOOK_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "bytes.h"

/** hex_digit - the value of a hex digit in either case; -1 if c is none */
int
hex_digit(char c);

/**
 * hex_decode_exact - decode exactly 2 * len lower-case hex digits
 *
 * Returns: false for any other length or byte; out is unspecified then.
 * Timing:  may depend on text, which is public.
 */
bool
hex_decode_exact(struct bytes text, unsigned char *out, size_t len);

/** hex_encode - lower case; out holds 2 * len + 1 bytes */
void
hex_encode(const unsigned char *in, size_t len, char *out);

/**
 * base64_decode_exact - decode canonical base64 of exactly len bytes
 *
 * Returns: false when the alphabet, the padding, the length or the unused bits
 *          (which must be 0) are wrong; out is unspecified then.
 * Spec:    RFC 4648 4
 */
bool
base64_decode_exact(struct bytes text, unsigned char *out, size_t len);

/**
 * base64_decode - decode canonical base64 of any length
 *
 * Owns:    *out, the arena's; it may be empty.
 * Returns: false as base64_decode_exact, or without memory.
 */
bool
base64_decode(struct bytes text, struct arena *a, struct bytes *out);

/** base64_encode - with padding; out holds 4 * ((len + 2) / 3) + 1 bytes */
void
base64_encode(const unsigned char *in, size_t len, char *out);

/**
 * form_decode - decode % and + in one name or value
 *
 * Returns: false for a % without two hex digits, or without memory.
 * Spec:    WHATWG URL, application/x-www-form-urlencoded
 */
bool
form_decode(struct bytes text, struct arena *a, struct bytes *out);

/** utf8_char_len - how many bytes the first character of text has; 0 when text
 *  is empty or does not begin with a well-formed character */
size_t
utf8_char_len(struct bytes text);

/** utf8_code - the number of a well-formed character: 0x20ac */
unsigned
utf8_code(struct bytes character);

/** utf8_encode - write the character of a number up to 0x10ffff as UTF-8;
 *  returns how many bytes that is */
size_t
utf8_encode(unsigned code, char out[4]);

/** utf8_unseen - whether a well-formed character is not text, is invisible, or
 *  reorders the text beside it on a terminal: controls, line separators, the
 *  marks of Unicode's bidirectional algorithm, tags */
bool
utf8_unseen(struct bytes character);

/** shell_quote - text as one word of sh(1): 'it'\''s'; NUL-ended, data NULL
 *  without memory */
struct bytes
shell_quote(struct bytes text, struct arena *a);

/** shell_word - the same, but as it is where a shell reads it as one word, and
 *  without memory */
const char *
shell_word(const char *text, struct arena *a);

#endif
