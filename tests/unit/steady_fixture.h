#ifndef STEADY_FIXTURE_H
#define STEADY_FIXTURE_H

/*
 * The steady clock as a test has it (the linker's --wrap, in the Makefile), in
 * its process and in those that it forks: a deadline comes when the test says
 * so, and not while a busy machine has yet to start what it is for.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

struct steady {
	_Atomic int64_t ahead_ms;	/* of the machine's */
	_Atomic int64_t held_ms;	/* it stands still there; 0: it runs */
};

static struct steady *steady;

int64_t
__real_clock_steady_ms(void);

int64_t
__wrap_clock_steady_ms(void);

int64_t
__wrap_clock_steady_ms(void)
{
	const int64_t held_ms = atomic_load(&steady->held_ms);

	return atomic_load(&steady->ahead_ms) +
	    (held_ms != 0 ? held_ms : __real_clock_steady_ms());
}

static inline void
skip_ms(int64_t ms)
{
	atomic_fetch_add(&steady->ahead_ms, ms);
}

/* Nothing is late while it is held. */
static inline void
hold_clock(bool hold)
{
	atomic_store(&steady->held_ms, hold ? __real_clock_steady_ms() : 0);
}

static void __attribute__((constructor))
share_steady_clock(void)
{
	steady = mmap(NULL, sizeof(*steady), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (steady == MAP_FAILED)
		abort();
}

#endif
