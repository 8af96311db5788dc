#include "agent_private.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "clock.h"
#include "store_stream.h"

/*
 * A thread for each connection: it waits for questions and answers them, one
 * by one. Both take bounded time and memory: a responder that was broken into
 * may send half a message, or not read its answers.
 */

enum {
	HELLO_BYTES = 64,	/* the first message has no more */
	MESSAGE_MS = 5000,	/* once one has begun, it is there by then */
	SMALL_BYTES = 64 * 1024,	/* takes no part of the room */
	ARENA_BYTES = 64 * 1024 * 1024
};

/* What one connection uses again and again. */
struct talk {
	struct agent_conn *conn;
	struct arena arena;
	struct buf in, out;
	struct wire_head head;
};

/* False when the connection is to end. */
typedef bool talk_answer(struct talk *t, struct bytes message);

static bool
talk_send(struct agent_conn *c, const struct buf *out)
{
	enum status st = ST_BUSY;

	pthread_mutex_lock(&c->writing);
	if (!out->failed)
		st = stream_send(c->fd, buf_bytes(out),
		    clock_steady_ms() + MESSAGE_MS, NULL);
	pthread_mutex_unlock(&c->writing);
	agent_tell_missed(c);
	return st == ST_OK;
}

/* --- accept --------------------------------------------------------------- */

/* What a responder may want of an item is only what the configuration allows;
 * the bell is the agent's own. */
static void
talk_restrict(struct agent *a, struct store_accept *items, size_t count,
    const char *bell)
{
	const struct agent_options *o = a->o;

	pthread_mutex_lock(&a->asking);
	for (size_t i = 0; i < count; i++) {
		struct store_accept *item = &items[i];

		if (item->wait_path != NULL && o->shows != NULL &&
		    !o->shows(o->ctx, item->wait_path))
			item->wait_path = NULL;
		if (item->retry && o->retries != NULL)
			item->retry = o->retries(o->ctx, item->event->source);
		item->bell = item->bell != NULL && item->wait_path != NULL &&
		    bell[0] != '\0' ? bell : NULL;
	}
	pthread_mutex_unlock(&a->asking);
}

static bool
talk_wants_bell(const struct store_accept *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].bell != NULL)
			return true;
	return false;
}

static bool
talk_accept(struct talk *t, struct bytes message)
{
	struct agent *a = t->conn->agent;
	struct agent_ticket ticket = { 0 };
	char bell[sizeof(a->listener.name)] = "";
	enum status st = wire_read_accept(message, a->o->body_limit_bytes,
	    &t->arena, &ticket.items, &ticket.count, &ticket.why);

	if (st == ST_MALFORMED)
		return false;
	/* without it the event is stored all the same: its sender waits until
	 * the time is up */
	if (st == ST_OK && talk_wants_bell(ticket.items, ticket.count))
		(void)listener_name(&a->listener, bell, sizeof(bell),
		    &ticket.why);
	if (st == ST_OK) {
		talk_restrict(a, ticket.items, ticket.count, bell);
		commit_events(&a->commit, &ticket);
		st = ticket.status;
	}
	wire_put_accepted(&t->out, st, &ticket.why, ticket.items,
	    ticket.count);
	return talk_send(t->conn, &t->out);
}

/* --- looking -------------------------------------------------------------- */

static bool
talk_next(struct talk *t, struct bytes message)
{
	struct agent *a = t->conn->agent;
	struct store_next next = { 0 };
	struct reason why = { "" };
	struct store *s;
	enum status st;

	if (!wire_is_empty(message))
		return false;
	pthread_mutex_lock(&a->looking);
	st = agent_store_use(&a->look, &s, &why);
	if (st == ST_OK) {
		st = store_next(s, &next, &why);
		agent_store_used(&a->look, st);
	}
	pthread_mutex_unlock(&a->looking);
	wire_put_next(&t->out, st, &why, &next);
	return talk_send(t->conn, &t->out);
}

/* False where one may not be shown: no responder of ours asks for it. */
static bool
talk_may_get(struct agent *a, const struct store_get *items, size_t count)
{
	const struct agent_options *o = a->o;
	bool may = true;

	pthread_mutex_lock(&a->asking);
	for (size_t i = 0; i < count && o->shows != NULL; i++)
		may = may && o->shows(o->ctx, items[i].path);
	pthread_mutex_unlock(&a->asking);
	return may;
}

static bool
talk_get(struct talk *t, struct bytes message)
{
	struct agent *a = t->conn->agent;
	struct store_get *items;
	struct reason why = { "" };
	struct store *s;
	size_t count;
	enum status st = wire_read_get(message, &t->arena, &items, &count,
	    &why);

	if (st == ST_MALFORMED)
		return false;
	if (st == ST_OK && !talk_may_get(a, items, count))
		st = fail(&why, ST_DENIED, "the reply of this handler is "
		    "not one that a request waits for");
	if (st == ST_OK) {
		pthread_mutex_lock(&a->looking);
		st = agent_store_use(&a->look, &s, &why);
		if (st == ST_OK) {
			st = store_get_many(s, items, count, &why);
			agent_store_used(&a->look, st);
		}
		pthread_mutex_unlock(&a->looking);
	}
	wire_put_got(&t->out, st, &why, items, count);
	return talk_send(t->conn, &t->out);
}

