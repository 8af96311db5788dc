#include "store_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent_socket.h"
#include "clock.h"
#include "store_local.h"
#include "store_stream.h"
#include "store_wire_ask.h"

/*
 * The store as a responder has it that may not open it: every call is a
 * question to the agent (agent.h). What is of this machine, the runner and its
 * bell, is in the state folder, as ever.
 *
 * The connection is made when it is needed, and again when it is lost. An agent
 * that ends in order has answered all that it was sent. So what could not be
 * sent whole was not done, and is sent to the next one. What was sent and never
 * answered may have been done: whoever asked is told that it failed.
 */

enum {
	LOOK_MS = 2500,			/* for an answer, but to an accept */
	HELLO_MS = 2500,
	AGAIN_MS = 500,			/* no other try to connect so soon */
	NAP_US = 5000,
	RUNG_MAX = 64
};

struct remote {
	struct store store;
	char *dir;
	enum store_role role;
	int64_t busy_ms;
	struct store_reach reach;

	int fd;				/* the same number for ever, since
					   listeners poll it */
	bool connected, listens;
	int64_t failed_ms;		/* steady: when that was tried last */
	struct reason failed;
	struct buf in, out;
	struct wire_head head;
	int64_t rung[RUNG_MAX];		/* not yet told */
	size_t rung_count;
	struct local local;
};

static struct remote *
remote_of(struct store *s)
{
	return (struct remote *)s;
}

/* --- the connection ------------------------------------------------------- */

/* In its place there is something that is never readable. */
static void
remote_drop(struct remote *r)
{
	int quiet;

	if (!r->connected)
		return;
	r->connected = false;
	quiet = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (quiet >= 0 && dup3(quiet, r->fd, O_CLOEXEC) >= 0) {
		close(quiet);
		return;
	}
	close(r->fd);
	r->fd = -1;
	if (quiet >= 0)
		close(quiet);
}

static enum status
remote_keep(struct remote *r, int fd, struct reason *why)
{
	int kept = fd;

	if (r->fd >= 0) {
		kept = dup3(fd, r->fd, O_CLOEXEC);
		close(fd);
	}
	if (kept < 0)
		return fail(why, ST_SYSTEM, "dup3: %s", strerror(errno));
	r->fd = kept;
	r->connected = true;
	return ST_OK;
}

/* Those that were not told any more are told to look for themselves. */
static void
remote_note_ring(struct remote *r, int64_t event_id)
{
	if (r->rung_count < RUNG_MAX)
		r->rung[r->rung_count++] = event_id;
	else
		r->rung[RUNG_MAX - 1] = STORE_NO_EVENT;
}

/* The answer to what was sent, in r->in. */
static enum status
remote_receive(struct remote *r, int fd, enum wire_kind kind,
    int64_t until_ms, struct reason *why)
{
	int64_t id;
	enum status st;

	for (;;) {
		st = stream_receive(fd, until_ms, &r->head, &r->in, why);
		if (st == ST_UNKNOWN)
			return fail(why, ST_SYSTEM, "the agent has ended "
			    "before it answered");
		if (st == ST_BUSY)
			return fail(why, ST_BUSY, "the agent does not answer");
		if (st != ST_OK || r->head.kind == kind)
			return st;
		if (r->head.kind != WIRE_RUNG ||
		    !wire_read_rung(buf_bytes(&r->in), &id))
			return fail(why, ST_SYSTEM, "the agent answered what "
			    "was not asked");
		remote_note_ring(r, id);
	}
}

static void
remote_begin(struct remote *r)
{
	r->out.len = 0;
	r->out.failed = r->out.no_memory = false;
}

static enum status
remote_ask(struct remote *r, int fd, struct buf *question,
    enum wire_kind kind, int64_t until_ms, struct reason *why)
{
	enum status st = question->failed ? fail(why, ST_BUSY, "no memory") :
	    stream_send(fd, buf_bytes(question), until_ms, why);

	if (st == ST_OK)
		st = remote_receive(r, fd, kind, until_ms, why);
	return st == ST_OK ? wire_read_verdict(buf_bytes(&r->in), why) : st;
}

