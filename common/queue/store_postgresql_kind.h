#ifndef CGIHOOK_STORE_POSTGRESQL_KIND_H
#define CGIHOOK_STORE_POSTGRESQL_KIND_H

#include "crypto.h"
#include "event.h"
#include "store_postgresql_db.h"

/* The words of an event are a row of kind, found by their digest. Which rows
 * are there is remembered, so that an accept seldom has to look. */

/** kind_digest - of an event's words */
enum status
kind_digest(const struct event *e, unsigned char out[SHA256_LEN],
    struct reason *why);

/** kind_ensure - queue, in a transaction, that these events' rows are made,
 *  where it is not known that they are there */
void
kind_ensure(struct pg *s, const struct event *const *events,
    unsigned char (*digests)[SHA256_LEN], size_t count);

/** kind_forget - what is remembered: a transaction has failed, or the server
 *  may be another one */
void
kind_forget(struct pg *s);

#endif
