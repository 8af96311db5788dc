#ifndef CGIHOOK_RUNNER_TAKEOVER_H
#define CGIHOOK_RUNNER_TAKEOVER_H

#include "status.h"

struct runner;

/** takeover - at the start: end a dead runner's handlers, and settle its
 *  deliveries */
enum status
takeover(struct runner *r, struct reason *why);

/** takeover_from_others - settle the deliveries of runners that were found dead
 *  since, of any machine */
enum status
takeover_from_others(struct runner *r, struct reason *why);

#endif
