#include "gzip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

enum { PIECE_BYTES = 16 * 1024, GZIP_WINDOW = 16 + MAX_WBITS };

static enum status
gzip_fault(int ended, const z_stream *z, size_t len, size_t limit,
    struct reason *why)
{
	if (len > limit)
		return fail(why, ST_TOO_BIG, "the gzip stream unpacks to more "
		    "than the limit of %zu bytes", limit);
	if (ended == Z_MEM_ERROR)
		return fail(why, ST_BUSY, "no memory");
	if (ended == Z_BUF_ERROR)
		return fail(why, ST_MALFORMED, "the gzip stream ends early");
	if (ended != Z_STREAM_END)
		return fail(why, ST_MALFORMED, "the gzip stream is damaged: %s",
		    z->msg != NULL ? z->msg : "no reason given");
	if (z->avail_in > 0)
		return fail(why, ST_MALFORMED, "%u bytes follow the gzip "
		    "stream", z->avail_in);
	return ST_OK;
}

/* Unpacks into out, which has room for *len bytes; with out NULL it only
 * counts them, up to limit. */
static enum status
gzip_run(struct bytes in, char *out, size_t limit, size_t *len,
    struct reason *why)
{
	unsigned char piece[PIECE_BYTES] = { 0 };
	size_t room = *len, done = 0;
	z_stream z;
	enum status st;
	int ended = Z_OK;

	memset(&z, 0, sizeof(z));
	z.next_in = (z_const Bytef *)in.data;
	z.avail_in = (uInt)in.len;
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return fail(why, ST_BUSY, "no memory");
	while (ended == Z_OK && done <= limit) {
		z.next_out = piece;
		z.avail_out = PIECE_BYTES;
		ended = inflate(&z, Z_NO_FLUSH);
		if (out != NULL && PIECE_BYTES - z.avail_out <= room - done)
			memcpy(out + done, piece, PIECE_BYTES - z.avail_out);
		done += PIECE_BYTES - z.avail_out;
	}
	st = gzip_fault(ended, &z, done, limit, why);
	inflateEnd(&z);
	if (st == ST_OK)
		*len = done;
	return st;
}

/* Twice, so that no more memory is taken than it needs: the length that the
 * stream gives is the sender's word. */
enum status
gzip_inflate(struct bytes in, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct reason *why)
{
	size_t len = 0;
	enum status st;
	char *text;

	if (in.len > UINT_MAX)
		return fail(why, ST_TOO_BIG, "the gzip stream has 4 GiB or "
		    "more");
	st = gzip_run(in, NULL, limit_bytes, &len, why);
	if (st != ST_OK)
		return st;
	text = arena_alloc(a, len + 1);
	if (text == NULL)
		return fail(why, ST_BUSY, "no memory");
	st = gzip_run(in, text, limit_bytes, &len, why);
	if (st == ST_OK)
		*out = (struct bytes){ text, len };
	return st;
}
