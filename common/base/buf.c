#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

/* Room for more bytes behind what is there, within the limit. */
static bool
reserve(struct buf *b, size_t more)
{
	size_t size = b->size > 0 ? b->size : FIRST_BYTES;
	char *data;

	if (b->failed || more > b->limit - b->len) {
		b->failed = true;
		return false;
	}
	if (b->data != NULL && more <= b->size - b->len)
		return true;
	while (size - b->len < more)
		size = size > b->limit / 2 ? b->limit : size * 2;
	data = realloc(b->data, size > 0 ? size : 1);
	if (data == NULL) {
		b->failed = b->no_memory = true;
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

void
buf_add(struct buf *b, struct bytes more)
{
	if (more.len == 0 || !reserve(b, more.len))
		return;
	memcpy(b->data + b->len, more.data, more.len);
	b->len += more.len;
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, bytes_of(s));
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, (struct bytes){ &c, 1 });
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	char small[512], *text = small;
	int len;

	va_start(ap, format);
	va_copy(again, ap);
	len = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	if (len >= (int)sizeof(small)) {
		text = malloc((size_t)len + 1);
		if (text != NULL)
			vsnprintf(text, (size_t)len + 1, format, again);
	}
	va_end(again);
	if (len < 0 || text == NULL)
		b->failed = b->no_memory = true;
	else
		buf_add(b, (struct bytes){ text, (size_t)len });
	if (text != small)
		free(text);
}

struct bytes
buf_bytes(const struct buf *b)
{
	/* Nothing yet is an empty text, not an absent one. */
	return (struct bytes){ b->data != NULL ? b->data : "", b->len };
}

struct bytes
buf_take(struct buf *b, struct arena *a)
{
	struct bytes out;

	if (b->no_memory)
		arena_fail(a);
	out = b->failed ? BYTES_NONE : arena_copy(a, buf_bytes(b));
	buf_free(b);
	return out;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = BUF(b->limit);
}
