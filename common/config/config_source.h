#ifndef CGIHOOK_CONFIG_SOURCE_H
#define CGIHOOK_CONFIG_SOURCE_H

#include "bytes.h"
#include "config_section.h"

enum { SOURCE_NAME_MAX = 32 };	/* bytes */

/** source_name_valid - whether a source may have this name */
bool
source_name_valid(struct bytes name);

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
