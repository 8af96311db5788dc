#ifndef CGIHOOK_KEPT_H
#define CGIHOOK_KEPT_H

#include "arena.h"
#include "bytes.h"
#include "message.h"
#include "provider.h"

/**
 * kept_headers - the headers that are kept with an event, as text: enough to
 *                decode it again and to show where it came from, and nothing
 *                with which its reader could send another one
 *
 * Takes:   headers, the table of the source that accepted m
 *          (provider_headers); named_by, what named the event (event.h): where
 *          that is a header, it is kept before all others, as is the
 *          content-type of a form, so that the event is the same when it is
 *          decoded again.
 * Returns: lines "name: value\n" of content-type, user-agent and what the
 *          table has, but for secrets; of authorization, only the
 *          Signature scheme, as "signature", where no such header is there.
 *          Data NULL without memory. At most 16 KiB; a header that does not
 *          fit, or has a line break or a NUL in it, is left out whole.
 *          message_read_headers reads it back.
 */
struct bytes
kept_headers(const struct header_rule *headers, const struct message *m,
    const char *named_by, struct arena *a);

#endif