static enum status
remote_greet(struct remote *r, int fd, int64_t until_ms, struct reason *why)
{
	struct buf question = BUF(256);
	enum status st;

	wire_put_hello(&question);
	st = remote_ask(r, fd, &question, WIRE_WELCOME, until_ms, why);
	question.len = 0;
	if (st == ST_OK && r->listens) {
		wire_put_question(&question, WIRE_LISTEN);
		st = remote_ask(r, fd, &question, WIRE_LISTENS, until_ms, why);
	}
	buf_free(&question);
	return st;
}

static enum status
remote_reach(struct remote *r, int64_t until_ms, int *fd, struct reason *why)
{
	if (r->reach.connect != NULL)
		return r->reach.connect(r->reach.ctx, until_ms, fd, why);
	return agent_socket_connect(r->dir, fd, why);
}

/* One that is about to end lets nobody in any more; the next one does. */
static enum status
remote_try(struct remote *r, int64_t until_ms, struct reason *why)
{
	enum status st;
	int fd = -1;

	for (;;) {
		st = remote_reach(r, until_ms, &fd, why);
		if (st != ST_OK)
			return st;
		st = remote_greet(r, fd, until_ms, why);
		if (st == ST_OK)
			return remote_keep(r, fd, why);
		close(fd);
		if (st != ST_SYSTEM || clock_steady_ms() >= until_ms)
			return st;
		clock_nap_us(NAP_US);
	}
}

static enum status
remote_connect(struct remote *r, int64_t until_ms, struct reason *why)
{
	const int64_t now_ms = clock_steady_ms(), soon_ms = now_ms + HELLO_MS;
	enum status st;

	if (r->failed_ms != 0 && now_ms - r->failed_ms < AGAIN_MS) {
		*why = r->failed;
		return ST_SYSTEM;
	}
	st = remote_try(r, soon_ms < until_ms ? soon_ms : until_ms,
	    &r->failed);
	r->failed_ms = st == ST_OK ? 0 : clock_steady_ms();
	if (st == ST_OK)
		return st;
	*why = r->failed;
	/* nobody needs to know whether it was late or not there */
	return ST_SYSTEM;
}

/* Connected, as far as can be told. */
static enum status
remote_ready(struct remote *r, int64_t until_ms, struct reason *why)
{
	/* nothing is to be read before there is a question, but the end */
	if (r->connected && !r->listens && stream_await(r->fd, 0) == ST_OK)
		remote_drop(r);
	return r->connected ? ST_OK : remote_connect(r, until_ms, why);
}

/* The question in r->out; again: it may be asked twice. */
static enum status
remote_call(struct remote *r, enum wire_kind kind, bool again,
    int64_t until_ms, struct reason *why)
{
	enum status st = r->out.failed ? fail(why, ST_BUSY, "no memory") :
	    ST_OK;
	bool sent = false, more = st == ST_OK;

	for (int tries = 0; more && tries < 3; tries++) {
		st = remote_ready(r, until_ms, why);
		if (st != ST_OK)
			return st;
		st = stream_send(r->fd, buf_bytes(&r->out), until_ms, why);
		sent = st == ST_OK;
		if (sent)
			st = remote_receive(r, r->fd, kind, until_ms, why);
		if (st != ST_OK)
			remote_drop(r);
		more = st == ST_SYSTEM && (!sent || again) &&
		    clock_steady_ms() < until_ms;
	}
	return st;
}

/* --- accept --------------------------------------------------------------- */

static void
remote_set_all(struct store_accepts *batch, enum status st)
{
	for (size_t i = 0; i < batch->count; i++) {
		batch->items[i].status = st;
		batch->items[i].rerun = false;
		batch->items[i].fate = STORE_FATE_OPEN;
		batch->items[i].retried = 0;
		batch->items[i].id = 0;
	}
}

