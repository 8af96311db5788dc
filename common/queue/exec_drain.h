#ifndef CGIHOOK_EXEC_DRAIN_H
#define CGIHOOK_EXEC_DRAIN_H

/*
 * A handler's output is a pipe, and its reader ends with it. What a handler has
 * started to go on by itself (setsid(1)) has the pipe still, and would be ended
 * by SIGPIPE at its next output.
 */

/**
 * drain_leave - read away what is still written into a pipe, until its last
 *               writer has gone
 *
 * Takes:   fd, a pipe's reading end, which stays the caller's.
 * Effect:  if anybody can still write, a process of its own is left behind that
 *          reads and forgets, and ends with the last writer. It holds nothing
 *          else of ours, and has no parent that has to wait for it.
 */
void
drain_leave(int fd);

#endif
