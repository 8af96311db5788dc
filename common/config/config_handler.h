#ifndef CGIHOOK_CONFIG_HANDLER_H
#define CGIHOOK_CONFIG_HANDLER_H

#include "config_section.h"

/**
 * config_handlers - read every handler of the tree, and the defaults for others
 *
 * Takes:   job->x.config, with room for all handlers and with its sources.
 * Returns: ST_OK; ST_CONFIG; ST_BUSY without memory.
 */
enum status
config_handlers(const struct section_job *job, struct reason *why);

#endif
