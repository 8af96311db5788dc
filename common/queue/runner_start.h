#ifndef CGIHOOK_RUNNER_START_H
#define CGIHOOK_RUNNER_START_H

#include "status.h"

/* Starts the process that is the runner (runner_role.c). */

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

/** runner_program - the path of the program that this process runs; NULL where
 *  somebody else could put another file there. Owns: the path, the caller's */
char *
runner_program(void);

/** runner_start_program - the same with another program, such as a newer one at
 *  our path */
enum status
runner_start_program(const char *program, const char *config_path,
    struct reason *why);

#endif
