/*
 * The agent before a store: what a responder gets from it, and what one that
 * was broken into does not. The rest of the contract of a store is tried by way
 * of it in tests/fault/test_by_agent.
 */
#include "agent_socket.h"
#include "on_valgrind.h"
#include "store_fixture.h"
#include "store_stream.h"
#include "store_wire_ask.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

struct place {
	struct fixture *f;		/* the store behind it */
	struct agent_thread agent;
	struct store *store;		/* by way of the agent */
	struct arena a;
	struct reason why;
	const char *shown, *retried;	/* what others may ask for */
	enum role most;
};

static bool
shows(void *ctx, const char *path)
{
	const struct place *p = ctx;

	return p->shown == NULL || strcmp(p->shown, path) == 0;
}

static bool
retries(void *ctx, const char *source)
{
	const struct place *p = ctx;

	return p->retried != NULL && strcmp(p->retried, source) == 0;
}

static enum role
pages(void *ctx)
{
	return ((const struct place *)ctx)->most;
}

static enum agent_wish
wish(void *ctx)
{
	return (enum agent_wish)((struct place *)ctx)->agent.wish;
}

static void
begin_agent(struct place *p)
{
	agent_thread_start(&p->agent, &p->f->options);
}

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct store_options o;

	if (p == NULL || make_store((void **)&p->f) != 0)
		return -1;
	p->agent.options = (struct agent_options){ .shows = shows,
		.retries = retries, .pages = pages, .wish = wish, .ctx = p };
	begin_agent(p);
	o = p->f->options;
	o.kind = STORE_AGENT;
	o.role = STORE_WRITE;
	o.busy_ms = 5000;
	o.reach = (struct store_reach){ agent_thread_reach, p->f->state };
	*state = p;
	return store_open(&o, &p->store, &p->why) != ST_OK;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	int failed;

	store_close(p->store);
	agent_thread_end(&p->agent);
	arena_free(&p->a);
	failed = remove_store((void **)&p->f);
	free(p);
	return failed;
}

/* --- short ways ----------------------------------------------------------- */

static enum status
accept_one(struct place *p, unsigned key, int64_t *id)
{
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);
	enum status st = accept_many(p->store, &item, 1, &p->why);

	*id = item.id;
	return st == ST_OK ? item.status : st;
}

static int64_t
accepted(struct place *p, unsigned key)
{
	int64_t id = 0;

	assert_int_equal(accept_one(p, key, &id), ST_OK);
	return id;
}

/* A connection of a process that says what it likes. */
static int
connect_raw(struct place *p)
{
	int fd = -1;

	assert_int_equal(agent_thread_reach(p->f->state,
	    clock_steady_ms() + 5000, &fd, &p->why), ST_OK);
	return fd;
}

static void
say(int fd, const struct buf *b)
{
	assert_int_equal(stream_send(fd, buf_bytes(b),
	    clock_steady_ms() + 5000, NULL), ST_OK);
}

/* The kind of the answer; WIRE_KINDS: the agent has ended the connection. */
static enum wire_kind
answer_of(int fd, struct buf *in)
{
	struct wire_head head;
	enum status st = stream_receive(fd, clock_steady_ms() + 10000, &head,
	    in, NULL);

	assert_int_not_equal(st, ST_BUSY);
	return st == ST_OK ? head.kind : WIRE_KINDS;
}

static int
connect_greeted(struct place *p)
{
	struct buf b = BUF(4096);
	int fd = connect_raw(p);

	wire_put_hello(&b);
	say(fd, &b);
	assert_int_equal(answer_of(fd, &b), WIRE_WELCOME);
	buf_free(&b);
	return fd;
}

/* Whether a message ends the connection, and nothing else. */
static void
assert_ended_by(struct place *p, const struct buf *message)
{
	struct buf in = BUF(4096);
	int fd = connect_greeted(p);

	say(fd, message);
	assert_int_equal(answer_of(fd, &in), WIRE_KINDS);
	close(fd);
	buf_free(&in);
	accepted(p, 0);
}

/* --- what a responder gets ------------------------------------------------ */

static void
an_event_is_stored_and_known_again(void **state)
{
	struct place *p = *state;
	int64_t id = accepted(p, 1), again = 0;
	struct stored_event e;

	assert_int_equal(accept_one(p, 1, &again), ST_DUPLICATE);
	assert_int_equal(again, id);
	assert_int_equal(store_get(p->f->store, id, STORE_BODY, &p->a, &e,
	    &p->why), ST_OK);
	assert_true(bytes_is(e.body, "{\"event\":\"build\"}"));
}

