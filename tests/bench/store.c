/*
 * The store by itself, in figures, and full ones to begin with.
 *
 *	store fill DIR COUNT BODY [DAYS]
 *					accept so many events, body in a file;
 *					as if that had been so many days ago
 *	store finish DIR		dispatch, claim and finish all of them
 *	store first DIR BODY COUNT	the longest of so many single accepts
 *					once it is open, in ms: of a process
 *					that stays
 *	store prune DIR BODY ROUNDS	accepts a second without pruning and
 *					with it, and what is pruned a second:
 *					a line a round. DIR was filled as if
 *					days ago, and finished
 *	store lone DIR BODY		what an event that comes alone writes to
 *					the log until it is claimed, in bytes
 *	store compare DIR SCRATCH BODY BATCHES ROUNDS
 *					so fast is it, and so fast are new ones
 *					in SCRATCH: a line a figure and round
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "crypto.h"
#include "file.h"
#include "store.h"

#define BATCH 32		/* as under load */
#define FILL_BATCH 512		/* to be there sooner */
#define OPENED 41
#define RUNS 300		/* or single accepts, at most */
#define T0 1767323345000LL
#define DAY_MS 86400000LL
#define PRUNE_US 2000000	/* a half of a round */
#define LONE 40
#define LONE_FIRST 10		/* others, so that no table is empty */
#define PRUNE_STEP 1000		/* as "cgihook prune" */

static const char headers[] =
    "circleci-event-type: workflow-completed\n"
    "circleci-signature: v1=4fcc06915b43d8a49aff193441e9e18654e6a27c2c428b02"
    "e8fcc41ccc2299f9\ncontent-type: application/json\n"
    "user-agent: CircleCI-Webhook/1.0\n";

static struct bytes body;
static uint64_t next_key;

static void
die(const char *what, const struct reason *why)
{
	fprintf(stderr, "store: %s: %s\n", what, why->text);
	exit(1);
}

/* Keys as they come: digests, so anywhere. */
static void
make_key(unsigned char key[DEDUPE_LEN])
{
	unsigned char digest[SHA256_LEN];

	next_key++;
	sha256((struct bytes){ (const char *)&next_key, sizeof(next_key) },
	    digest);
	memcpy(key, digest, DEDUPE_LEN);
}

static int64_t age_ms;		/* of what is accepted */
static int64_t keep_ms = INT64_MAX / 4;

static struct store *
open_store_for(const char *dir, enum store_role role, bool stays)
{
	const struct store_options o = { .dir = dir, .journal = JOURNAL_AUTO,
	    .queue_limit = INT64_MAX, .keep_ms = keep_ms,
	    .role = role, .busy_ms = 10000, .stays = stays };
	struct reason why;
	struct store *s;

	if (store_open(&o, &s, &why) != ST_OK)
		die(dir, &why);
	return s;
}

static struct store *
open_store(const char *dir, enum store_role role)
{
	return open_store_for(dir, role, false);
}

static void
accept_batch(struct store *s, size_t count)
{
	static const char *const statuses[] = { "success", "failed", "error",
	    "canceled" };
	static struct store_accept items[FILL_BATCH];
	static struct event events[FILL_BATCH];
	struct store_accepts accepts = { .items = items, .count = count };
	struct reason why;

	for (size_t i = 0; i < count; i++) {
		events[i] = (struct event){ .source = "circleci",
		    .provider = "circleci",
		    .event = BYTES("workflow-completed"),
		    .status = bytes_of(statuses[i % 4]),
		    .subject = BYTES("0f7d4d9e-3bd1-4b1e-9a5b-6d2f6ad7a6d2"),
		    .has_dedupe = true };
		make_key(events[i].dedupe);
		items[i] = (struct store_accept){ .event = &events[i],
		    .headers = bytes_of(headers), .body = body,
		    .remote_addr = BYTES("192.0.2.17"),
		    .received_ms = clock_wall_ms() - age_ms };
	}
	if (store_accept(s, &accepts, &why) != ST_OK)
		die("accept", &why);
	for (size_t i = 0; i < count; i++)
		if (items[i].status != ST_OK)
			die("accept: not new", &why);
}

static double
seconds_since(int64_t begun_us)
{
	return (double)(clock_steady_us() - begun_us) / 1e6;
}

