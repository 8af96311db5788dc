#ifndef CGIHOOK_REFUSED_QUOTA_H
#define CGIHOOK_REFUSED_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "provider.h"
#include "refused.h"

/*
 * How many refused requests are kept, and how often. That goes by kind, which
 * is how near a request was to being genuine, and by group, which is from where
 * and with what program it was sent: there are REFUSED_GROUPS of them.
 */

/** refused_group - 0 to REFUSED_GROUPS - 1, by the address (of IPv6 the
 *  network) and User-Agent */
unsigned
refused_group(const struct message *m);

/** refused_room - how many of a kind are kept */
size_t
refused_room(enum nearness near);

/**
 * refused_may_keep - whether one more of this kind and group may be kept now
 *
 * Takes:   fd, the file that counts for all groups; count: whether to count
 *          this request.
 * Returns: true for a burst of 40 that were nearly genuine and then 10 a
 *          second, for 20 and then 2 of the right shape, and for 10 and then 1
 *          of the others, for each group of a kind by itself. False also where
 *          fd cannot be read.
 */
bool
refused_may_keep(int fd, enum nearness near, unsigned group, int64_t now_ms,
    bool count);

/**
 * refused_next_number - a number that no request had before, not even one that
 *                       is not kept any more
 *
 * Takes:   fd, as above, with the lock held; newest, the highest number that is
 *          kept, or 0.
 */
int64_t
refused_next_number(int fd, int64_t newest);

#endif
