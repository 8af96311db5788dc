#ifndef CGIHOOK_ROUTE_H
#define CGIHOOK_ROUTE_H

#include <stdbool.h>

#include "bytes.h"
#include "reply.h"
#include "status.h"

/* Where an address leads: a row for each path and method, and the line of
 * line.c that answers there. */

enum route_line {
	ROUTE_HOOK		/* receives a source's webhooks */
};

struct route {
	const char *method;	/* GET is HEAD, too */
	const char *path;	/* below the script, without its first slash;
				   with * at its end, all that begins so;
				   "*": a source's name */
	enum route_line line;
};

enum { ROUTE_ALLOW_SIZE = 64 };

/**
 * route_choose - the row for a path and a method
 *
 * Takes:   rows, the count of them, and whether path is a source's name.
 * Returns: the row. NULL: no row has the path, with allow empty; or none of
 *          those that have it has the method, with allow "Allow: GET, HEAD".
 */
const struct route *
route_choose(const struct route *rows, size_t count, struct bytes path,
    bool is_source, struct bytes method, char allow[ROUTE_ALLOW_SIZE]);

struct exchange;

/** route_find - find the row for a request, and its source, if any. ST_UNKNOWN,
 *  ST_METHOD */
enum status
route_find(struct exchange *x);

/**
 * route_refuse - the reply where route_find has failed
 *
 * Owns:    its body is the arena's, its header the exchange's.
 * Returns: 405 and the methods that are allowed; or 404 and the PATH_INFO that
 *          came, if that was part of the address. 404 names no source. At the
 *          bare address it says what to add.
 */
struct reply
route_refuse(const struct exchange *x);

/** route_check_head - what can be refused before a webhook's body is read.
 *  ST_TOO_BIG, ST_MEDIA, ST_MALFORMED */
enum status
route_check_head(struct exchange *x);

#endif
