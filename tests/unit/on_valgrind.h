#ifndef ON_VALGRIND_H
#define ON_VALGRIND_H

/*
 * valgrind 3.19 holds signals back during fcntl(F_OFD_SETLKW), so there a wait
 * for a lock lasts as long as the lock is held: what waits for one that is
 * never given up cannot be tested under it.
 */
#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

#endif
