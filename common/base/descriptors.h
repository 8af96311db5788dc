#ifndef CGIHOOK_DESCRIPTORS_H
#define CGIHOOK_DESCRIPTORS_H

/* What a process has inherited and does not want. */

/** descriptors_close - all from first to last, one by one if the kernel, or a
 *  container, does not let close_range(2). Async-signal-safe. */
void
descriptors_close(int first, int last);

/** descriptors_let_go - 0, 1 and 2 lead to /dev/null from now on: somebody may
 *  wait for the end of file on what they were */
void
descriptors_let_go(void);

#endif
