/*
 * Whatever arrives on a FastCGI connection: the same is made of it wherever it
 * is cut, nothing outside of what arrived is read, the requests that begin are
 * the requests that end, and what is said is records, and not without end.
 *
 * The input: a byte for the size of the pieces, a byte for the length that each
 * request announces, the stream.
 */
#include <string.h>

#include "buf.h"
#include "call.h"
#include "fuzz.h"

enum { HEARD_MAX = 1 << 20, ROOM = 100000 };

/* Who is told of requests: writes down what it hears. */
struct host {
	struct buf heard;
	size_t wanted, got;
	long long reserved;
	bool active, complete;
};

static void *
begin(void *ctx)
{
	struct host *h = ctx;

	must(!h->active, "a request within another one");
	h->active = true;
	h->complete = false;
	h->got = 0;
	buf_add_char(&h->heard, '<');
	return h;
}

static bool
reserve(void *ctx, long long bytes)
{
	struct host *h = ctx;

	if (bytes > 0 && h->reserved + bytes > ROOM)
		return false;
	h->reserved += bytes;
	must(h->reserved >= 0, "more given back than reserved");
	return true;
}

static bool
head(void *request, char *text, size_t len, enum call_fault fault)
{
	struct host *h = request;
	bool whole;
	size_t count = record_variables(text, len, &whole);

	must(len <= CALL_PARAMS_MAX, "variables over their limit");
	/* where room is short depends on the pieces */
	if (fault == CALL_NO_ROOM) {
		h->heard.failed = true;
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		must(strchr(text, '=') != NULL, "no variable");
		buf_add(&h->heard, (struct bytes){ text, strlen(text) + 1 });
		text += strlen(text) + 1;
	}
	buf_printf(&h->heard, "%d%d:", whole, fault);
	h->complete = !whole || fault != CALL_SOUND;
	return !h->complete;
}

static bool
body(void *request, struct bytes piece, size_t left)
{
	struct host *h = request;

	must(piece.len > 0, "an empty piece");
	must(left + piece.len <= 65535, "a record longer than one can be");
	h->got += piece.len;
	if (h->wanted > 0 && h->got + left > h->wanted) {
		buf_add_char(&h->heard, '!');
		h->complete = true;
		return false;
	}
	buf_add(&h->heard, piece);
	h->complete = h->got == h->wanted;
	return !h->complete;
}

static void
end(void *request, int how)
{
	struct host *h = request;

	/* behind a complete body, or what is refused, it has to be in time,
	 * which is the pieces' */
	if (!h->complete)
		buf_printf(&h->heard, "(%d)", how);
}

static void
drop(void *request)
{
	struct host *h = request;

	must(h->active, "the end of no request");
	h->active = false;
	buf_add_char(&h->heard, '>');
}

static const struct call_ops ops = { begin, reserve, head, body, end, drop };

/* Records, whole ones. */
static void
check_said(struct buf *out)
{
	const unsigned char *p = (const unsigned char *)out->data;
	size_t at = 0;

	while (at < out->len) {
		must(out->len - at >= 8, "half a record");
		must(p[at] == 1 && p[at + 1] >= 3 && p[at + 1] <= 11,
		    "no record");
		at += 8u + (size_t)(p[at + 4] << 8 | p[at + 5]) + p[at + 6];
	}
	must(at == out->len, "a record that is longer than it is");
	must(at <= (CALL_QUESTIONS_MAX + 2) * 100, "endless answers");
	buf_free(out);
}

/* A copy of each piece: a byte read outside of it is seen by a sanitizer. */
static void
feed(struct call *c, const uint8_t *data, size_t size, size_t piece)
{
	size_t at = 0;

	while (at < size && c->state != CALL_OVER) {
		size_t n = size - at < piece ? size - at : piece;
		char *copy = malloc(n);
		struct bytes in = { copy, n };

		must(copy != NULL, "no memory");
		memcpy(copy, data + at, n);
		call_feed(c, &in);
		at += n - in.len;
		must(in.len == 0 || c->state == CALL_WHOLE ||
		    c->state == CALL_OVER, "bytes that are not taken");
		free(copy);
		check_said(&c->out);
		if (c->state == CALL_WHOLE) {
			call_reply(c, BYTES("ok"));
			call_end_reply(c);
			check_said(&c->out);
		}
	}
	if (c->state != CALL_OVER)
		call_break_off(c, TRANSPORT_BROKEN);
}

static struct buf
run(const uint8_t *data, size_t size, size_t piece, size_t wanted)
{
	struct host h = { .heard = BUF(HEARD_MAX), .wanted = wanted };
	struct call c;

	call_init(&c, &ops, &h);
	feed(&c, data, size, piece);
	call_free(&c);
	must(!h.active && h.reserved == 0, "something is left");
	return h.heard;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, cut;

	if (size < 3)
		return 0;
	whole = run(data + 2, size - 2, size, data[1]);
	cut = run(data + 2, size - 2, 1u + data[0], data[1]);
	if (!whole.failed && !cut.failed)
		must(bytes_equal(buf_bytes(&whole), buf_bytes(&cut)),
		    "another request, because it was cut");
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
