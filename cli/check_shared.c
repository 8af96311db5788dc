#include <poll.h>
#include <string.h>

#include "check_areas.h"
#include "clock.h"
#include "date.h"
#include "store_copy.h"
#include "store_facts.h"

/* A store that machines share: the server, how it is reached, what a failover
 * would lose, and who runs. */

enum {
	CHECK_BEAT_MS = 2500,		/* a runner is heard of within that */
	CHECK_CLOCK_MS = 60 * 1000,
	CHECK_HOSTS_LEASE_MS = 15 * 1000
};

/* "host=one,two ...", or "postgresql://one,two/..." */
static bool
check_names_several(const char *conn)
{
	const char *host = strstr(conn, "host="), *comma = strchr(conn, ',');

	if (host == NULL)
		host = strstr(conn, "://");
	return host != NULL && comma != NULL && comma > host &&
	    memchr(host, ' ', (size_t)(comma - host)) == NULL;
}

/* With several servers, a standby may answer first; and one that is away takes
 * some seconds of the lease until the next one is asked. */
static void
check_shared_hosts(struct checking *k)
{
	const struct config *c = k->cli->config;
	const char *conn = (const char *)c->conn.data;

	if (!check_names_several(conn))
		return;
	if (c->lease_ms < CHECK_HOSTS_LEASE_MS) {
		check_add(k, CHECK_WARN, "database", "%s names several "
		    "servers, and lease is %lld s: handlers may be ended while "
		    "a server that is away is tried", c->conn_path,
		    (long long)c->lease_ms / 1000);
		check_mend(k, "set lease to 15s or more");
	}
	if (strstr(conn, "target_session_attrs") != NULL)
		return;
	check_add(k, CHECK_BAD, "database", "%s names several servers: a "
	    "standby may answer, which takes no writes", c->conn_path);
	check_mend(k, "add target_session_attrs=read-write to %s",
	    c->conn_path);
}

static void
check_shared_server(struct checking *k, const struct store_facts *f)
{
	const struct config *c = k->cli->config;
	const bool local = f->address[0] == '\0';

	check_add(k, CHECK_OK, "database", "%s%s%s, schema version %lld",
	    f->server, local ? " on this machine, or behind a pool" : " at ",
	    f->address, (long long)f->version);
	if (f->in_recovery) {
		check_add(k, CHECK_BAD, "database", "the server is a standby: "
		    "it takes no writes");
		check_mend(k, "name all servers in %s, with "
		    "target_session_attrs=read-write", c->conn_path);
	}
	if (f->tls[0] != '\0') {
		check_add(k, CHECK_OK, "database", "encrypted by %s", f->tls);
	} else if (!local) {
		check_add(k, CHECK_WARN, "database", "the connection is not "
		    "encrypted: whoever is on the way reads the bodies of "
		    "events");
		check_mend(k, "add sslmode=verify-full to %s, and see "
		    "cgihook-postgresql(7), TLS", c->conn_path);
	}
	if (f->clock_ms > clock_wall_ms() + CHECK_CLOCK_MS ||
	    f->clock_ms < clock_wall_ms() - CHECK_CLOCK_MS) {
		check_add(k, CHECK_WARN, "clock", "this machine's clock and "
		    "the server's differ by %lld s: the times that are shown "
		    "do not fit together", (long long)(f->clock_ms -
		    clock_wall_ms()) / 1000);
		check_mend(k, "timedatectl set-ntp true");
	}
}

static void
check_shared_durable(struct checking *k, const struct store_facts *f)
{
	const bool off = strcmp(f->synchronous_commit, "off") == 0;
	const bool local = strcmp(f->synchronous_commit, "local") == 0;

	if (!f->fsync) {
		check_add(k, CHECK_BAD, "database", "the server does not sync "
		    "(fsync = off): a loss of power loses events that were "
		    "acknowledged");
		check_mend(k, "write fsync = on into postgresql.conf, and "
		    "reload the server");
	}
	if (off || local)
		check_add(k, CHECK_OK, "database", "synchronous_commit is %s "
		    "there; cgihook sets it to on for its transactions",
		    f->synchronous_commit);
	if (f->standby_names[0] == '\0') {
		check_add(k, CHECK_WARN, "database", "no commit waits for a "
		    "standby (synchronous_standby_names is empty): if the "
		    "server's disk is lost, so are the latest events");
		check_mend(k, "see cgihook-postgresql(7), FAILOVER");
		return;
	}
	if (f->standbys_known && f->standbys == 0) {
		check_add(k, CHECK_BAD, "database", "commits wait for a "
		    "standby (%s), and none is connected: senders get 503",
		    f->standby_names);
		check_mend(k, "start the standby, and see that its "
		    "application_name is one of these");
		return;
	}
	check_add(k, CHECK_OK, "database", "commits wait for a standby (%s)",
	    f->standby_names);
}