static double
accepts_per_s(struct store *s, size_t batch, int batches)
{
	const int64_t begun_us = clock_steady_us();

	for (int i = 0; i < batches; i++)
		accept_batch(s, batch);
	return (double)batch * batches / seconds_since(begun_us);
}

/* A policy that claims batch of what is due. */
struct claiming {
	size_t batch, count;
	struct store_claim claims[FILL_BATCH];
};

static enum status
offer_batch(void *ctx, struct store_queue *q, struct reason *why)
{
	const struct claiming *c = ctx;

	(void)why;
	q->limit = c->batch;
	return ST_OK;
}

static struct store_queue *
next_due(void *ctx, struct store_queue *queues, size_t count)
{
	const struct claiming *c = ctx;

	return count > 0 && c->count < c->batch &&
	    queues[0].taken < queues[0].due_count ? &queues[0] : NULL;
}

static enum status
note_claim(void *ctx, const struct store_queue *q,
    const struct store_claim *claim, struct reason *why)
{
	struct claiming *c = ctx;

	(void)q;
	(void)why;
	c->claims[c->count++] = *claim;
	return ST_OK;
}

/* The deliveries of what is queued, and those that are due, in one go. */
static void
claim_batch(struct store *s, struct claiming *c, struct arena *a)
{
	static const char *const paths[] = { "circleci/workflow-completed" };
	static struct store_dispatch dispatched[FILL_BATCH];
	static struct stored_event e[FILL_BATCH];
	const struct store_policy policy = { .offer = offer_batch,
	    .next = next_due, .claimed = note_claim, .ctx = c };
	struct store_work w = { .dispatched = dispatched, .policy = &policy,
	    .arena = a };
	struct reason why;

	if (store_queued(s, 0, a, e, c->batch, &w.dispatched_count, &why) !=
	    ST_OK)
		die("queued", &why);
	for (size_t i = 0; i < w.dispatched_count; i++)
		dispatched[i] = (struct store_dispatch){ .event_id = e[i].id,
		    .paths = paths, .count = 1 };
	c->count = 0;
	if (store_work(s, &w, &why) != ST_OK)
		die("claim", &why);
}

static void
finish_batch(struct store *s, const struct claiming *c, struct arena *a)
{
	static const struct stored_attempt end = { .result = ATTEMPT_DONE,
	    .started_ms = T0, .ended_ms = T0 + 3, .output = { "ok\n", 3 },
	    .output_total_bytes = 3, .note = "" };
	static struct store_finish ends[FILL_BATCH];
	struct store_work w = { .finished = ends, .finished_count = c->count,
	    .arena = a };
	struct reason why;

	for (size_t i = 0; i < c->count; i++)
		ends[i] = (struct store_finish){
		    .delivery_id = c->claims[i].delivery_id,
		    .claim = c->claims[i].claim, .ended = &end,
		    .next = DELIVERY_DONE };
	if (store_work(s, &w, &why) != ST_OK)
		die("finish", &why);
	for (size_t i = 0; i < c->count; i++)
		if (ends[i].status != ST_OK)
			die("finish: not claimed", &why);
}

/* Dispatch, claim and finish so many of what is queued. */
static double
runs_per_s(struct store *s, size_t batch, int count)
{
	static struct claiming c;
	struct arena a = ARENA(0);
	const int64_t begun_us = clock_steady_us();
	int done = 0;

	c = (struct claiming){ .batch = batch };
	do {
		claim_batch(s, &c, &a);
		finish_batch(s, &c, &a);
		done += (int)c.count;
		arena_reset(&a);
	} while (done < count && c.count > 0);
	arena_free(&a);
	return done / seconds_since(begun_us);
}

/* --- what it is like for who looks ---------------------------------------- */

static void
report_looks(const char *dir)
{
	static const struct store_filter filters[] = {
		{ .limit = 50 },
		{ .source = "circleci", .status = "failed", .limit = 50 },
		{ .state = "done", .limit = 50 },
		{ .state = "dead", .limit = 50 },
		{ .since_ms = T0 + 1000, .status = "error", .limit = 50 },
	};
	struct arena a = ARENA(0);
	struct stored_event *e;
	struct store *s = open_store(dir, STORE_WRITE);
	struct reason why;
	size_t count;

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		const int64_t begun_us = clock_steady_us();

		if (store_list(s, &filters[i], &a, &e, &count, &why) != ST_OK)
			die("list", &why);
		printf("list%zu ms=%.2f rows=%zu\n", i,
		    1e3 * seconds_since(begun_us), count);
	}
	arena_free(&a);
	store_close(s);
}

