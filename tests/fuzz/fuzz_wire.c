/*
 * What a responder that was broken into sends to the agent, and what comes
 * back: nothing outside of the message is read, what is taken for a message is
 * within its bounds, and says the same when it is written again.
 *
 * The input: a byte for the kind of message, the message without its head.
 */
#include <string.h>

#include "fuzz.h"
#include "store_wire_ask.h"

enum { BODY_MAX = 1 << 16, GOT = 2 };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static bool
is_within(struct bytes part, struct bytes whole)
{
	return part.data == NULL || (part.data >= whole.data &&
	    part.data + part.len <= whole.data + whole.len);
}

static bool
is_word(const char *s)
{
	return event_word_valid(bytes_of(s));
}

static void
check_item(const struct store_accept *item, struct bytes m)
{
	const struct event *e = item->event;

	if (item->probe)
		return;
	MUST(is_word(e->source) && is_word(e->provider));
	MUST(event_word_valid(e->event));
	MUST(e->action.len == 0 || event_word_valid(e->action));
	MUST(e->status.len == 0 || event_word_valid(e->status));
	MUST(e->subject.len <= WIRE_SUBJECT_BYTES);
	MUST(is_within(e->subject, m) && is_within(item->headers, m) &&
	    is_within(item->body, m) && is_within(item->remote_addr, m));
	MUST(item->body.len <= BODY_MAX);
	MUST(item->received_ms >= 0);
	if (item->wait_path != NULL)
		MUST(strncmp(item->wait_path, e->source,
		    strlen(e->source)) == 0 && strstr(item->wait_path,
		    "..") == NULL);
}

static void
must_be_same(const struct buf *again, struct bytes m)
{
	MUST(!again->failed);
	MUST(bytes_equal(bytes_from(buf_bytes(again), WIRE_HEAD_LEN), m));
}

static void
read_accept(struct bytes m, struct arena *a)
{
	struct buf again = BUF(4 * WIRE_FULL_BYTES);
	struct store_accept *items;
	struct reason why;
	size_t count;

	if (wire_read_accept(m, BODY_MAX, a, &items, &count, &why) != ST_OK)
		return;
	MUST(count > 0 && count <= WIRE_ITEMS_MAX);
	for (size_t i = 0; i < count; i++)
		check_item(&items[i], m);
	if (wire_put_accept(&again, items, count) == count)
		must_be_same(&again, m);
	buf_free(&again);
}

static void
read_get(struct bytes m, struct arena *a)
{
	struct buf again = BUF(WIRE_FULL_BYTES);
	struct store_get *items;
	struct reason why;
	size_t count;

	if (wire_read_get(m, a, &items, &count, &why) != ST_OK)
		return;
	MUST(count > 0 && count <= WIRE_GETS_MAX);
	for (size_t i = 0; i < count; i++) {
		MUST((items[i].parts & (STORE_HEADERS | STORE_BODY |
		    STORE_RETRIES)) == 0);
		MUST(strchr(items[i].path, '/') != NULL &&
		    strstr(items[i].path, "..") == NULL);
	}
	wire_put_get(&again, items, count);
	must_be_same(&again, m);
	buf_free(&again);
}

static void
read_accepted(struct bytes m)
{
	struct store_accept items[GOT] = { 0 };
	struct reason why = { "" };

	if (wire_read_accepted(m, items, GOT, &why) != ST_OK)
		return;
	for (size_t i = 0; i < GOT; i++)
		MUST(items[i].fate <= STORE_FATE_PRUNED &&
		    items[i].retried >= 0);
	MUST(memchr(why.text, '\0', sizeof(why.text)) != NULL);
}

static void
read_got(struct bytes m, struct arena *a)
{
	struct store_get items[GOT] = {
		{ .id = 1, .path = "drone/build", .arena = a },
		{ .id = 2, .path = "drone/build", .arena = a } };
	struct reason why = { "" };

	if (wire_read_got(m, items, GOT, &why) != ST_OK)
		return;
	for (size_t i = 0; i < GOT; i++) {
		const struct stored_event *e = &items[i].event;

		if (items[i].status != ST_OK || e->delivery_count == 0)
			continue;
		MUST(e->delivery_count == 1);
		MUST(e->deliveries->history_count <= WIRE_ATTEMPTS_MAX);
		MUST(e->deliveries->state <= DELIVERY_FILTERED);
	}
}

static void
read_ask(struct bytes m, struct arena *a)
{
	struct buf again = BUF(WIRE_FULL_BYTES);
	union wire_asked x;
	enum wire_ask what;
	struct reason why;

	if (wire_read_ask(m, INT64_MAX / 2, a, &what, &x, &why) != ST_OK)
		return;
	MUST(what < WIRE_ASKS);
	if (what == ASK_EVENTS)
		MUST(x.events.filter.limit <= WIRE_EVENTS_MAX &&
		    (x.events.filter.parts & STORE_BODY) == 0);
	wire_put_ask(&again, what, &x);
	must_be_same(&again, m);
	buf_free(&again);
}

/* The first byte: to which question. */
static void
read_told(struct bytes m, struct arena *a)
{
	struct buf again = BUF(WIRE_FULL_BYTES);
	union wire_asked x;
	struct reason why = { "" };
	enum wire_ask what;

	if (m.len == 0)
		return;
	what = (enum wire_ask)((unsigned char)m.data[0] % WIRE_ASKS);
	m = bytes_from(m, 1);
	memset(&x, 0, sizeof(x));
	if (wire_read_told(m, what, a, &x, &why) != ST_OK)
		return;
	wire_put_told(&again, what, ST_OK, NULL, &x);
	MUST(!again.failed && again.len <= WIRE_HEAD_LEN + m.len);
	buf_free(&again);
}

static void
read_short(struct bytes m)
{
	unsigned char head[WIRE_HEAD_LEN] = { 0 };
	struct wire_head h = { WIRE_KINDS, 0 };
	struct store_next next = { 0 };
	struct reason why = { "" };
	int64_t id = 0;

	memcpy(head, m.data, m.len < sizeof(head) ? m.len : sizeof(head));
	MUST(!wire_read_head(head, &h) || h.kind < WIRE_KINDS);
	(void)wire_read_hello(m);
	(void)wire_read_verdict(m, &why);
	(void)wire_read_next(m, &next, &why);
	MUST(!wire_read_rung(m, &id) || m.len == sizeof(id));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA(1 << 24);
	struct bytes m;

	if (size == 0)
		return 0;
	m = (struct bytes){ (const char *)data + 1, size - 1 };
	switch (data[0] % 7) {
	case 0: read_accept(m, &a); break;
	case 1: read_get(m, &a); break;
	case 2: read_accepted(m); break;
	case 3: read_got(m, &a); break;
	case 4: read_short(m); break;
	case 5: read_ask(m, &a); break;
	case 6: read_told(m, &a); break;
	}
	arena_free(&a);
	return 0;
}