/* As many as a message holds. */
static enum status
remote_accept_some(struct remote *r, struct store_accept *items, size_t *count,
    int64_t until_ms, struct reason *why)
{
	enum status st;

	remote_begin(r);
	*count = wire_put_accept(&r->out, items,
	    *count < WIRE_ITEMS_MAX ? *count : WIRE_ITEMS_MAX);
	st = remote_call(r, WIRE_ACCEPTED, false, until_ms, why);
	return st == ST_OK ? wire_read_accepted(buf_bytes(&r->in), items,
	    *count, why) : st;
}

static enum status
remote_accept(struct store *s, struct store_accepts *batch,
    struct reason *why)
{
	struct remote *r = remote_of(s);
	const int64_t until_ms = clock_steady_ms() + r->busy_ms;
	enum status st = r->role == STORE_READ ? fail(why, ST_BUG,
	    "opened to read") : remote_ready(r, until_ms, why);
	size_t done = 0, n;

	if (batch->gather != NULL)
		batch->gather(batch);
	remote_set_all(batch, ST_SYSTEM);
	while (st == ST_OK && done < batch->count) {
		n = batch->count - done;
		st = remote_accept_some(r, batch->items + done, &n, until_ms,
		    why);
		done += n;
	}
	if (st != ST_OK)
		remote_set_all(batch, st);
	return st;
}

/* --- looking -------------------------------------------------------------- */

static enum status
remote_next(struct store *s, struct store_next *out, struct reason *why)
{
	struct remote *r = remote_of(s);
	enum status st;

	remote_begin(r);
	wire_put_question(&r->out, WIRE_NEXT);
	st = remote_call(r, WIRE_NEXT_IS, true, clock_steady_ms() + LOOK_MS,
	    why);
	return st == ST_OK ? wire_read_next(buf_bytes(&r->in), out, why) : st;
}

/* asked: the struct of that kind, which is also told in. again: it may be asked
 * twice; a: NULL where nothing is told that needs it. */
static enum status
remote_ask_for(struct store *s, enum wire_ask what, bool again,
    struct arena *a, void *asked, struct reason *why)
{
	struct remote *r = remote_of(s);
	struct arena none = ARENA(0);
	enum status st;

	remote_begin(r);
	wire_put_ask(&r->out, what, asked);
	st = remote_call(r, WIRE_TOLD, again, clock_steady_ms() + LOOK_MS, why);
	return st == ST_OK ? wire_read_told(buf_bytes(&r->in), what,
	    a != NULL ? a : &none, asked, why) : st;
}

static enum status
remote_get_some(struct remote *r, struct store_get *items, size_t count,
    struct reason *why)
{
	enum status st;

	remote_begin(r);
	wire_put_get(&r->out, items, count);
	st = remote_call(r, WIRE_GOT, true, clock_steady_ms() + LOOK_MS, why);
	return st == ST_OK ? wire_read_got(buf_bytes(&r->in), items, count,
	    why) : st;
}

/* What a request that waits for its handler asks, which is allowed by that
 * handler's mode, and not by a token. */
static bool
remote_waits(const struct store_get *items, size_t count)
{
	bool waits = true;

	for (size_t i = 0; i < count; i++)
		waits = waits && items[i].path != NULL && (items[i].parts &
		    ~(unsigned)(STORE_DELIVERIES | STORE_ATTEMPTS)) == 0;
	return waits;
}

static enum status
remote_get_each(struct store *s, struct store_get *items, size_t count,
    struct reason *why)
{
	enum status st = ST_OK;

	for (size_t i = 0; st == ST_OK && i < count; i++) {
		items[i].status = remote_ask_for(s, ASK_EVENT, true,
		    items[i].arena, &items[i], why);
		if (items[i].status != ST_UNKNOWN &&
		    items[i].status != ST_BUSY)
			st = items[i].status;
	}
	return st;
}

static enum status
remote_get(struct store *s, struct store_get *items, size_t count,
    struct reason *why)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < count; i++)
		items[i].status = ST_SYSTEM;
	if (!remote_waits(items, count))
		return remote_get_each(s, items, count, why);
	for (size_t n; st == ST_OK && count > 0; items += n, count -= n) {
		n = count < WIRE_GETS_MAX ? count : WIRE_GETS_MAX;
		st = remote_get_some(remote_of(s), items, n, why);
	}
	return st;
}