/* --- a full one beside one with nothing in it ----------------------------- */

static double
accepts_of(const char *dir, size_t batch, int batches)
{
	struct store *s = open_store(dir, STORE_WRITE);
	double per_s;

	accept_batch(s, 1);	/* a merge that others have left */
	per_s = accepts_per_s(s, batch, batches);
	store_close(s);
	return per_s;
}

static int
at_most(int n, int most)
{
	return n < most ? n : most;
}

static double
accept_singly(const char *dir, int batches)
{
	return accepts_of(dir, 1, at_most(2 * batches, RUNS));
}

static double
accept_together(const char *dir, int batches)
{
	return accepts_of(dir, BATCH, batches);
}

static double
run(const char *dir, int batches)
{
	struct store *s = open_store(dir, STORE_RUN);
	const double per_s = runs_per_s(s, BATCH,
	    BATCH * at_most(batches, RUNS));

	store_close(s);
	return per_s;
}

static int
by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* As plain CGI does it: a process, and so a connection, for one event. Once in
 * thousands it has to merge the keys: the median is one that has not. */
static double
accept_once(const char *dir, int batches)
{
	int64_t us[OPENED];

	(void)batches;
	for (int i = 0; i < OPENED; i++) {
		const int64_t begun_us = clock_steady_us();
		struct store *s = open_store(dir, STORE_WRITE);

		accept_batch(s, 1);
		store_close(s);
		us[i] = clock_steady_us() - begun_us;
	}
	qsort(us, OPENED, sizeof(us[0]), by_size);
	return 1e6 / (double)us[OPENED / 2];
}

static const struct {
	const char *name;
	double (*per_s)(const char *dir, int batches);
} figures[] = {
	{ "accept", accept_singly },
	{ "accept-32", accept_together },
	{ "run-32", run },
	{ "open-accept-close", accept_once },
};

/* Each figure of both at once, so that what else the machine does falls on
 * both; the other one first in the next round. */
static void
compare_once(const char *const dirs[2], int first, int batches)
{
	double per_s[2];

	for (size_t k = 0; k < sizeof(figures) / sizeof(figures[0]); k++) {
		for (int i = 0; i < 2; i++) {
			const int at = (first + i) % 2;

			per_s[at] = figures[k].per_s(dirs[at], batches);
		}
		printf("%s empty=%.0f full=%.0f\n", figures[k].name, per_s[0],
		    per_s[1]);
	}
}

static void
compare(const char *full, const char *scratch, int batches, int rounds)
{
	char empty[PATH_MAX];
	const char *const dirs[] = { empty, full };

	for (int i = 0; i < rounds; i++) {
		snprintf(empty, sizeof(empty), "%s/empty.%d", scratch, i);
		compare_once(dirs, i % 2, batches);
	}
	report_looks(full);
}

static void
fill(const char *dir, long count)
{
	struct store *s = open_store(dir, STORE_WRITE);

	for (; count > 0; count -= FILL_BATCH)
		accept_batch(s, count < FILL_BATCH ? (size_t)count :
		    FILL_BATCH);
	store_close(s);
}

/* What a sender meets that comes right after a start. */
static void
first(const char *dir, int count)
{
	struct store *s = open_store_for(dir, STORE_WRITE, true);
	int64_t begun_us, us, longest_us = 0;

	for (int i = 0; i < count; i++) {
		begun_us = clock_steady_us();
		accept_batch(s, 1);
		us = clock_steady_us() - begun_us;
		longest_us = us > longest_us ? us : longest_us;
	}
	store_close(s);
	printf("%.2f\n", (double)longest_us / 1e3);
}

/* --- pruning beside accepts ----------------------------------------------- */

/* What the process that prunes and the one that accepts have in common. */
struct pruning {
	_Atomic bool wanted, over;
	_Atomic int64_t removed;
};

static double
processor_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

