/* What the tests of gzip need: a stream made by zlib itself. */
#ifndef CGIHOOK_TEST_GZIP_FIXTURE_H
#define CGIHOOK_TEST_GZIP_FIXTURE_H

#include <string.h>
#include <zlib.h>

#include "arena.h"
#include "testing.h"

static inline struct bytes
gzip_of(struct arena *a, struct bytes text)
{
	size_t size = compressBound((uLong)text.len) + 64;
	char *out = arena_alloc(a, size);
	z_stream z;

	memset(&z, 0, sizeof(z));
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9,
	    Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (z_const Bytef *)text.data;
	z.avail_in = (uInt)text.len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size -= z.avail_out;
	deflateEnd(&z);
	return (struct bytes){ out, size };
}

#endif
