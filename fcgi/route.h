#ifndef CGIHOOK_ROUTE_H
#define CGIHOOK_ROUTE_H

#include <stdbool.h>

#include "bytes.h"
#include "reply.h"
#include "role.h"
#include "status.h"

/* Where an address leads: a row for each path and method, and the line of
 * line.c that answers there. */

enum route_line {
	ROUTE_HOOK,		/* receives a source's webhooks */
	ROUTE_HEALTH,		/* does it answer, can it accept? */
	ROUTE_PAGE,		/* shows something to people, as HTML */
	ROUTE_API,		/* the same to programs: errors are JSON */
	ROUTE_ASSET		/* the pages' style and script */
};

struct exchange;

/**
 * page_answer - answers a visitor who may ask for it
 *
 * Returns: ST_OK with x->reply, its body the arena's, also where it only says
 *          what could not be done; otherwise the refusal that fits the status.
 */
typedef enum status page_answer(struct exchange *x);

struct route {
	const char *method;	/* GET is HEAD, too */
	const char *path;	/* below the script, without its first slash;
				   with * at its end, all that begins so;
				   "*": a source's name */
	enum route_line line;
	enum role role;		/* who may ask: PAGE, API */
	page_answer *answer;	/* PAGE, API */
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

/** route_is_page - whether a row is a page, what programs ask instead, or a
 *  part of it; NULL: it is not */
bool
route_is_page(const struct route *r);

/** route_pages - the rows that are there with a token in the configuration
 *  alone: *count of them */
const struct route *
route_pages(size_t *count);

/** route_find - find the row for a request, and its source, if any. ST_UNKNOWN,
 *  ST_METHOD. Without a token in the configuration there is no page. */
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
