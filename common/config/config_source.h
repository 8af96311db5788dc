#ifndef CGIHOOK_CONFIG_SOURCE_H
#define CGIHOOK_CONFIG_SOURCE_H

#include "config_section.h"

/**
 * config_sources - read every source of the tree, with its secrets
 *
 * Takes:   job->x.config, with room for all sources and stamps.
 * Owns:    the secrets, even after a failure: secret_wipe for each.
 * Returns: ST_OK; ST_CONFIG; ST_BUSY without memory.
 */
enum status
config_sources(const struct section_job *job, struct reason *why);

#endif
