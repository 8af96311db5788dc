#ifndef CGIHOOK_RUNNER_NOTICE_H
#define CGIHOOK_RUNNER_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "lookout.h"

struct runner;

/*
 * What wakes a runner that has nothing to do, so that it need not look: a
 * change in the folders of its files, and the wall clock when it is set.
 */
struct notice {
	struct lookout lookout;
	int clock_fd;			/* readable: it was set; -1: cannot */
	int64_t look_ms;		/* steady: when to look; NEVER */
};

/** notice_open - begin; where something cannot be watched, the runner looks
 *  every two seconds */
void
notice_open(struct runner *r);

/** notice_hear - whether fd was one of these; then there is something to see */
bool
notice_hear(struct runner *r, int fd);

/** notice_due_ms, notice_look - look at all of it, soon after it was heard */
int64_t
notice_due_ms(const struct runner *r);

void
notice_look(struct runner *r);

/** notice_lazy_ms - how much later than due a look at what may have changed may
 *  come while the runner sleeps; NEVER: it will be woken */
int64_t
notice_lazy_ms(const struct runner *r);

void
notice_close(struct notice *n);

#endif
