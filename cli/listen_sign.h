#ifndef CGIHOOK_LISTEN_SIGN_H
#define CGIHOOK_LISTEN_SIGN_H

#include "curl.h"
#include "listen.h"

/**
 * listen_sign - the request that the event's sender would make to the address
 *               that events are forwarded to
 *
 * Takes:   call, with the body.
 * Effect:  sets its url and headers: those that the event came with, but for
 *          what proved who sent it; and if there is a secret, what proves it
 *          to whoever has the same one.
 * Returns: ST_OK; ST_CONFIG: that sender's requests cannot be signed here;
 *          as outgoing_sign.
 */
enum status
listen_sign(const struct listen *l, const struct listen_event *e,
    struct arena *a, struct curl_call *call, struct reason *why);

#endif
