#include "coding.h"

#include <string.h>

#include "gzip.h"

/* RFC 9110 8.4.1.3: x-gzip is the same. */
static bool
coding_is_gzip(struct bytes value)
{
	return bytes_is_nocase(value, "gzip") ||
	    bytes_is_nocase(value, "x-gzip");
}

static enum status
coding_read(const struct message *m, bool *gzip, struct reason *why)
{
	struct bytes value;

	if (message_headers(m, "content-encoding", &value) > 1)
		return fail(why, ST_MEDIA, "Content-Encoding appears twice");
	*gzip = coding_is_gzip(value);
	if (value.len > 0 && !*gzip && !bytes_is_nocase(value, "identity"))
		return fail(why, ST_MEDIA, "the body is encoded, and not by "
		    "gzip alone");
	return ST_OK;
}

enum status
coding_check(const struct message *m, struct reason *why)
{
	bool gzip;

	return coding_read(m, &gzip, why);
}

enum status
coding_undo(const struct message *m, int64_t limit_bytes, struct arena *a,
    struct message *out, struct reason *why)
{
	struct bytes body = m->body;
	bool gzip;
	enum status st = coding_read(m, &gzip, why);

	if (st == ST_OK && gzip)
		st = gzip_inflate(m->body, (size_t)limit_bytes, a, &body, why);
	if (st != ST_OK)
		return st;
	*out = *m;
	out->body = body;
	return ST_OK;
}
