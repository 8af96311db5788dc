#ifndef CGIHOOK_AGENT_SOCKET_H
#define CGIHOOK_AGENT_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "status.h"

/*
 * The socket in the state folder at which the agent listens. Its mode is 0600,
 * and both ends look who the other one is: in a folder that a group may write,
 * another user could put a socket of its own there, or connect.
 */

#define AGENT_SOCKET "agent.sock"

/**
 * agent_socket_listen - in the place of what has the name now
 *
 * Takes:   dir, and its descriptor; the caller holds agent.lock.
 * Owns:    *fd, the caller's; it does not wait.
 * Returns: ST_OK; ST_SYSTEM.
 */
enum status
agent_socket_listen(const char *dir, int dirfd, int *fd, struct reason *why);

/**
 * agent_socket_connect - to the agent of a state folder
 *
 * Owns:    *fd, the caller's; close-on-exec, and it does not wait.
 * Returns: ST_OK; ST_UNKNOWN: there is none, start one; ST_BUSY: it takes no
 *          more now; ST_DENIED: somebody else listens there; ST_SYSTEM.
 */
enum status
agent_socket_connect(const char *dir, int *fd, struct reason *why);

/** agent_socket_is_ours - whether the other end is a process of this user, or
 *  root's. Effect: *pid is its number, or was. */
bool
agent_socket_is_ours(int fd, pid_t *pid);

#endif
