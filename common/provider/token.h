#ifndef CGIHOOK_TOKEN_H
#define CGIHOOK_TOKEN_H

#include <stdbool.h>

#include "arena.h"
#include "message.h"
#include "outgoing.h"
#include "scheme.h"
#include "source.h"
#include "status.h"

/*
 * Senders that sign nothing: the request holds the secret itself, in a header
 * or in the address. The element of such a scheme is one pattern, or several
 * with a '|' between them: "query:secret|Bearer %token". The first that is
 * there counts, whatever the others have.
 */

/** token_place - the index-th of the patterns; false after the last */
bool
token_place(const struct scheme *s, size_t index, struct bytes *place);

/** token_parameter - the parameter's name of "query:NAME"; absent for a pattern
 *  of a header */
struct bytes
token_parameter(struct bytes place);

/** token_from_value - what stands for %token in a header's value; absent where
 *  it does not fit. The word before credentials may be in any case: RFC 9110
 *  11.1. blind: the value is of a request that was kept, and has hashes. */
struct bytes
token_from_value(const struct scheme *s, struct bytes place,
    struct bytes value, bool blind, struct arena *a);

/** token_there - whether a request has something in one of the places */
bool
token_there(const struct scheme *s, const struct message *m,
    struct arena *a);

/**
 * token_verify - whether a request holds one of the secrets
 *
 * Takes:   g, whose scheme this is; t, or NULL.
 * Returns: ST_OK with out's secret_index and near set; ST_DENIED where there is
 *          no secret, or another one; ST_MALFORMED where it is there twice. out
 *          has near also then.
 * Timing:  every secret is tried, in constant time.
 */
enum status
token_verify(const struct source *s, const struct signing *g,
    const struct message *m, struct arena *a, struct trace *t,
    struct proof *out, struct reason *why);

/**
 * token_sign - put a secret where the scheme wants it
 *
 * Returns: ST_OK; ST_CONFIG where no header can hold it. A check's request has
 *          it in a header where one can: web servers write queries to their
 *          logs.
 */
enum status
token_sign(const struct scheme *s, struct bytes secret, struct arena *a,
    struct outgoing *o, struct reason *why);

/** token_words - where the secret must be: "?secret= or Authorization: Bearer"
 */
const char *
token_words(const struct scheme *s, struct arena *a);

#endif
