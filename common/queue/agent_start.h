#ifndef CGIHOOK_AGENT_START_H
#define CGIHOOK_AGENT_START_H

#include <stdint.h>

#include "store.h"

/* How a process that is not confined reaches the agent, and has one started
 * where there is none. */

struct agent_start {
	const char *config_path, *state_dir;
	int64_t started_ms;		/* steady: when that was tried last */
};

/** agent_start_connect - once. Returns: as agent_socket_connect; where there is
 *  no agent (ST_UNKNOWN, ST_BUSY) one is on its way, or takes nobody more:
 *  try again soon */
enum status
agent_start_connect(struct agent_start *s, int *fd, struct reason *why);

/** agent_start_reach - the same, and try again until it succeeds. Takes: ctx, a
 *  struct agent_start: this is for struct store_reach */
enum status
agent_start_reach(void *ctx, int64_t until_ms, int *fd, struct reason *why);

#endif
