#include "runner_private.h"

#include <sys/epoll.h>

#include "clock.h"
#include "log.h"

enum {
	/* The lease is renewed so often while it lasts, and at least every so
	 * many milliseconds, for what store_stay is to notice in time. */
	RENEWALS = 6, RENEW_MAX_MS = 2000,
	/* Before the guard, which tells handlers to end as well: this part of
	 * the lease. */
	AHEAD_PART = 20,
	GUARD_AGAIN_MS = 1000
};

/* When handlers are told to end, on clock_boot_ms. */
static int64_t
lease_over_ms(const struct lease *l)
{
	return guard_term_ms(l->renewed_ms, l->lease_ms) -
	    l->lease_ms / AHEAD_PART;
}

static int64_t
lease_every_ms(const struct lease *l)
{
	return l->lease_ms / RENEWALS < RENEW_MAX_MS ?
	    l->lease_ms / RENEWALS : RENEW_MAX_MS;
}

static void
lease_tell(struct runner *r)
{
	if (r->lease.guard.page != NULL)
		guard_tell(&r->lease.guard, r->lease.renewed_ms,
		    r->lease.lease_ms);
	exec_set_until(r->exec, lease_over_ms(&r->lease));
}

static enum status
lease_start_guard(struct runner *r, struct reason *why)
{
	struct epoll_event e = { .events = EPOLLIN };
	enum status st = guard_start(&r->lease.guard, exec_slots(r->exec),
	    r->lease.renewed_ms, r->lease.lease_ms, why);

	if (st != ST_OK)
		return st;
	e.data.fd = r->lease.guard.fd;
	if (epoll_ctl(r->wires.epoll_fd, EPOLL_CTL_ADD, e.data.fd, &e) == 0)
		return ST_OK;
	guard_lose(&r->lease.guard);
	return fail(why, ST_BUSY, "epoll: the guard cannot be watched");
}

/* Without a guard nothing begins: who would end it? */
static bool
lease_get_guard(struct runner *r)
{
	struct reason why;

	r->lease.guard_ms = clock_steady_ms() + GUARD_AGAIN_MS;
	if (lease_start_guard(r, &why) == ST_OK)
		return true;
	if (say_again(&r->lease.guard_said_ms))
		log_note("error", "no handler is started: %s", why.text);
	return false;
}

void
lease_open(struct runner *r)
{
	r->lease.shared = store_is_shared(r->store);
	r->lease.wanted_ms = r->lease.lease_ms;
	if (!r->lease.shared)
		return;
	(void)lease_get_guard(r);
	lease_tell(r);
}

void
lease_close(struct lease *l)
{
	guard_close(&l->guard);
}

void
lease_set(struct runner *r, int64_t lease_ms)
{
	struct lease *l = &r->lease;

	if (!l->shared || l->wanted_ms == lease_ms)
		return;
	l->wanted_ms = lease_ms;
	l->renew_ms = 0;
	/* a longer one holds once the store knows it: until then others go by
	 * the shorter one */
	if (lease_ms < l->lease_ms)
		l->lease_ms = lease_ms;
	lease_tell(r);
}

bool
lease_holds(const struct runner *r)
{
	const struct lease *l = &r->lease;

	return !l->shared || (!l->lost && l->guard.fd >= 0 &&
	    clock_boot_ms() < lease_over_ms(l));
}

/* --- the calls that renew it ---------------------------------------------- */

static void
lease_renewed(struct runner *r, int64_t before_ms)
{
	struct lease *l = &r->lease;

	if (l->ended)
		log_note("note", "the lease is renewed: handlers run again");
	l->ended = false;
	l->renewed_ms = before_ms;
	l->lease_ms = l->wanted_ms;
	lease_tell(r);
}

/* What it had in hand is another's by now, and may run there. */
static void
lease_lose(struct runner *r, const struct reason *why)
{
	if (!r->lease.lost)
		log_note("error", "the lease is lost: this runner ends its"
		    " handlers, hands in nothing, and begins anew: %s",
		    why->text);
	r->lease.lost = true;
	phase_change(&r->phase, CAUSE_LEASE);
	exec_stop_all(r->exec, 0);
}

static enum status
lease_after(struct runner *r, int64_t before_ms, enum status st,
    const struct reason *why)
{
	if (r->lease.shared && st == ST_OK)
		lease_renewed(r, before_ms);
	else if (r->lease.shared && st == ST_UNKNOWN)
		lease_lose(r, why);
	return st;
}

enum status
lease_work(struct runner *r, struct store_work *w, struct reason *why)
{
	const int64_t before_ms = clock_boot_ms();

	return lease_after(r, before_ms, store_work(r->store, w, why), why);
}

int64_t
lease_stay_due_ms(const struct runner *r)
{
	return r->lease.shared && !r->lease.lost ? r->lease.renew_ms : NEVER;
}

/* The store is asked again soon enough for the lease, and more often at first:
 * a connection that was lost is soon there again. */
void
lease_again(struct runner *r, enum status st, const struct reason *why)
{
	const int64_t latest_ms = clock_steady_ms() +
	    lease_every_ms(&r->lease);

	trouble_note(&r->trouble, &r->phase, st, why);
	r->lease.renew_ms = r->trouble.until_ms < latest_ms ?
	    r->trouble.until_ms : latest_ms;
}

enum status
lease_stay(struct runner *r, struct reason *why)
{
	const int64_t before_ms = clock_boot_ms();
	enum status st = lease_after(r, before_ms, store_stay(r->store, why),
	    why);

	r->lease.renew_ms = clock_steady_ms() + lease_every_ms(&r->lease);
	return st;
}

/* What it could not be told meanwhile. */
void
lease_able(struct runner *r)
{
	if (r->trouble.failures == 0)
		return;
	r->trouble.until_ms = 0;
	r->batch.look_ms = 0;
}

/* --- when it is over ------------------------------------------------------ */

int64_t
lease_end_due_ms(const struct runner *r)
{
	const struct lease *l = &r->lease;

	if (!l->shared || l->lost)
		return NEVER;
	if (l->guard.fd < 0)
		return l->guard_ms;
	return l->ended ? NEVER : clock_steady_ms() + lease_over_ms(l) -
	    clock_boot_ms();
}

static void
lease_end_handlers(struct runner *r)
{
	const struct lease *l = &r->lease;
	const int64_t over_ms = guard_kill_ms(l->renewed_ms, l->lease_ms) -
	    l->lease_ms / AHEAD_PART;
	const int64_t left_ms = over_ms - clock_boot_ms();

	r->lease.ended = true;
	log_note("error", "the lease was not renewed in time: handlers are "
	    "ended, and run again when the store can be used, here or "
	    "elsewhere");
	exec_stop_all(r->exec, left_ms > 0 ? left_ms : 0);
}

void
lease_guard_ended(struct lease *l)
{
	guard_lose(&l->guard);
	l->guard_ms = 0;
}

void
lease_end(struct runner *r)
{
	if (!r->lease.ended && clock_boot_ms() >= lease_over_ms(&r->lease))
		lease_end_handlers(r);
	if (r->lease.guard.fd < 0 && lease_get_guard(r))
		log_note("warning", "handlers had no guard: there is another"
		    " one");
}