static void
more_events_than_a_message_holds_are_one_call(void **state)
{
	static char text[300 * 1024];
	struct event events[100];
	struct store_accept items[100];
	struct place *p = *state;

	for (unsigned i = 0; i < 100; i++) {
		events[i] = an_event(i + 1);
		items[i] = an_item(&events[i]);
		if (i % 10 == 0)
			items[i].body = (struct bytes){ text, sizeof(text) };
	}
	assert_int_equal(accept_many(p->store, items, 100, &p->why), ST_OK);
	for (int i = 0; i < 100; i++)
		assert_int_equal(items[i].status, ST_OK);
	assert_int_equal(stats(p->f).events, 100);
}

static void
a_full_queue_is_told_with_its_reason(void **state)
{
	struct place *p = *state;
	int64_t id;

	agent_thread_end(&p->agent);
	p->f->options.queue_limit = 1;
	begin_agent(p);
	accepted(p, 1);
	assert_int_equal(accept_one(p, 2, &id), ST_BUSY);
	assert_string_equal(p->why.text, "the queue is full: queue_limit = 1");
}

static void
what_there_is_to_do_is_told(void **state)
{
	struct place *p = *state;
	struct store_next next;

	assert_int_equal(store_next(p->store, &next, &p->why), ST_OK);
	assert_false(next.queued);
	accepted(p, 1);
	assert_int_equal(store_next(p->store, &next, &p->why), ST_OK);
	assert_true(next.queued);
}

/* Of an accept with wait_path, dispatched to "build" and done. */
static int64_t
awaited_event(struct place *p, unsigned key)
{
	const char *const handlers[] = { "build" };
	struct event e = an_event(key);
	struct store_accept item = an_item(&e);

	item.wait_path = "drone/build";
	item.bell = store_bell(p->store);
	assert_int_equal(accept_many(p->store, &item, 1, &p->why), ST_OK);
	assert_int_equal(item.status, ST_OK);
	dispatch_to(p->f, item.id, handlers, 1);
	return item.id;
}

static void
finish_awaited(struct place *p, int64_t id)
{
	struct stored_attempt end = an_end(ATTEMPT_DONE);
	struct fixture *f = p->f;
	struct store_finish x;
	int64_t delivery_id = delivery(f, id, 0).id;

	claim(f, delivery_id);
	x = a_finish(f, delivery_id, &end, DELIVERY_DONE);
	x.awaited = true;
	OK(try_finish(f, f->store, &x));
}

/* STORE_NO_EVENT where time is up. */
static int64_t
next_ring(struct place *p, int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	const int64_t until_ms = clock_steady_ms() + 10000;
	int64_t id = 0;

	while (!store_rung(p->store, &id) && clock_steady_ms() < until_ms)
		(void)poll(&wait, 1, 100);
	return id;
}

static void
an_end_is_told_to_whoever_listens_and_then_the_reply(void **state)
{
	struct place *p = *state;
	struct store_get get = { .path = "drone/build", .arena = &p->a,
		.parts = STORE_DELIVERIES | STORE_ATTEMPTS };
	int64_t rung;
	int fd = -1;

	assert_null(store_bell(p->store));
	assert_int_equal(store_listen(p->store, &fd, &p->why), ST_OK);
	assert_non_null(store_bell(p->store));
	get.id = awaited_event(p, 1);
	assert_int_equal(store_get_many(p->store, &get, 1, &p->why), ST_OK);
	assert_int_equal(get.event.deliveries->state, DELIVERY_WAITING);
	finish_awaited(p, get.id);
	/* that the agent has begun to listen may have been told, too */
	while ((rung = next_ring(p, fd)) == STORE_NO_EVENT)
		;
	assert_int_equal(rung, get.id);
	assert_int_equal(store_get_many(p->store, &get, 1, &p->why), ST_OK);
	assert_int_equal(get.event.deliveries->state, DELIVERY_DONE);
	assert_true(bytes_is(get.event.deliveries->history[0].output, "out"));
}

