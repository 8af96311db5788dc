#ifndef CGIHOOK_RUNNER_END_H
#define CGIHOOK_RUNNER_END_H

#include <stdint.h>

struct runner;

/** end_stop - a signal: no new handlers; a second one: at once */
void
end_stop(struct runner *r);

/** end_due_ms - when end_consider has something to do, on the steady clock */
int64_t
end_due_ms(const struct runner *r);

/** end_consider - end, unless the last look finds something to do */
void
end_consider(struct runner *r);

#endif