static bool
talk_listen(struct talk *t, struct bytes message)
{
	struct agent *a = t->conn->agent;
	char name[sizeof(a->listener.name)];
	struct reason why = { "" };
	enum status st;

	if (!wire_is_empty(message))
		return false;
	pthread_mutex_lock(&a->mutex);
	t->conn->listens = true;
	pthread_mutex_unlock(&a->mutex);
	st = listener_name(&a->listener, name, sizeof(name), &why);
	wire_put_verdict(&t->out, WIRE_LISTENS, st, &why);
	return talk_send(t->conn, &t->out);
}

/* --- for pages ------------------------------------------------------------ */

static bool
talk_ask(struct talk *t, struct bytes message)
{
	return ask_answer(t->conn->agent, message, &t->arena, &t->out) &&
	    talk_send(t->conn, &t->out);
}

/* --- the conversation ----------------------------------------------------- */

static talk_answer *const answers[WIRE_KINDS] = {
	[WIRE_ACCEPT] = talk_accept, [WIRE_NEXT] = talk_next,
	[WIRE_LISTEN] = talk_listen, [WIRE_GET] = talk_get,
	[WIRE_ASK] = talk_ask
};

/* Room for all messages that are being read at the same time. A short message
 * needs none. */
static void
talk_take_room(struct agent *a, size_t len)
{
	pthread_mutex_lock(&a->mutex);
	while (len > a->room_bytes)
		pthread_cond_wait(&a->changed, &a->mutex);
	a->room_bytes -= len;
	pthread_mutex_unlock(&a->mutex);
}

static void
talk_give_room(struct agent *a, size_t len)
{
	pthread_mutex_lock(&a->mutex);
	a->room_bytes += len;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->mutex);
}

/* What was large is given back. */
static void
talk_empty(struct buf *b)
{
	if (b->size > SMALL_BYTES)
		buf_free(b);
	b->len = 0;
	b->failed = b->no_memory = false;
}

static bool
talk_answer_next(struct talk *t)
{
	struct agent_conn *c = t->conn;
	size_t room;
	bool goes_on;

	if (stream_await(c->fd, INT64_MAX) != ST_OK || stream_head(c->fd,
	    clock_steady_ms() + MESSAGE_MS, &t->head, NULL) != ST_OK ||
	    t->head.len > t->in.limit || answers[t->head.kind] == NULL)
		return false;
	room = t->head.len > SMALL_BYTES ? t->head.len : 0;
	talk_take_room(c->agent, room);
	goes_on = stream_rest(c->fd, clock_steady_ms() + MESSAGE_MS, &t->head,
	    &t->in, NULL) == ST_OK &&
	    answers[t->head.kind](t, buf_bytes(&t->in));
	talk_empty(&t->in);
	talk_empty(&t->out);
	talk_give_room(c->agent, room);
	arena_reset(&t->arena);
	return goes_on;
}

static bool
talk_welcome(struct talk *t)
{
	struct agent_conn *c = t->conn;
	uint32_t version;

	/* plain CGI connects before it is confined, and reads its request */
	if (stream_await(c->fd, INT64_MAX) != ST_OK ||
	    stream_receive(c->fd, clock_steady_ms() + MESSAGE_MS, &t->head,
	    &t->in, NULL) != ST_OK || t->head.kind != WIRE_HELLO)
		return false;
	version = wire_read_hello(buf_bytes(&t->in));
	if (version == 0)
		return false;
	/* It has read the present configuration, and so must we. One of a newer
	 * version starts another agent, which understands older ones, too. */
	if (agent_wishes(c->agent, version > WIRE_VERSION) == AGENT_ENDS)
		return false;
	wire_put_verdict(&t->out, WIRE_WELCOME, ST_OK, NULL);
	if (!talk_send(c, &t->out))
		return false;
	talk_empty(&t->out);
	return true;
}

void
talk_serve(struct agent_conn *c)
{
	struct talk t = { .conn = c, .arena = ARENA(ARENA_BYTES),
		.in = BUF(HELLO_BYTES), .out = BUF(WIRE_ANSWER_BYTES) };
	bool goes_on = talk_welcome(&t);

	t.in.limit = c->agent->message_max;
	while (goes_on)
		goes_on = talk_answer_next(&t);
	(void)shutdown(c->fd, SHUT_RDWR);
	buf_free(&t.in);
	buf_free(&t.out);
	arena_free(&t.arena);
}