static int
prune_as_wanted(const char *dir, struct pruning *p)
{
	struct store_tidied t;
	struct reason why;
	struct store *s;

	keep_ms = DAY_MS;
	s = open_store(dir, STORE_WRITE);
	while (!p->over) {
		if (!p->wanted) {
			clock_nap_us(1000);
			continue;
		}
		if (store_tidy(s, PRUNE_STEP, &t, &why) != ST_OK)
			die("prune", &why);
		p->removed += t.removed;
		p->wanted = p->wanted && t.more;
		clock_nap_us(t.pause_us);
	}
	store_close(s);
	printf("processor=%.1f us an event\n", processor_us() /
	    (double)(p->removed + 1));
	return 0;
}

static double
accepts_for(struct store *s, int64_t us)
{
	const int64_t begun_us = clock_steady_us();
	int n = 0;

	for (; clock_steady_us() - begun_us < us; n++)
		accept_batch(s, BATCH);
	return (double)n * BATCH / seconds_since(begun_us);
}

static void
prune_round(struct store *s, struct pruning *p)
{
	const double alone = accepts_for(s, PRUNE_US);
	const int64_t begun_us = clock_steady_us(), before = p->removed;
	double beside;

	p->wanted = true;
	beside = accepts_for(s, PRUNE_US);
	if (!p->wanted)
		printf("all was pruned: ");
	p->wanted = false;
	printf("alone=%.0f beside=%.0f pruned=%.0f\n", alone, beside,
	    (double)(p->removed - before) / seconds_since(begun_us));
}

static void
prune(const char *dir, int rounds)
{
	struct pruning *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct store *s;
	pid_t pid;

	if (p == MAP_FAILED || (pid = fork()) < 0)
		exit(1);
	if (pid == 0)
		exit(prune_as_wanted(dir, p));
	s = open_store_for(dir, STORE_WRITE, true);
	for (int i = 0; i < rounds; i++)
		prune_round(s, p);
	store_close(s);
	p->over = true;
	waitpid(pid, NULL, 0);
}

/* --- an event that is alone ----------------------------------------------- */

static int64_t
log_bytes(const char *dir)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/cgihook.db-wal", dir);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* One process accepts, another one claims, as in life; both have begun. */
static void
lone(const char *dir)
{
	static struct claiming c = { .batch = 1 };
	struct store *s = open_store_for(dir, STORE_WRITE, true);
	struct store *runner = open_store(dir, STORE_RUN);
	struct arena a = ARENA(0);
	int64_t before, all = 0;

	for (int i = -LONE_FIRST; i < LONE; i++) {
		before = log_bytes(dir);
		accept_batch(s, 1);
		claim_batch(runner, &c, &a);
		if (i >= 0)
			all += log_bytes(dir) - before;
		finish_batch(runner, &c, &a);
		arena_reset(&a);
	}
	arena_free(&a);
	store_close(runner);
	store_close(s);
	printf("%.0f\n", (double)all / LONE);
}

static void
finish(const char *dir)
{
	struct store *s = open_store(dir, STORE_RUN);

	runs_per_s(s, FILL_BATCH, INT_MAX);
	store_close(s);
}

static void
read_body(const char *path, struct arena *a)
{
	struct reason why = { "" };

	if (file_read(path, 8 * 1024 * 1024, a, &body, NULL, &why) != ST_OK)
		die(path, &why);
}

int
main(int argc, char **argv)
{
	struct arena a = ARENA(16 * 1024 * 1024);

	if (crypto_random((unsigned char *)&next_key, sizeof(next_key) - 2)
	    != ST_OK)
		return 1;
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "fill") == 0) {
		read_body(argv[4], &a);
		age_ms = argc == 6 ? atoi(argv[5]) * DAY_MS : 0;
		fill(argv[2], atol(argv[3]));
	} else if (argc == 3 && strcmp(argv[1], "finish") == 0) {
		finish(argv[2]);
	} else if (argc == 5 && strcmp(argv[1], "first") == 0) {
		read_body(argv[3], &a);
		first(argv[2], atoi(argv[4]));
	} else if (argc == 4 && strcmp(argv[1], "lone") == 0) {
		read_body(argv[3], &a);
		lone(argv[2]);
	} else if (argc == 5 && strcmp(argv[1], "prune") == 0) {
		read_body(argv[3], &a);
		prune(argv[2], atoi(argv[4]));
	} else if (argc == 7 && strcmp(argv[1], "compare") == 0) {
		read_body(argv[4], &a);
		compare(argv[2], argv[3], atoi(argv[5]), atoi(argv[6]));
	} else {
		return 2;
	}
	arena_free(&a);
	return 0;
}
