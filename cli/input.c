#include "input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"

static enum status
read_stdin(struct buf *b, struct reason *why)
{
	char block[8192];

	for (;;) {
		ssize_t n = read(STDIN_FILENO, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(why, ST_SYSTEM, "standard input: %s",
			    strerror(errno));
		if (n == 0)
			return ST_OK;
		buf_add(b, (struct bytes){ block, (size_t)n });
		if (b->failed)
			return fail(why, ST_TOO_BIG, "standard input is over "
			    "%zu MiB", b->limit >> 20);
	}
}

enum status
input_whole(const char *path, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct reason *why)
{
	struct buf b = BUF(limit_bytes);
	enum status st;

	if (path != NULL && strcmp(path, "-") != 0)
		return file_read(path, limit_bytes, a, out, NULL, why);
	st = read_stdin(&b, why);
	if (st == ST_OK)
		*out = arena_copy(a, buf_bytes(&b));
	buf_free(&b);
	return arena_verdict(a, st, why);
}
