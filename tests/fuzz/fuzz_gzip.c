/*
 * Whatever a gzip stream is: it is refused, or it unpacks to what zlib makes of
 * it in one call, within the limit. What is packed here (if the first byte is
 * odd) unpacks to itself, and does not once a byte is added.
 */
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "gzip.h"

enum { LIMIT = 64 * 1024 };

/* In one call, with room for one byte more than the limit. */
static void
check_unpacked(struct bytes in, struct bytes out, struct arena *a)
{
	unsigned char *whole = arena_alloc(a, LIMIT + 1);
	z_stream z;

	memset(&z, 0, sizeof(z));
	MUST(inflateInit2(&z, 16 + MAX_WBITS) == Z_OK);
	z.next_in = (z_const Bytef *)in.data;
	z.avail_in = (uInt)in.len;
	z.next_out = whole;
	z.avail_out = LIMIT + 1;
	MUST(inflate(&z, Z_FINISH) == Z_STREAM_END);
	MUST(z.avail_in == 0 && z.total_out == out.len && out.len <= LIMIT);
	MUST(out.len == 0 || memcmp(whole, out.data, out.len) == 0);
	inflateEnd(&z);
}

static struct bytes
pack(struct bytes text, struct arena *a)
{
	size_t room = compressBound((uLong)text.len) + 64;
	char *out = arena_alloc(a, room + 1);
	z_stream z;

	memset(&z, 0, sizeof(z));
	MUST(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
	    Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (z_const Bytef *)text.data;
	z.avail_in = (uInt)text.len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)room;
	MUST(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);
	return (struct bytes){ out, room - z.avail_out };
}

static void
check_packed(struct bytes text, struct arena *a)
{
	struct bytes packed = pack(text, a), out;
	enum status st = gzip_inflate(packed, LIMIT, a, &out, NULL);

	MUST(st == (text.len > LIMIT ? ST_TOO_BIG : ST_OK));
	MUST(st != ST_OK || bytes_equal(out, text));
	packed.len++;
	MUST(gzip_inflate(packed, LIMIT, a, &out, NULL) != ST_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(256 << 20);
	struct bytes in, out;

	if (size == 0)
		return 0;
	in = (struct bytes){ (const char *)data + 1, size - 1 };
	if (data[0] % 2 == 1)
		check_packed(in, &a);
	else if (gzip_inflate(in, LIMIT, &a, &out, NULL) == ST_OK)
		check_unpacked(in, out, &a);
	arena_free(&a);
	return 0;
}
