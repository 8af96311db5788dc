#include "opaque.h"

#include <string.h>

static bool
opaque_run_char(char c)
{
	return ascii_alnum(c) || (c != '\0' && strchr("+/-_%", c) != NULL);
}

size_t
opaque_run(struct bytes text)
{
	size_t n = 0, pad = 0;

	while (n < text.len && opaque_run_char(text.data[n]))
		n++;
	while (n > 0 && pad < 2 && n + pad < text.len &&
	    text.data[n + pad] == '=')
		pad++;
	return n >= OPAQUE_MIN ? n + pad : n;
}

bool
opaque_words(struct bytes run)
{
	for (size_t i = 0; i < run.len; i++) {
		char c = run.data[i];

		if (!(c >= 'a' && c <= 'z') && c != '-' && c != '_' &&
		    c != '/')
			return false;
	}
	return true;
}
