#ifndef CGIHOOK_CONFIG_REACH_H
#define CGIHOOK_CONFIG_REACH_H

#include "config.h"

/**
 * config_reach - refuse a configuration whose state folder has anything that
 *                decides what runs
 *
 * The process that reads requests may change all that is in the state folder,
 * and nothing else (cgihook.fcgi(8), "What it gives up"). A handler in it would
 * undo that.
 *
 * Takes:   c, complete; line, of its state_dir.
 * Returns: ST_OK; ST_CONFIG, naming what must be moved. Links are followed. If
 *          a path does not exist, the part that does is checked.
 */
enum status
config_reach(const struct config *c, int line, struct reason *why);

#endif
