#ifndef CGIHOOK_CONFIG_READING_H
#define CGIHOOK_CONFIG_READING_H

#include "config_draft.h"
#include "reading.h"

/**
 * config_reading - make a reading of a source's section
 *
 * Takes:   token: the sender signs nothing.
 * Owns:    *out; its texts are the configuration's.
 * Returns: ST_OK; ST_CONFIG.
 */
enum status
config_reading(const struct draft *d, bool token, struct reading *out);

#endif
