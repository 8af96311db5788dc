#ifndef CGIHOOK_EXEC_BODY_H
#define CGIHOOK_EXEC_BODY_H

#include "bytes.h"

/*
 * The body as a regular file, which a handler may read as often as it likes
 * and nobody can change: a sealed memfd, or where the kernel has none, a file
 * without a name in the state folder.
 */
enum body_kind { BODY_SEALED_NOEXEC, BODY_SEALED, BODY_TMPFILE };

/** body_probe - which kind this kernel lets us make */
enum body_kind
body_probe(void);

/**
 * body_open - a new file with these bytes, read from the start
 *
 * Returns: a close-on-exec descriptor, or -1 with errno.
 */
int
body_open(enum body_kind kind, int dirfd, struct bytes body);

#endif
