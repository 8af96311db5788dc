#include "mask.h"

#include "buf.h"
#include "opaque.h"
#include "provider.h"

enum { SHOWN = 4, MASKED_MAX = 64 * 1024 };

static bool
mask_is_plain(struct bytes name)
{
	const struct header_rule *r = provider_header(NULL, name);

	return r != NULL ? r->kind != HEADER_SIGNATURE :
	    bytes_is(name, "content-type") || bytes_is(name, "user-agent");
}

struct bytes
mask_header(struct bytes name, struct bytes value, struct arena *a)
{
	struct buf b = BUF(MASKED_MAX);

	if (value.len == 0 || mask_is_plain(name))
		return value;
	while (value.len > 0) {
		size_t n = opaque_run(value);
		struct bytes run = { value.data, n > 0 ? n : 1 };

		if (n >= OPAQUE_MIN && !opaque_words(run)) {
			buf_add(&b, (struct bytes){ run.data, SHOWN });
			buf_add_str(&b, "…");
		} else {
			buf_add(&b, run);
		}
		value = bytes_from(value, run.len);
	}
	return buf_take(&b, a);
}
