#ifndef CGIHOOK_CAGE_FILES_H
#define CGIHOOK_CAGE_FILES_H

#include "config.h"

/**
 * cage_restrict_files - leave this thread the state folder, and what libc reads
 *
 * Takes:   c; NULL: not even these.
 * Returns: ST_OK, with *lacks true where the kernel has no Landlock; ST_SYSTEM.
 * Effect:  for good, also for threads that it starts; no_new_privs is set.
 */
enum status
cage_restrict_files(const struct config *c, bool *lacks, struct reason *why);

#endif
