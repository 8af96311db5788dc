#include "throttle.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define THROTTLE_FILE "cgihook.logins"

enum { COST_MS = 6000, BURST = 10, SLOTS = 1024, PATH_SIZE = 4096 };

/* Addresses share a slot where their hashes are alike; the slot has the time at
 * which all failures are paid for. */
static off_t
throttle_place(struct bytes remote_addr)
{
	struct bytes who = remote_addr;
	struct in6_addr v6;
	char text[INET6_ADDRSTRLEN];

	if (remote_addr.len < sizeof(text)) {
		(void)snprintf(text, sizeof(text), "%.*s",
		    (int)remote_addr.len, remote_addr.len > 0 ?
		    remote_addr.data : "");
		if (inet_pton(AF_INET6, text, &v6) == 1)
			who = (struct bytes){ (const char *)&v6,
				sizeof(v6) / 2 };
	}
	return (off_t)(bytes_hash(BYTES_HASH_START, who) % SLOTS *
	    sizeof(int64_t));
}

static int
throttle_open(const char *state_dir)
{
	char path[PATH_SIZE];

	if ((size_t)snprintf(path, sizeof(path), "%s/" THROTTLE_FILE,
	    state_dir) >= sizeof(path))
		return -1;
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK, 0600);
}

/* How long all failures of the slot have yet to be paid for. A value that no
 * failures make is one of a clock that was set back. */
static int64_t
throttle_read(int fd, off_t place, int64_t now_ms)
{
	int64_t paid_ms;

	if (pread(fd, &paid_ms, sizeof(paid_ms), place) !=
	    (ssize_t)sizeof(paid_ms) || paid_ms <= now_ms ||
	    paid_ms - now_ms > (BURST + 1) * COST_MS)
		return 0;
	return paid_ms - now_ms;
}

static void
throttle_write(int fd, off_t place, int64_t paid_ms)
{
	/* what cannot be written slows nobody */
	if (pwrite(fd, &paid_ms, sizeof(paid_ms), place) < 0)
		return;
}

int64_t
throttle_try(const char *state_dir, struct bytes remote_addr, int64_t now_ms)
{
	const off_t place = throttle_place(remote_addr);
	int fd = throttle_open(state_dir);
	int64_t owed_ms, over_ms;

	if (fd < 0)
		return 0;
	owed_ms = throttle_read(fd, place, now_ms);
	over_ms = owed_ms + COST_MS - BURST * COST_MS;
	if (over_ms <= 0)
		throttle_write(fd, place, now_ms + owed_ms + COST_MS);
	close(fd);
	return over_ms <= 0 ? 0 : (over_ms + 999) / 1000;
}

void
throttle_forgive(const char *state_dir, struct bytes remote_addr,
    int64_t now_ms)
{
	const off_t place = throttle_place(remote_addr);
	int fd = throttle_open(state_dir);
	int64_t owed_ms;

	if (fd < 0)
		return;
	owed_ms = throttle_read(fd, place, now_ms);
	throttle_write(fd, place, now_ms + (owed_ms > COST_MS ?
	    owed_ms - COST_MS : 0));
	close(fd);
}