static void
who_listens_is_told_to_look_when_another_one_begins(void **state)
{
	struct place *p = *state;
	struct pollfd quiet = { .events = POLLIN };
	int64_t rung = 0;
	int fd = -1;

	assert_int_equal(store_listen(p->store, &fd, &p->why), ST_OK);
	while (store_rung(p->store, &rung))
		;
	agent_thread_end(&p->agent);
	begin_agent(p);
	assert_int_equal(next_ring(p, fd), STORE_NO_EVENT);
	/* by the same descriptor as before, which is not readable for ever */
	while (store_rung(p->store, &rung))
		;
	quiet.fd = fd;
	assert_int_equal(poll(&quiet, 1, 0), 0);
	finish_awaited(p, awaited_event(p, 1));
	while ((rung = next_ring(p, fd)) == STORE_NO_EVENT)
		;
	assert_true(rung > 0);
}

/* --- its life ------------------------------------------------------------- */

static void
a_second_one_finds_the_place_taken(void **state)
{
	struct place *p = *state;
	struct agent_options o = p->agent.options;

	accepted(p, 1);
	assert_int_equal(agent_run(&o, &p->why), ST_BUSY);
	accepted(p, 2);
}

static void
its_socket_is_its_users_alone_and_goes_with_it(void **state)
{
	struct place *p = *state;
	char path[128];
	struct stat st;

	accepted(p, 1);
	snprintf(path, sizeof(path), "%s/" AGENT_SOCKET, p->f->state);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	agent_thread_end(&p->agent);
	assert_int_equal(p->agent.st, ST_OK);
	assert_int_equal(lstat(path, &st), -1);
	begin_agent(p);
}

static void *
accept_many_times(void *arg)
{
	struct place *p = arg;
	int64_t id;

	for (unsigned key = 1; key <= 300; key++)
		if (accept_one(p, key, &id) != ST_OK)
			return "refused";
	return NULL;
}

static void
nobody_notices_that_another_one_takes_over(void **state)
{
	struct place *p = *state;
	pthread_t sender;
	void *failed;

	assert_int_equal(pthread_create(&sender, NULL, accept_many_times, p),
	    0);
	for (int i = 0; i < 15; i++) {
		usleep(5000);
		agent_thread_end(&p->agent);
		begin_agent(p);
	}
	pthread_join(sender, &failed);
	if (failed != NULL)
		fail_msg("%s", p->why.text);
	assert_int_equal(stats(p->f).events, 300);
}

static int64_t
failed_after_ms(struct place *p)
{
	const int64_t began_ms = clock_steady_ms();
	int64_t id;

	assert_int_equal(accept_one(p, 1, &id), ST_SYSTEM);
	return clock_steady_ms() - began_ms;
}

static void
without_one_the_answer_comes_soon_and_then_at_once(void **state)
{
	enum { ROUNDS = 6, SOON_MS = 4000, AT_ONCE_MS = 400 };
	struct place *p = *state;
	bool in_time = false;

	agent_thread_end(&p->agent);
	/* a busy machine makes both longer: once is enough */
	for (int i = 0; i < ROUNDS && !in_time; i++)
		in_time = failed_after_ms(p) < SOON_MS &&
		    failed_after_ms(p) < AT_ONCE_MS;
	assert_true(in_time);
	begin_agent(p);
	usleep(600 * 1000);
	accepted(p, 1);
}

static void
it_ends_when_nobody_has_been_connected_for_long(void **state)
{
	struct place *p = *state;

	accepted(p, 1);
	agent_thread_end(&p->agent);
	p->agent.options.idle_ms = 50;
	begin_agent(p);
	pthread_join(p->agent.thread, NULL);
	assert_int_equal(p->agent.st, ST_OK);
	close(p->agent.options.wake_fd);
	p->agent.options.idle_ms = 60 * 1000;
	begin_agent(p);
	accepted(p, 2);
}

static void
where_it_is_told_to_leave_it_waits_for_its_clients(void **state)
{
	struct place *p = *state;

	accepted(p, 1);
	p->agent.wish = AGENT_LEAVES;
	(void)eventfd_write(p->agent.options.wake_fd, 1);
	usleep(20 * 1000);
	accepted(p, 2);
	store_close(p->store);
	p->store = NULL;
	pthread_join(p->agent.thread, NULL);
	assert_int_equal(p->agent.st, ST_OK);
	close(p->agent.options.wake_fd);
	begin_agent(p);
}

