#ifndef CGIHOOK_RUNNER_OPEN_H
#define CGIHOOK_RUNNER_OPEN_H

#include "status.h"

struct runner;

/** runner_open - the configuration, the store with the runner's role, whom to
 *  listen to; what a dead runner left is settled. Ended by runner_close, also
 *  after a failure. */
enum status
runner_open(struct runner *r, struct reason *why);

/** runner_close - give everything back, r too */
void
runner_close(struct runner *r);

#endif
