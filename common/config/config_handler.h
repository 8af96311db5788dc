#ifndef CGIHOOK_CONFIG_HANDLER_H
#define CGIHOOK_CONFIG_HANDLER_H

#include "config_section.h"

/**
 * config_handlers - every handler of the tree, and the defaults for the others
 *
 * Takes:   job->x.config, whose handlers has room for all, and whose sources
 *          are there already.
 * Returns: ST_OK; ST_CONFIG; ST_BUSY without memory.
 */
enum status
config_handlers(const struct section_job *job, struct reason *why);

#endif
