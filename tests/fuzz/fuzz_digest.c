/*
 * Whatever the header is, it is the body's just when the plainest reading of
 * the rule says so. Each byte 0x01 of the input stands for the base64 of the
 * body's SHA-256.
 */
#include <string.h>
#include <strings.h>

#include "digest.h"
#include "fuzz.h"

static const char RIGHT[] = "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=";

/* Of the elements named SHA-256 there is one, and all are right. */
static int
plainly_right(const char *text, size_t len)
{
	size_t start = 0, right = 0, wrong = 0;

	for (size_t i = 0; i <= len; i++) {
		size_t from = start, to = i;

		if (i < len && text[i] != ',')
			continue;
		start = i + 1;
		while (from < to && (text[from] == ' ' || text[from] == '\t'))
			from++;
		while (to > from && (text[to - 1] == ' ' ||
		    text[to - 1] == '\t'))
			to--;
		if (to - from < 7 || strncasecmp(text + from, "SHA-256", 7))
			continue;
		if (to - from > 7 && text[from + 7] != '=')
			continue;
		if (to - from == 8 + sizeof(RIGHT) - 1 &&
		    memcmp(text + from + 8, RIGHT, sizeof(RIGHT) - 1) == 0)
			right++;
		else
			wrong++;
	}
	return right > 0 && wrong == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size * sizeof(RIGHT) + 1);
	size_t len = 0;

	MUST(text != NULL);
	for (size_t i = 0; i < size; i++) {
		if (data[i] == 1) {
			memcpy(text + len, RIGHT, sizeof(RIGHT) - 1);
			len += sizeof(RIGHT) - 1;
		} else {
			text[len++] = (char)data[i];
		}
	}
	MUST((digest_check((struct bytes){ text, len }, BYTES("foo"), NULL) ==
	    ST_OK) == plainly_right(text, len));
	free(text);
	return 0;
}
