#include "mask.h"

#include <string.h>

#include "buf.h"

enum { SHOWN = 4, MASKED_MAX = 64 * 1024 };

/* What ends a MAC, quoted or not. */
static bool
in_mac(char c)
{
	return c != '\0' && strchr("\", \t;", c) == NULL;
}

/* Everything of 16 bytes or more behind a '=', so that a parameter of an
 * unknown name is masked rather than shown. */
struct bytes
mask_header(struct bytes name, struct bytes value, struct arena *a)
{
	struct buf b = BUF(MASKED_MAX);

	if (!bytes_is(name, "signature") &&
	    !bytes_is(name, "circleci-signature"))
		return value;
	for (size_t i = 0; i < value.len; i++) {
		size_t n = 0;

		buf_add_char(&b, value.data[i]);
		if (value.data[i] != '=')
			continue;
		if (i + 1 < value.len && value.data[i + 1] == '"')
			buf_add_char(&b, value.data[++i]);
		while (i + 1 + n < value.len && in_mac(value.data[i + 1 + n]))
			n++;
		if (n < 16)
			continue;
		buf_add(&b, (struct bytes){ value.data + i + 1, SHOWN });
		buf_add_str(&b, "…");
		i += n;
	}
	return buf_take(&b, a);
}