static void
a_folder_with_a_long_path_is_reached(void **state)
{
	struct place *p = *state;
	char dir[512];
	size_t len = (size_t)snprintf(dir, sizeof(dir), "%s/", p->f->dir);
	struct store_options o = p->f->options;
	struct store *far = NULL;
	struct store_next next;

	agent_thread_end(&p->agent);
	while (len < 240)
		dir[len++] = 'x';
	dir[len] = '\0';
	assert_int_equal(mkdir(dir, 0700), 0);
	o.dir = dir;
	agent_thread_start(&p->agent, &o);
	o.kind = STORE_AGENT;
	o.role = STORE_WRITE;
	o.reach = (struct store_reach){ agent_thread_reach, dir };
	assert_int_equal(store_open(&o, &far, &p->why), ST_OK);
	/* its store is not made before there is an event */
	(void)store_next(far, &next, &p->why);
	assert_null(strstr(p->why.text, AGENT_SOCKET));
	store_close(far);
	agent_thread_end(&p->agent);
	begin_agent(p);
}

/* --- one that was broken into --------------------------------------------- */

static void
what_is_no_hello_is_not_answered(void **state)
{
	struct place *p = *state;
	struct buf b = BUF(4096), in = BUF(4096);
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	int fd = connect_raw(p);

	wire_put_accept(&b, &item, 1);
	say(fd, &b);
	assert_int_equal(answer_of(fd, &in), WIRE_KINDS);
	close(fd);
	fd = connect_raw(p);
	b.len = 0;
	wire_put_hello(&b);
	b.data[WIRE_HEAD_LEN]++;
	say(fd, &b);
	assert_int_equal(answer_of(fd, &in), WIRE_KINDS);
	close(fd);
	buf_free(&b);
	buf_free(&in);
	assert_int_equal(stats(p->f).events, 0);
}

static void
what_no_responder_says_ends_its_connection_alone(void **state)
{
	struct place *p = *state;
	struct buf b = BUF(4096);
	struct store_get get = { .id = 1, .path = "drone/build",
		.parts = STORE_BODY };

	for (unsigned char kind = WIRE_WELCOME; kind <= WIRE_KINDS; kind++) {
		b.len = 0;
		wire_put_question(&b, WIRE_NEXT);
		b.data[0] = (char)kind;
		assert_ended_by(p, &b);
	}
	b.len = 0;
	wire_put_get(&b, &get, 1);
	assert_ended_by(p, &b);
	b.len = 0;
	wire_put_rung(&b, 1);		/* a question that says something */
	b.data[0] = WIRE_NEXT;
	assert_ended_by(p, &b);
	b.len = 0;
	wire_put_question(&b, WIRE_ACCEPT);
	memset(b.data + 4, 0xff, 4);	/* four gigabytes */
	assert_ended_by(p, &b);
	buf_free(&b);
}

static void
what_is_not_shown_is_not_told(void **state)
{
	struct place *p = *state;
	struct store_get get = { .path = "drone/build", .arena = &p->a,
		.parts = STORE_DELIVERIES | STORE_ATTEMPTS };

	get.id = awaited_event(p, 1);
	p->shown = "drone/other";
	assert_int_equal(store_get_many(p->store, &get, 1, &p->why),
	    ST_DENIED);
	assert_int_equal(get.status, ST_DENIED);
	p->shown = "drone/build";
	assert_int_equal(store_get_many(p->store, &get, 1, &p->why), ST_OK);
	assert_int_equal(get.status, ST_OK);
}

static void
a_repeat_retries_only_where_the_source_says_so(void **state)
{
	const char *const handlers[] = { "build" };
	struct place *p = *state;
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	int64_t id = accepted(p, 1);

	dispatch_to(p->f, id, handlers, 1);
	run_to(p->f, delivery(p->f, id, 0).id, DELIVERY_DEAD);
	item.retry = true;
	assert_int_equal(accept_many(p->store, &item, 1, &p->why), ST_OK);
	assert_int_equal(item.status, ST_DUPLICATE);
	assert_int_equal(item.retried, 0);
	assert_int_equal(delivery(p->f, id, 0).state, DELIVERY_DEAD);
	p->retried = "drone";
	assert_int_equal(accept_many(p->store, &item, 1, &p->why), ST_OK);
	assert_int_equal(item.retried, 1);
	assert_int_equal(delivery(p->f, id, 0).state, DELIVERY_WAITING);
}

/* What a page of that role asks for; the retry alone changes something. */
static void
assert_pages_may(struct place *p, int64_t id, enum status see,
    enum status change)
{
	struct store_retry r = { .what = STORE_AGAIN, .who = "token:team",
		.events = &id, .count = 1 };
	struct store_filter all = { .limit = 10 };
	struct store_session session = { .token = "team", .until_ms = T0 };
	struct store_note note = { .who = "token:team", .what = "login" };
	struct store_measures m;
	struct store_stats s;
	struct stored_event *events, e;
	size_t count;

