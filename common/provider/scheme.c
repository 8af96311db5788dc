#include "scheme.h"

#include <string.h>

bool
scheme_pattern(const char *element, struct scheme_pattern *out)
{
	static const char *const kinds[] = { "hex", "b64", "token" };
	struct bytes after = bytes_of(element), before;

	if (!bytes_cut(&after, '%', &before) || (after.len > 0 &&
	    memchr(after.data, '%', after.len) != NULL))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i]);

		if (!bytes_has_prefix(after, kinds[i]))
			continue;
		*out = (struct scheme_pattern){ before,
			bytes_from(after, len), { after.data, len } };
		return true;
	}
	return false;
}