/* *alive: its counter has moved. */
static bool
check_shared_moved(const struct store_facts *before,
    const struct store_runner_fact *now)
{
	for (size_t i = 0; i < before->runner_count; i++)
		if (before->runners[i].number == now->number)
			return before->runners[i].counter != now->counter;
	return true;
}

static void
check_shared_runner(struct checking *k, const struct store_runner_fact *r,
    bool alive)
{
	char since[25];

	date_format_rfc3339(r->began_ms, since);
	if (!alive) {
		check_add(k, CHECK_WARN, "runner", "runner %lld on %s has not "
		    "been heard of for %d ms; after %lld s another one takes "
		    "over what it runs", (long long)r->number, r->host,
		    CHECK_BEAT_MS, (long long)(r->lease_ms + r->lease_ms / 2) /
		    1000);
		check_mend(k, "look at the runner's log on %s", r->host);
	} else if (r->differs) {
		check_add(k, CHECK_BAD, "runner", "runner %lld on %s takes "
		    "nothing: its handlers or its configuration are not those "
		    "of the dispatcher", (long long)r->number, r->host);
		check_mend(k, "make handlers_dir and the configuration the "
		    "same on all machines");
	} else if (r->lease_ms != k->cli->config->lease_ms) {
		check_add(k, CHECK_WARN, "runner", "runner %lld on %s has a "
		    "lease of %lld s, another one than here", (long long)
		    r->number, r->host, (long long)r->lease_ms / 1000);
		check_mend(k, "give all machines the same lease");
	} else {
		check_add(k, CHECK_OK, "runner", "runner %lld on %s since %s, "
		    "lease %lld s, %lld running%s", (long long)r->number,
		    r->host, since, (long long)r->lease_ms / 1000,
		    (long long)r->running, r->dispatches ?
		    "; it dispatches" : "");
	}
}

static void
check_shared_runners(struct checking *k, struct store *s,
    const struct store_facts *before)
{
	struct store_facts f;
	struct reason why;
	bool dispatches = false;

	if (before->runner_count == 0) {
		check_add(k, k->cli->config->runner == RUNNER_AUTO ?
		    CHECK_OK : CHECK_WARN, "runner", "no runner is at work on "
		    "any machine");
		return;
	}
	poll(NULL, 0, CHECK_BEAT_MS);
	if (store_facts(s, &k->cli->arena, &f, &why) != ST_OK)
		return;		/* the first look has just worked */
	for (size_t i = 0; i < f.runner_count; i++) {
		check_shared_runner(k, &f.runners[i], check_shared_moved(
		    before, &f.runners[i]));
		dispatches = dispatches || f.runners[i].dispatches;
	}
	if (f.runner_count > 0 && !dispatches)
		check_add(k, CHECK_WARN, "runner", "no runner dispatches: "
		    "events stay queued until one takes that over");
}

static void
check_shared_seal(struct checking *k, struct store *s)
{
	struct store_copying c;
	struct reason why;

	if (store_copying(s, &c, &why) != ST_OK || !c.sealed)
		return;
	check_add(k, CHECK_BAD, "store", "it is sealed: its events were copied "
	    "to another store, or are being copied, and senders get 503");
	check_mend(k, "name the other store in %s, or run: cgihook --config "
	    "'%s' store --help", k->cli->config->path, k->cli->config->path);
}

void
check_shared(struct checking *k, struct store *s)
{
	struct store_facts f;
	struct reason why;
	enum status st = store_facts(s, &k->cli->arena, &f, &why);

	check_shared_seal(k, s);
	if (st == ST_UNKNOWN)
		return;
	if (st != ST_OK) {
		check_add(k, CHECK_BAD, "database", "%s", why.text);
		return;
	}
	check_shared_hosts(k);
	check_shared_server(k, &f);
	check_shared_durable(k, &f);
	check_shared_runners(k, s, &f);
}