static enum status
remote_list(struct store *s, const struct store_filter *f, struct arena *a,
    struct stored_event **out, size_t *count, struct reason *why)
{
	struct wire_events e = { .filter = *f };
	enum status st;

	if (f->limit < 1 || f->limit > WIRE_EVENTS_MAX)
		return fail(why, ST_MALFORMED, "by way of an agent a list has "
		    "1 to %d events", WIRE_EVENTS_MAX);
	st = remote_ask_for(s, ASK_EVENTS, true, a, &e, why);
	if (st != ST_OK)
		return st;
	if (f->handler_from != NULL)
		*f->handler_from = e.handler_from;
	*out = e.events;
	*count = e.count;
	return ST_OK;
}

static enum status
remote_stats(struct store *s, struct store_stats *out, struct reason *why)
{
	return remote_ask_for(s, ASK_STATS, true, NULL, out, why);
}

static enum status
remote_measure(struct store *s, struct arena *a, struct store_measures *out,
    struct reason *why)
{
	return remote_ask_for(s, ASK_MEASURES, true, a, out, why);
}

static enum status
remote_hours(struct store *s, struct store_hours *h, struct reason *why)
{
	return remote_ask_for(s, ASK_HOURS, true, h->arena, h, why);
}

static enum status
remote_checked_get(struct store *s, struct arena *a,
    struct store_checked *out, struct reason *why)
{
	return remote_ask_for(s, ASK_CHECKED, true, a, out, why);
}

/* --- what visitors do ----------------------------------------------------- */

static enum status
remote_retry(struct store *s, struct store_retry *r, struct reason *why)
{
	return remote_ask_for(s, ASK_RETRY, false, NULL, r, why);
}

static enum status
remote_session_add(struct store *s, const struct store_session *add,
    struct reason *why)
{
	struct store_session session = *add;

	return remote_ask_for(s, ASK_SESSION_ADD, false, NULL, &session, why);
}

static enum status
remote_session(struct store *s, enum wire_ask what,
    enum store_session_kind kind, const unsigned char digest[SHA256_LEN],
    struct arena *a, struct store_session *out, struct reason *why)
{
	struct store_session session = { .kind = kind };
	enum status st;

	memcpy(session.digest, digest, SHA256_LEN);
	st = remote_ask_for(s, what, what == ASK_SESSION_FIND, a, &session,
	    why);
	if (st == ST_OK)
		*out = session;
	return st;
}

static enum status
remote_session_find(struct store *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return remote_session(s, ASK_SESSION_FIND, kind, digest, a, out, why);
}

static enum status
remote_session_take(struct store *s, enum store_session_kind kind,
    const unsigned char digest[SHA256_LEN], struct arena *a,
    struct store_session *out, struct reason *why)
{
	return remote_session(s, ASK_SESSION_TAKE, kind, digest, a, out, why);
}

static enum status
remote_audit_add(struct store *s, const struct store_note *n,
    struct reason *why)
{
	struct store_note note = *n;

	return remote_ask_for(s, ASK_NOTE, false, NULL, &note, why);
}

/* --- being woken ---------------------------------------------------------- */

static enum status
remote_listen(struct store *s, int *fd, struct reason *why)
{
	struct remote *r = remote_of(s);
	enum status st;

	/* the next connection listens from its beginning */
	remote_drop(r);
	r->listens = true;
	st = remote_ready(r, clock_steady_ms() + LOOK_MS, why);
	if (st == ST_OK)
		*fd = r->fd;
	else
		r->listens = false;
	return st;
}

static const char *
remote_bell(const struct store *s)
{
	return ((const struct remote *)s)->listens ? "agent" : NULL;
}

/* What was rung for while there was no connection is not known: whoever waits
 * has to look. */
