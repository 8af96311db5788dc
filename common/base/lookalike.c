#include "lookalike.h"

#include <string.h>

#include "codec.h"

#define STRAIGHT "write a straight one, \" or '"
#define BLANK "write an ordinary blank"
#define UNSEEN "it cannot be seen; delete it, or type the line again"

static const struct lookalike_range {
	unsigned first, last;
	const char *name, *remedy;
	bool visible, is_quote;
} ranges[] = {
	{ 0x00a0, 0x00a0, "a no-break space", BLANK, false, false },
	{ 0x00ab, 0x00ab, "a quotation mark", STRAIGHT, true, true },
	{ 0x00ad, 0x00ad, "a soft hyphen", UNSEEN, false, false },
	{ 0x00b4, 0x00b4, "an accent", STRAIGHT, true, false },
	{ 0x00bb, 0x00bb, "a quotation mark", STRAIGHT, true, true },
	{ 0x1680, 0x1680, "a special space", BLANK, false, false },
	{ 0x2000, 0x200a, "a special space", BLANK, false, false },
	{ 0x200b, 0x200f, "an invisible character", UNSEEN, false, false },
	{ 0x2010, 0x2015, "a dash", "write an ordinary -", true, false },
	{ 0x2018, 0x201f, "a curly quote", STRAIGHT, true, true },
	{ 0x2028, 0x202e, "an invisible character", UNSEEN, false, false },
	{ 0x202f, 0x202f, "a no-break space", BLANK, false, false },
	{ 0x2032, 0x2036, "a prime", STRAIGHT, true, false },
	{ 0x2039, 0x203a, "a quotation mark", STRAIGHT, true, true },
	{ 0x205f, 0x205f, "a special space", BLANK, false, false },
	{ 0x2060, 0x2069, "an invisible character", UNSEEN, false, false },
	{ 0x2212, 0x2212, "a minus sign", "write an ordinary -", true, false },
	{ 0x275b, 0x275e, "a curly quote", STRAIGHT, true, true },
	{ 0x3000, 0x3000, "a special space", BLANK, false, false },
	{ 0x300c, 0x300f, "a quotation mark", STRAIGHT, true, true },
	{ 0xfeff, 0xfeff, "a byte order mark", UNSEEN, false, false },
	{ 0xff02, 0xff02, "a wide quote", STRAIGHT, true, true },
	{ 0xff07, 0xff07, "a wide quote", STRAIGHT, true, true },
	{ 0xff1d, 0xff1d, "a wide equals sign", "write an ordinary =", true,
	    false },
};

/* Describe a character in *out; returns its range, or NULL. */
static const struct lookalike_range *
lookalike_find_range(unsigned code, struct lookalike *out)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct lookalike_range *r = &ranges[i];

		if (code < r->first || code > r->last)
			continue;
		*out = (struct lookalike){ .name = r->name,
		    .remedy = r->remedy, .code = code,
		    .is_quote = r->is_quote };
		return r;
	}
	return NULL;
}

bool
lookalike_find(struct bytes text, struct lookalike *out)
{
	size_t len = utf8_char_len(text);
	const struct lookalike_range *r;

	if (len < 2)
		return false;
	r = lookalike_find_range(utf8_code((struct bytes){ text.data, len }),
	    out);
	if (r != NULL && r->visible)
		memcpy(out->shown, text.data, len);
	return r != NULL;
}

bool
lookalike_windows(char byte, struct lookalike *out)
{
	/* for 0x91 to 0x94; from 0xa0 on Windows-1252 equals Unicode */
	static const unsigned quotes[] = { 0x2018, 0x2019, 0x201c, 0x201d };
	unsigned code = (unsigned char)byte;

	if (code >= 0x91 && code <= 0x94)
		code = quotes[code - 0x91];
	else if (code == 0x82 || code == 0x84)
		code = code == 0x82 ? 0x201a : 0x201e;
	else if (code == 0x96 || code == 0x97)
		code = 0x2013 + (code - 0x96);
	return lookalike_find_range(code, out) != NULL;
}

/* Without a mark: whether every second byte is NUL, and no other byte is. */
static bool
lookalike_has_nuls(struct bytes text, size_t first)
{
	enum { LOOKED_AT = 64 };
	size_t len = text.len < LOOKED_AT ? text.len : LOOKED_AT;

	for (size_t i = 0; i < len; i++)
		if ((text.data[i] == '\0') != (i % 2 == first))
			return false;
	return len >= 4;
}

bool
lookalike_utf16(struct bytes text)
{
	bool little = bytes_has_prefix(text, "\xff\xfe");
	bool big = bytes_has_prefix(text, "\xfe\xff");

	if (text.len < 4)
		return false;
	if (!little && !big)
		return lookalike_has_nuls(text, 0) ||
		    lookalike_has_nuls(text, 1);
	return text.data[little ? 3 : 2] == '\0';
}
