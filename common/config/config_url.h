#ifndef CGIHOOK_CONFIG_URL_H
#define CGIHOOK_CONFIG_URL_H

#include "config_value.h"

/* What is known of the page besides its tokens: where it is, and its time. */

value_parser value_url;		/* struct page_url */
value_parser value_time_zone;	/* const char * */

/**
 * page_url_read - take an address apart
 *
 * Takes:   text, http or https, which may end in '/'.
 * Owns:    *out; the arena's.
 * Returns: NULL; or what is wrong with the address, and what to do.
 */
const char *
page_url_read(struct bytes text, struct arena *a, struct page_url *out);

#endif
