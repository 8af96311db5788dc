#ifndef CGIHOOK_CONFIG_SOURCE_H
#define CGIHOOK_CONFIG_SOURCE_H

#include "config_section.h"

/**
 * config_sources - every source of the tree, with its secrets
 *
 * Takes:   job->x.config, whose sources and stamps have room for all.
 * Owns:    the secrets, also after a failure: secret_wipe for each of them.
 * Returns: ST_OK; ST_CONFIG; ST_BUSY without memory.
 */
enum status
config_sources(const struct section_job *job, struct reason *why);

#endif
