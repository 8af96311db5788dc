#ifndef CGIHOOK_RUNNER_LOOP_H
#define CGIHOOK_RUNNER_LOOP_H

struct runner;

/** loop_run - until the runner has ended: do what is due, and sleep until the
 *  next of it is due or something happens */
void
loop_run(struct runner *r);

#endif
