/*
 * What an agent costs: durable accepts a second into a store directly, and by
 * way of an agent before it, in turns.
 *
 *	agent DIR BODY BATCH CLIENTS ROUNDS [CONN]
 *
 * Clients are threads, each with a store of its own and batches of so many
 * events. With CONN, a connection string, the store is PostgreSQL; otherwise
 * SQLite's in DIR. A line a round: direct, by agent.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include "agent.h"
#include "agent_socket.h"
#include "clock.h"
#include "config.h"
#include "crypto.h"
#include "file.h"
#include "store.h"

enum { BATCH_MAX = 64, CLIENTS_MAX = 64, ROUND_MS = 2000, KEPT_DAYS = 30 };

static struct store_options options;
static struct bytes body;
static size_t batch;
static _Atomic uint64_t next_key, accepted;
static _Atomic bool over;

static void
die(const char *what, const struct reason *why)
{
	fprintf(stderr, "agent: %s: %s\n", what, why->text);
	exit(1);
}

static enum status
reach(void *ctx, int64_t until_ms, int *fd, struct reason *why)
{
	enum status st;

	(void)ctx;
	do
		st = agent_socket_connect(options.dir, fd, why);
	while (st == ST_UNKNOWN && clock_steady_ms() < until_ms);
	return st;
}

static void
accept_batch(struct store *s)
{
	struct store_accept items[BATCH_MAX];
	struct event events[BATCH_MAX];
	struct store_accepts accepts = { .items = items, .count = batch };
	unsigned char digest[SHA256_LEN];
	struct reason why = { "" };
	uint64_t key;

	for (size_t i = 0; i < batch; i++) {
		events[i] = (struct event){ .source = "drone",
		    .provider = "drone", .event = BYTES("build"),
		    .subject = BYTES("octocat/hello-world#185"),
		    .has_dedupe = true };
		key = atomic_fetch_add(&next_key, 1);
		sha256((struct bytes){ (const char *)&key, sizeof(key) },
		    digest);
		memcpy(events[i].dedupe, digest, DEDUPE_LEN);
		items[i] = (struct store_accept){ .event = &events[i],
		    .headers = BYTES("date: today\n"), .body = body,
		    .remote_addr = BYTES("192.0.2.17"),
		    .received_ms = clock_wall_ms() };
	}
	if (store_accept(s, &accepts, &why) != ST_OK ||
	    items[0].status != ST_OK)
		die("accept", &why);
	atomic_fetch_add(&accepted, batch);
}

static void *
client(void *by_agent)
{
	struct store_options o = options;
	struct reason why = { "" };
	struct store *s;

	if (by_agent != NULL)
		o.kind = STORE_AGENT;
	o.reach.connect = reach;
	if (store_open(&o, &s, &why) != ST_OK)
		die("open", &why);
	while (!atomic_load(&over))
		accept_batch(s);
	store_close(s);
	return NULL;
}

static double
measure(void *by_agent, int clients)
{
	const int64_t begun_us = clock_steady_us();
	pthread_t threads[CLIENTS_MAX];

	atomic_store(&over, false);
	atomic_store(&accepted, 0);
	for (int i = 0; i < clients; i++)
		pthread_create(&threads[i], NULL, client, by_agent);
	clock_nap_us(ROUND_MS * 1000);
	atomic_store(&over, true);
	for (int i = 0; i < clients; i++)
		pthread_join(threads[i], NULL);
	return (double)atomic_load(&accepted) * 1e6 /
	    (double)(clock_steady_us() - begun_us);
}

static enum agent_wish
wish(void *ctx)
{
	return atomic_load((_Atomic bool *)ctx) ? AGENT_ENDS : AGENT_STAYS;
}

static void *
be_agent(void *o)
{
	struct reason why = { "" };

	if (agent_run(o, &why) != ST_OK)
		die("agent", &why);
	return NULL;
}

int
main(int argc, char **argv)
{
	static _Atomic bool ends;
	struct agent_options o = { .body_limit_bytes = 1 << 20,
	    .idle_ms = 60000, .wish = wish, .ctx = &ends };
	struct arena a = ARENA(0);
	struct reason why = { "" };
	pthread_t agent;
	int clients;

	if (argc < 6 || file_read(argv[2], 1 << 20, &a, &body, NULL, &why) !=
	    ST_OK)
		die("DIR BODY BATCH CLIENTS ROUNDS [CONN]", &why);
	batch = strtoul(argv[3], NULL, 10);
	clients = (int)strtol(argv[4], NULL, 10);
	if (batch < 1 || batch > BATCH_MAX || clients < 1 ||
	    clients > CLIENTS_MAX)
		die("BATCH and CLIENTS", &why);
	options = (struct store_options){ .dir = argv[1],
	    .kind = argc > 6 ? STORE_POSTGRESQL : STORE_SQLITE,
	    .conn = argc > 6 ? argv[6] : NULL, .role = STORE_WRITE,
	    .queue_limit = INT64_MAX, .busy_ms = 10000,
	    .keep_ms = KEPT_DAYS * 24 * 3600 * 1000LL };
	(void)mkdir(argv[1], 0700);
	/* other keys than what an earlier run has left */
	next_key = (uint64_t)clock_wall_ms() << 20;
	o.store = options;
	o.wake_fd = eventfd(0, EFD_CLOEXEC);
	pthread_create(&agent, NULL, be_agent, &o);
	for (long n = strtol(argv[5], NULL, 10); n > 0; n--) {
		const double direct = measure(NULL, clients);

		printf("%.0f %.0f\n", direct, measure(&ends, clients));
		(void)fflush(stdout);
	}
	atomic_store(&ends, true);
	(void)eventfd_write(o.wake_fd, 1);
	pthread_join(agent, NULL);
	arena_free(&a);
	return 0;
}