static void
remote_hear(struct remote *r)
{
	const int64_t until_ms = clock_steady_ms() + LOOK_MS;
	struct reason why;
	int64_t id;

	if (stream_receive(r->fd, until_ms, &r->head, &r->in, &why) ==
	    ST_OK && r->head.kind == WIRE_RUNG &&
	    wire_read_rung(buf_bytes(&r->in), &id)) {
		remote_note_ring(r, id);
		return;
	}
	remote_drop(r);
	(void)remote_connect(r, until_ms, &why);
	remote_note_ring(r, STORE_NO_EVENT);
}

static bool
remote_rung(struct store *s, int64_t *event_id)
{
	struct remote *r = remote_of(s);

	if (r->rung_count == 0 && r->connected && r->listens &&
	    stream_await(r->fd, 0) == ST_OK)
		remote_hear(r);
	if (r->rung_count == 0)
		return false;
	*event_id = r->rung[0];
	memmove(r->rung, r->rung + 1, --r->rung_count * sizeof(r->rung[0]));
	return true;
}

/* --- this machine's runner ------------------------------------------------ */

static struct local *
remote_local(struct store *s)
{
	struct remote *r = remote_of(s);

	if (r->local.dirfd < 0)
		r->local.dirfd = open(r->dir, O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
	return &r->local;
}

static enum store_runner
remote_find_runner(struct store *s, bool ring, int64_t event_id)
{
	return local_find_runner(remote_local(s), ring, event_id);
}

static int
remote_runner_fd(const struct store *s)
{
	return local_runner_fd(&((const struct remote *)s)->local);
}

static bool
remote_runner_heard(const struct store *s)
{
	return local_runner_heard(&((const struct remote *)s)->local);
}

static bool
remote_runner_lost(struct store *s)
{
	return local_runner_lost(remote_local(s));
}

/* --- open and close ------------------------------------------------------- */

static void
remote_close(struct store *s)
{
	struct remote *r = remote_of(s);

	if (r->fd >= 0)
		close(r->fd);
	local_end(&r->local);
	if (r->local.dirfd >= 0)
		close(r->local.dirfd);
	buf_free(&r->in);
	buf_free(&r->out);
	free(r->dir);
	free(r);
}

static enum status
remote_configure(struct store *s, const struct store_options *o,
    struct reason *why)
{
	(void)why;
	remote_of(s)->busy_ms = o->busy_ms;
	return ST_OK;
}

/* Without a connection: that would hold up whoever opens it, and may be lost
 * by the time that there is a question. */
static enum status
remote_open(const struct store_options *o, struct store **out,
    struct reason *why)
{
	struct remote *r = o->role == STORE_RUN ? NULL : calloc(1, sizeof(*r));

	if (o->role == STORE_RUN)
		return fail(why, ST_BUG, "a runner needs no agent");
	if (r == NULL || (r->dir = strdup(o->dir)) == NULL) {
		free(r);
		return fail(why, ST_BUSY, "no memory");
	}
	r->store.backend = &store_agent;
	r->role = o->role;
	r->busy_ms = o->busy_ms;
	r->reach = o->reach;
	r->fd = -1;
	r->local = LOCAL_NONE;
	r->in = BUF(WIRE_ANSWER_BYTES);
	r->out = BUF(UINT32_MAX);
	*out = &r->store;
	return ST_OK;
}

const struct store_backend store_agent = {
	.name = "agent",
	.searches = true,
	.shared = true,
	.open = remote_open,
	.configure = remote_configure,
	.close = remote_close,
	.accept = remote_accept,
	.next = remote_next,
	.listen = remote_listen,
	.bell = remote_bell,
	.rung = remote_rung,
	.find_runner = remote_find_runner,
	.runner_fd = remote_runner_fd,
	.runner_heard = remote_runner_heard,
	.runner_lost = remote_runner_lost,
	.get = remote_get,
	.list = remote_list,
	.retry = remote_retry,
	.stats = remote_stats,
	.measure = remote_measure,
	.hours = remote_hours,
	.checked_get = remote_checked_get,
	.session_add = remote_session_add,
	.session_find = remote_session_find,
	.session_take = remote_session_take,
	.audit_add = remote_audit_add,
};
