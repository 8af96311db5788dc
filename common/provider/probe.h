#ifndef CGIHOOK_PROBE_H
#define CGIHOOK_PROBE_H

#include <stdbool.h>

#include "bytes.h"
#include "status.h"

/*
 * The request by which "cgihook check --url" proves the way to the disk
 * without an event: signed as the source's own sender would sign it, with this
 * one document as its body. What marks it is inside what is signed. If a header
 * did, whoever sits between could add it, and have genuine events swallowed.
 */
#define PROBE_BODY "{\"cgihook\":\"check\"}\n"

enum { PROBE_FOLDER_LEN = 16 };

/** probe_is - whether a body is that document, byte for byte */
bool
probe_is(struct bytes body);

/**
 * probe_folder - a mark by which two processes of one machine can tell whether
 *                they mean the same state folder
 *
 * Takes:   dir, its path. out: hexadecimal digits, NUL-ended.
 * Returns: ST_OK; ST_SYSTEM when it is not there. It is a digest: it tells a
 *          reader nothing else of the folder.
 */
enum status
probe_folder(const char *dir, char out[PROBE_FOLDER_LEN + 1],
    struct reason *why);

#endif
