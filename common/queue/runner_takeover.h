#ifndef CGIHOOK_RUNNER_TAKEOVER_H
#define CGIHOOK_RUNNER_TAKEOVER_H

#include "status.h"

struct runner;

/** takeover - end a dead runner's handlers and settle its deliveries */
enum status
takeover(struct runner *r, struct reason *why);

#endif
