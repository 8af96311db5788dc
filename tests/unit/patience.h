#ifndef PATIENCE_H
#define PATIENCE_H

/* How tests wait for what has to happen, and what they ask in the place of how
 * long it took: on a machine that does much else, time tells nothing. */

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "testing.h"

/* What is awaited takes milliseconds, on a busy machine seconds: a guard
 * against hanging, never a bound on speed. */
enum { PATIENCE_S = 60, PATIENCE_MS = PATIENCE_S * 1000 };

/* To be called between two looks, with 0 before the first: whether there is to
 * be another one. */
static inline bool
patience_lasts(int64_t *until_ms)
{
	if (*until_ms == 0)
		*until_ms = clock_steady_ms() + PATIENCE_MS;
	usleep(2000);
	return clock_steady_ms() < *until_ms;
}

/* Look until the condition holds; the test fails if it never does. */
#define AWAIT(condition) do { \
	int64_t await_until_ms = 0; \
	while (!(condition)) \
		if (!patience_lasts(&await_until_ms)) \
			fail_msg("waited in vain: %s", #condition); \
} while (0)

/* Whether a process lives; a zombie that waits for somebody else does not. */
static inline bool
lives(int pid)
{
	char path[64], text[512], *end;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')');
	return end != NULL && end[2] != 'Z' && end[2] != 'X';
}

/* The processor time that a process has used; 0: this one. */
static inline int64_t
cpu_ms(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether the process does next to nothing: in one of several rounds, since a
 * busy machine makes whatever it does dearer. */
static inline bool
is_idle(pid_t pid)
{
	enum { ROUNDS = 20, ROUND_MS = 200, MOST_MS = 20 };

	for (int i = 0; i < ROUNDS; i++) {
		int64_t before_ms = cpu_ms(pid);

		usleep(ROUND_MS * 1000);
		if (cpu_ms(pid) - before_ms <= MOST_MS)
			return true;
	}
	return false;
}

#endif
