#ifndef CGIHOOK_BELL_H
#define CGIHOOK_BELL_H

#include <stdint.h>

#include "status.h"

/*
 * A named pipe in the state folder by which one process wakes another within
 * microseconds. It carries event numbers, and may lose or repeat them: who is
 * woken looks into the store.
 */

#define BELL_RUNNER "runner.bell"

/** bell_open - make (0660) and listen at dir's pipe; *fd is non-blocking,
 *  close-on-exec, and never at end of file */
enum status
bell_open(int dirfd, const char *name, int *fd, struct reason *why);

/** bell_ring - ST_OK; ST_UNKNOWN when nobody listens; a full pipe is ST_OK */
enum status
bell_ring(int dirfd, const char *name, int64_t id);

/** bell_read - the next number rung; ST_UNKNOWN when there is none now */
enum status
bell_read(int fd, int64_t *id);

/** bell_remove - a pipe that nobody listens at any more */
void
bell_remove(int dirfd, const char *name);

#endif
