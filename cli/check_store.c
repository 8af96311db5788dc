#include "check_areas.h"
#include "clock.h"
#include "store_config.h"

enum { CHECK_STORE_MS = 3000 };

static void
check_store_fails(struct checking *k, const struct reason *why)
{
	const struct config *c = k->cli->config;

	check_add(k, CHECK_BAD, "store", "%s", why->text);
	if (c->store == CONFIG_POSTGRESQL)
		check_mend(k, "correct the connection string, or start the "
		    "server; try: psql \"$(cat '%s')\" -c 'SELECT 1'",
		    c->conn_path);
}

void
check_store(struct checking *k)
{
	const struct config *c = k->cli->config;
	struct store_stats s;
	struct store *store = NULL;
	struct reason why;
	enum status st = store_open_config(c, STORE_READ, CHECK_STORE_MS,
	    &store, &why);

	if (st == ST_UNKNOWN) {
		check_add(k, CHECK_OK, "store",
		    "the first event will create it");
		return;
	}
	if (st == ST_OK)
		st = store_stats(store, &s, &why);
	if (st != ST_OK)
		check_store_fails(k, &why);
	else
		check_add(k, CHECK_OK, "store", "events: %lld; queued: %lld; "
		    "waiting deliveries: %lld", (long long)s.events,
		    (long long)s.queued, (long long)s.waiting);
	if (st == ST_OK && s.in_doubt) {
		check_add(k, CHECK_BAD, "store", "in doubt: what was written "
		    "last may not be on the disk; nothing is accepted or run "
		    "until it is");
		check_mend(k, "check the disk (dmesg); the next event, or "
		    "cgihook --config '%s' run --once, then writes it again",
		    c->path);
	}
	if (st == ST_OK && s.dead > 0) {
		check_add(k, CHECK_WARN, "store", "dead deliveries: %lld; "
		    "all their attempts failed", (long long)s.dead);
		check_mend(k, "cgihook --config '%s' log --state dead; "
		    "cgihook --config '%s' retry --dead", c->path, c->path);
	}
	if (st == ST_OK && s.waiting + s.queued >= c->queue_limit) {
		check_add(k, CHECK_BAD, "store", "the queue is full, "
		    "queue_limit = %lld: senders get 503",
		    (long long)c->queue_limit);
		check_mend(k, "check the runner, or raise queue_limit in %s",
		    c->path);
	}
	if (st == ST_OK && s.newest_ms > clock_wall_ms() + 60000)
		check_add(k, CHECK_BAD, "clock", "the newest event is from the "
		    "future: the clock is or was wrong");
	if (st == ST_OK)
		check_shared(k, store);
	store_close(store);
}
