#ifndef CGIHOOK_RUNNER_START_H
#define CGIHOOK_RUNNER_START_H

#include <stdbool.h>

#include "status.h"

/* Starts this program again in another role: as the runner (runner_role.c), as
 * the agent (agent_role.c), or to look for alarms (runner_role.c). */

/**
 * runner_start - start this program again as a runner
 *
 * Effect:  it runs detached, with /dev/null as its input and output and none of
 *          our other descriptors. Its environment has CGIHOOK_ROLE=runner and
 *          CGIHOOK_CONFIG. After an upgrade the new program starts, since it is
 *          found by its path.
 * Returns: ST_OK; ST_BUSY or ST_SYSTEM when it could not be started.
 */
enum status
runner_start(const char *config_path, struct reason *why);

/** runner_start_agent - the same as the agent: CGIHOOK_ROLE=agent */
enum status
runner_start_agent(const char *config_path, struct reason *why);

/** runner_start_alarms - the same to look for alarms once and end:
 *  CGIHOOK_ROLE=alarms */
enum status
runner_start_alarms(const char *config_path, struct reason *why);

/** runner_program - the path of the program that this process runs; NULL where
 *  somebody else could put another file there. Owns: the path, the caller's */
char *
runner_program(void);

/** runner_own_program - runner_program, if the file that is there now is the
 *  one that this process runs; otherwise NULL */
char *
runner_own_program(void);

/** runner_is_replaced - whether there is another program at that path now,
 *  which can be run. Takes: what runner_own_program said. */
bool
runner_is_replaced(const char *program);

/** runner_start_program - the same with another program, such as a newer one at
 *  our path */
enum status
runner_start_program(const char *program, const char *config_path,
    struct reason *why);

#endif
