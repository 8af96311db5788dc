#ifndef CGIHOOK_RUNNER_ALERT_H
#define CGIHOOK_RUNNER_ALERT_H

#include <stdint.h>

struct runner;

/* Alarms: the runner has a process started that looks for them. */
struct alert_watch {
	int64_t look_ms;		/* steady: not before */
};

/** alert_due_ms - when that is to be done, on the steady clock; NEVER where
 *  the configuration asks for none */
int64_t
alert_due_ms(const struct runner *r);

void
alert_start(struct runner *r);

#endif