	session.digest[0] = (unsigned char)p->most;
	assert_int_equal(store_list(p->store, &all, &p->a, &events, &count,
	    &p->why), see);
	assert_int_equal(store_get(p->store, id, STORE_BODY, &p->a, &e,
	    &p->why), see);
	assert_int_equal(store_stats(p->store, &s, &p->why), see);
	assert_int_equal(store_measure(p->store, &p->a, &m, &p->why), see);
	assert_int_equal(store_session_add(p->store, &session, &p->why), see);
	assert_int_equal(store_audit_add(p->store, &note, &p->why), see);
	assert_int_equal(store_retry(p->store, &r, &p->why), change);
}

static void
pages_are_told_what_a_token_may_see_and_nothing_without_one(void **state)
{
	struct place *p = *state;
	int64_t id = accepted(p, 1);

	assert_pages_may(p, id, ST_DENIED, ST_DENIED);
	p->most = ROLE_VIEW;
	assert_pages_may(p, id, ST_OK, ST_DENIED);
	p->most = ROLE_OPERATE;
	assert_pages_may(p, id, ST_OK, ST_OK);
}

static void
what_no_page_asks_ends_the_connection(void **state)
{
	struct place *p = *state;
	struct buf b = BUF(4096);
	int64_t id = 1;
	struct store_retry r = { .what = STORE_AGAIN, .events = &id,
		.count = 1 };
	struct store_note n = { .who = "token:team", .what = "log in" };
	struct store_session s = { .token = "team",
		.until_ms = T0 + STORE_SESSION_MAX_MS + 1 };
	struct wire_events e = { .filter = { .limit = WIRE_EVENTS_MAX + 1 } };
	static const char *const nobodies[] = { "uid:0", "sender", "token:",
		"token:a b", "root:team", "team" };

	p->most = ROLE_ADMIN;
	for (size_t i = 0; i < sizeof(nobodies) / sizeof(nobodies[0]); i++) {
		r.who = nobodies[i];
		b.len = 0;
		wire_put_ask(&b, ASK_RETRY, &r);
		assert_ended_by(p, &b);
	}
#define ENDED_BY(what, asked) (b.len = 0, wire_put_ask(&b, what, asked), \
	assert_ended_by(p, &b))
	ENDED_BY(ASK_NOTE, &n);
	ENDED_BY(ASK_SESSION_ADD, &s);
	s = (struct store_session){ .kind = STORE_TICKET, .token = "team",
		.until_ms = T0 + STORE_TICKET_MAX_MS + 1 };
	ENDED_BY(ASK_SESSION_ADD, &s);
	s = (struct store_session){ .token = "te am", .until_ms = T0 };
	ENDED_BY(ASK_SESSION_ADD, &s);
	ENDED_BY(ASK_EVENTS, &e);
	e.filter = (struct store_filter){ .limit = 1, .parts = STORE_BODY };
	ENDED_BY(ASK_EVENTS, &e);
#undef ENDED_BY
	buf_free(&b);
}

static void
an_event_without_room_is_busy_and_the_next_answer_comes(void **state)
{
	static char text[3 * 1024 * 1024];
	struct event events[12];
	struct store_accept items[12];
	struct place *p = *state;
	struct stored_event *got;
	size_t count;
	struct arena scratch = ARENA(4 * 1024 * 1024);
	struct stored_event e;

	p->most = ROLE_VIEW;
	for (unsigned i = 0; i < 12; i++) {
		events[i] = an_event(i + 1);
		items[i] = an_item(&events[i]);
		items[i].body = (struct bytes){ text, sizeof(text) };
	}
	assert_int_equal(accept_many(p->store, items, 12, &p->why), ST_OK);
	assert_int_equal(store_get(p->store, items[0].id, STORE_BODY,
	    &scratch, &e, &p->why), ST_OK);
	assert_int_equal(e.body.len, sizeof(text));
	assert_int_equal(store_get(p->store, items[1].id, STORE_BODY,
	    &scratch, &e, &p->why), ST_BUSY);
	arena_free(&scratch);
	assert_int_equal(store_list(p->store, &(struct store_filter){
	    .limit = 100 }, &p->a, &got, &count, &p->why), ST_OK);
	assert_int_equal(count, 12);
}

