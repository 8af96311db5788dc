#ifndef CGIHOOK_CONFIG_RULES_H
#define CGIHOOK_CONFIG_RULES_H

#include "config_read.h"
#include "crypto.h"
#include "status.h"

/**
 * config_rules - a digest of what decides which handlers run, with what, and
 *                how often
 *
 * Takes:   tree: every key of every section counts as it is written, but for
 *          secrets, for the page, and for what is one machine's own: its
 *          folders, its log, how much it does at a time.
 * Returns: ST_OK; ST_BUSY without memory.
 */
enum status
config_rules(const struct config_tree *tree, unsigned char out[SHA256_LEN],
    struct reason *why);

#endif
