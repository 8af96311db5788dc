#include "words.h"

#include "codec.h"

/* Characters above ASCII that are no letters and no digits: punctuation and
 * symbols. Others are few, and a word may have them. */
static bool
words_is_apart(unsigned code)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {
		{ 0x80, 0xa9 }, { 0xab, 0xb4 }, { 0xb6, 0xb9 },
		{ 0xbb, 0xbf }, { 0xd7, 0xd7 }, { 0xf7, 0xf7 },
		{ 0x2000, 0x206f }, { 0x2190, 0x2bff }, { 0x2e00, 0x2e7f },
		{ 0x3000, 0x3004 }, { 0x3008, 0x3020 }, { 0xfe30, 0xfe6f },
		{ 0xfeff, 0xff0f }, { 0xff1a, 0xff20 }, { 0xff3b, 0xff40 },
		{ 0xff5b, 0xff65 }, { 0xfff0, 0xffff }, { 0x1f000, 0x1faff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

/* How many bytes the first character has, if a word may have it; else 0, and
 * *skip are to be left out. */
static size_t
words_char(struct bytes text, size_t *skip)
{
	const size_t len = utf8_char_len(text);

	*skip = len == 0 ? 1 : len;
	if (len == 1)
		return ascii_alnum(text.data[0]) ? 1 : 0;
	if (len == 0 ||
	    words_is_apart(utf8_code((struct bytes){ text.data, len })))
		return 0;
	return len;
}

bool
words_next(struct bytes *rest, struct bytes *word)
{
	struct bytes text = *rest;
	size_t len = 0, skip = 0, n = 0;

	while (text.len > 0 && words_char(text, &skip) == 0)
		text = bytes_from(text, skip);
	*word = (struct bytes){ text.data, 0 };
	while (text.len > 0 && (n = words_char(text, &skip)) > 0) {
		text = bytes_from(text, n);
		len += n;
		if (len <= WORD_MAX)
			word->len = len;
	}
	*rest = text;
	return word->len > 0;
}
