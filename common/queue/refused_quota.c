#include "refused_quota.h"

#include <unistd.h>

/* The generic cell rate algorithm (ITU-T I.371): each request takes up each_ms
 * of its group's time, at most burst of them ahead of now. The file has, for
 * each group of each kind, until when its time is taken: eight bytes, in the
 * machine's order. */
static const struct {
	int64_t each_ms, burst;
	size_t room;
} kinds[] = {
	[NEAR_NOT] = { 1000, 10, REFUSED_NOT_MAX },
	[NEAR_SHAPE] = { 500, 20, REFUSED_SHAPE_MAX },
	[NEAR_GENUINE] = { 100, 40, REFUSED_GENUINE_MAX },
};

/* An IPv6 address counts up to its fourth group: who has one address has 2^64
 * of them. */
static struct bytes
network(struct bytes address)
{
	size_t colons = 0, i = 0;

	for (; i < address.len && colons < 4; i++)
		colons += address.data[i] == ':';
	return (struct bytes){ address.data, i };
}

unsigned
refused_group(const struct message *m)
{
	struct bytes agent;
	uint32_t hash;

	(void)message_headers(m, "user-agent", &agent);
	hash = bytes_hash(bytes_hash(BYTES_HASH_START,
	    network(m->remote_addr)), agent);
	return (hash ^ hash >> 16) % REFUSED_GROUPS;
}

size_t
refused_room(enum nearness near)
{
	return kinds[near].room;
}

bool
refused_may_keep(int fd, enum nearness near, unsigned group, int64_t now_ms,
    bool count)
{
	const int64_t most = kinds[near].each_ms * kinds[near].burst;
	off_t at = (off_t)((near * REFUSED_GROUPS + group) * sizeof(int64_t));
	int64_t until_ms = 0;
	ssize_t n = pread(fd, &until_ms, sizeof(until_ms), at);

	if (n < 0)
		return false;
	/* nothing yet; or the clock was set back */
	if (n < (ssize_t)sizeof(until_ms) || until_ms < now_ms ||
	    until_ms - now_ms > most + kinds[near].each_ms)
		until_ms = now_ms;
	if (until_ms - now_ms > most - kinds[near].each_ms)
		return false;
	until_ms += kinds[near].each_ms;
	return !count || pwrite(fd, &until_ms, sizeof(until_ms), at) ==
	    (ssize_t)sizeof(until_ms);
}

/* The last number that was given follows the groups' times. */
enum { NUMBER_AT = (NEAR_GENUINE + 1) * REFUSED_GROUPS * sizeof(int64_t) };

int64_t
refused_next_number(int fd, int64_t newest)
{
	int64_t last = 0;

	if (pread(fd, &last, sizeof(last), NUMBER_AT) !=
	    (ssize_t)sizeof(last) || last < newest || last == INT64_MAX)
		last = newest;
	last = last == INT64_MAX ? 1 : last + 1;
	/* where it cannot be written, the newest file's number has to do */
	(void)!pwrite(fd, &last, sizeof(last), NUMBER_AT);
	return last;
}