/* Nothing else than the members that a responder needs goes over the wire. */
static void
nothing_else_can_be_asked(void **state)
{
	struct place *p = *state;
	struct store_work w = { .arena = &p->a };
	struct store_notes notes = { .limit = 1, .arena = &p->a };
	int64_t first = 1;
	struct store_forget forget = { .events = &first, .count = 1,
		.who = "token:team" };
	struct store_tidied tidied;
	struct stored_delivery *d;
	struct stored_event e;
	size_t count;

	p->most = ROLE_ADMIN;
	accepted(p, 1);
	assert_int_equal(store_work(p->store, &w, &p->why), ST_BUG);
	assert_int_equal(store_tidy(p->store, 1, &tidied, &p->why), ST_BUG);
	assert_int_equal(store_queued(p->store, 0, &p->a, &e, 1, &count,
	    &p->why), ST_BUG);
	assert_int_equal(store_adopt(p->store, &p->a, &d, &count, &p->why),
	    ST_BUG);
	assert_int_equal(store_stay(p->store, &p->why), ST_BUG);
	assert_int_equal(store_forget(p->store, &forget, &p->why), ST_BUG);
	assert_int_not_equal(store_audit_list(p->store, &notes, &p->why),
	    ST_OK);
}

static void
half_a_message_holds_up_nobody(void **state)
{
	struct place *p = *state;
	struct buf b = BUF(4096);
	struct event e = an_event(1);
	struct store_accept item = an_item(&e);
	int fds[8];

	wire_put_accept(&b, &item, 1);
	b.len -= 5;
	for (int i = 0; i < 8; i++) {
		fds[i] = connect_greeted(p);
		say(fds[i], &b);
	}
	accepted(p, 2);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	accepted(p, 3);
	assert_int_equal(stats(p->f).events, 2);
	buf_free(&b);
}

static void
who_does_not_read_holds_up_nobody(void **state)
{
	struct place *p = *state;
	struct buf b = BUF(4096);
	int fd = connect_greeted(p);

	wire_put_question(&b, WIRE_NEXT);
	/* until its answers fill the socket, and then its questions do */
	while (send(fd, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    (ssize_t)b.len)
		;
	accepted(p, 1);
	close(fd);
	buf_free(&b);
}

static void
one_process_cannot_take_the_place_of_all(void **state)
{
	struct place *p = *state;
	struct buf in = BUF(4096), b = BUF(4096);
	int fds[40], welcome = 0;

	accepted(p, 1);
	wire_put_hello(&b);
	for (int i = 0; i < 40; i++) {
		fds[i] = connect_raw(p);
		(void)stream_send(fds[i], buf_bytes(&b),
		    clock_steady_ms() + 5000, NULL);
		welcome += answer_of(fds[i], &in) == WIRE_WELCOME;
	}
	/* with the one of the store */
	assert_int_equal(welcome, 31);
	for (int i = 0; i < 40; i++)
		close(fds[i]);
	buf_free(&in);
	buf_free(&b);
	accepted(p, 2);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(an_event_is_stored_and_known_again),
		WITH(more_events_than_a_message_holds_are_one_call),
		WITH(a_full_queue_is_told_with_its_reason),
		WITH(what_there_is_to_do_is_told),
		WITH(an_end_is_told_to_whoever_listens_and_then_the_reply),
		WITH(who_listens_is_told_to_look_when_another_one_begins),
		WITH(a_second_one_finds_the_place_taken),
		WITH(its_socket_is_its_users_alone_and_goes_with_it),
		WITH(nobody_notices_that_another_one_takes_over),
		WITH(without_one_the_answer_comes_soon_and_then_at_once),
		WITH(it_ends_when_nobody_has_been_connected_for_long),
		WITH(where_it_is_told_to_leave_it_waits_for_its_clients),
		WITH(a_folder_with_a_long_path_is_reached),
		WITH(what_is_no_hello_is_not_answered),
		WITH(what_no_responder_says_ends_its_connection_alone),
		WITH(what_is_not_shown_is_not_told),
		WITH(a_repeat_retries_only_where_the_source_says_so),
		WITH(pages_are_told_what_a_token_may_see_and_nothing_without_one
		    ),
		WITH(what_no_page_asks_ends_the_connection),
		WITH(an_event_without_room_is_busy_and_the_next_answer_comes),
		WITH(nothing_else_can_be_asked),
		WITH(half_a_message_holds_up_nobody),
		WITH(who_does_not_read_holds_up_nobody),
		WITH(one_process_cannot_take_the_place_of_all),
	};

	if (on_valgrind()) {
		puts("skipped: test_agent: not under valgrind: while one "
		    "thread waits for a lock there, no other runs, and two "
		    "of an agent's commit");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
