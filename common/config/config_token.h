#ifndef CGIHOOK_CONFIG_TOKEN_H
#define CGIHOOK_CONFIG_TOKEN_H

#include "config_section.h"

enum {
	TOKEN_SECRET_MIN = 16,		/* shorter ones can be guessed */
	TOKEN_SECRET_SURE = 32		/* of "openssl rand -hex 16": nobody
					   guesses it, however often he tries */
};

/**
 * config_tokens - read every token of the tree
 *
 * Takes:   job->x.config, with room for all tokens and with its sources.
 * Returns: ST_OK; ST_CONFIG, also if two tokens, or a token and a source, have
 *          the same secret; ST_BUSY without memory.
 */
enum status
config_tokens(const struct section_job *job, struct reason *why);

#endif
