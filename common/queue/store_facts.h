#ifndef CGIHOOK_STORE_FACTS_H
#define CGIHOOK_STORE_FACTS_H

#include "store.h"

/* What an operator wants to know of a store that machines share. */

struct store_runner_fact {
	int64_t number;
	const char *host;
	int64_t counter;		/* rises while it lives */
	int64_t lease_ms, began_ms;
	int64_t running;		/* deliveries */
	bool dispatches;
	bool differs;			/* from the dispatcher's digest */
};

struct store_facts {
	const char *server;		/* "PostgreSQL 15.18" */
	const char *address;		/* of the server; "" of this machine */
	int64_t version;		/* of the schema */
	const char *tls;		/* "TLSv1.3"; "" without */
	const char *synchronous_commit, *standby_names;
	int64_t standbys;		/* that are waited for, and are there */
	bool standbys_known;		/* this user may see them */
	bool fsync;
	bool in_recovery;		/* it is a standby itself */
	int64_t clock_ms;		/* the server's */
	struct store_runner_fact *runners;
	size_t runner_count;
};

/** store_facts - all of it, the arena's; ST_UNKNOWN: machines do not share
 *  this kind of store */
enum status
store_facts(struct store *s, struct arena *a, struct store_facts *out,
    struct reason *why);

#endif
