#ifndef CGIHOOK_STORE_STREAM_H
#define CGIHOOK_STORE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "status.h"
#include "store_wire.h"

/* Messages (store_wire.h) over a socket, within bounded time. */

/**
 * stream_send - send all of text
 *
 * Takes:   until_ms, on the steady clock.
 * Returns: ST_OK; ST_BUSY when it is too late; ST_SYSTEM when the other end has
 *          gone. Then the other end has not got all of it, and never will.
 */
enum status
stream_send(int fd, struct bytes text, int64_t until_ms, struct reason *why);

/**
 * stream_await - wait until there is something to read, or the other end has
 *                gone
 *
 * Returns: ST_OK; ST_BUSY at until_ms.
 */
enum status
stream_await(int fd, int64_t until_ms);

/**
 * stream_head - read the head of the next message
 *
 * Returns: ST_OK; ST_UNKNOWN when the other end has gone, and had begun none;
 *          ST_BUSY when it is too late; ST_MALFORMED for what is no head.
 */
enum status
stream_head(int fd, int64_t until_ms, struct wire_head *out,
    struct reason *why);

/**
 * stream_rest - read the rest of this message
 *
 * Takes:   in, which is emptied first, and whose limit is the message's.
 * Returns: ST_OK; ST_BUSY when it is too late, or without memory; ST_MALFORMED
 *          where it is too long, or cut off.
 * Effect:  takes memory only for what has arrived.
 */
enum status
stream_rest(int fd, int64_t until_ms, const struct wire_head *head,
    struct buf *in, struct reason *why);

/** stream_receive - both */
enum status
stream_receive(int fd, int64_t until_ms, struct wire_head *head,
    struct buf *in, struct reason *why);

#endif
