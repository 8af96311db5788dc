#include "progress.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "bell.h"
#include "clock.h"
#include "file.h"
#include "lock.h"

#define LOCK_FILE "runner.lock"

enum { NAP_MS = 10, TEXT_MAX = 4096 };

static bool
is_held(int dirfd)
{
	struct lock lock = LOCK_NONE;
	struct reason why;
	bool held = false;

	/* asking must not make the file: it would be this user's */
	if (faccessat(dirfd, LOCK_FILE, F_OK, 0) == 0 &&
	    lock_open(dirfd, LOCK_FILE, &lock, &why) == ST_OK) {
		held = lock_is_held(&lock);
		lock_close(&lock);
	}
	return held;
}

/* --- which process has the lock: proc(5) ---------------------------------- */

static bool
proc_contains(const char *path, const char *text)
{
	struct arena a = ARENA(64 * 1024);
	struct bytes content;
	bool found = file_read(path, TEXT_MAX, &a, &content, NULL, NULL) ==
	    ST_OK && memmem(content.data, content.len, text,
	    strlen(text)) != NULL;

	arena_free(&a);
	return found;
}

/* Others have the file open, too; the kernel tells which of them locked it. */
static bool
has_lock(const char *pid, const struct stat *lock)
{
	char path[300];
	struct dirent *entry;
	struct stat sb;
	bool found = false;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fds = opendir(path);
	while (fds != NULL && !found && (entry = readdir(fds)) != NULL) {
		if (fstatat(dirfd(fds), entry->d_name, &sb, 0) != 0 ||
		    sb.st_ino != lock->st_ino || sb.st_dev != lock->st_dev)
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/fdinfo/%.20s", pid,
		    entry->d_name);
		found = proc_contains(path, "lock:");
	}
	if (fds != NULL)
		closedir(fds);
	return found;
}

/* 0 where there is none, or it is not to be seen by this user. */
static pid_t
find_holder(int dirfd)
{
	DIR *proc = opendir("/proc");
	unsigned long long pid, holder = 0;
	struct dirent *entry;
	struct stat lock;

	if (fstatat(dirfd, LOCK_FILE, &lock, AT_SYMLINK_NOFOLLOW) == 0)
		while (proc != NULL && holder == 0 &&
		    (entry = readdir(proc)) != NULL)
			if (bytes_to_u64(bytes_of(entry->d_name), &pid) &&
			    has_lock(entry->d_name, &lock))
				holder = pid;
	if (proc != NULL)
		closedir(proc);
	return (pid_t)holder;
}

static bool
is_stopped(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	return proc_contains(path, "\nState:\tT") ||
	    proc_contains(path, "\nState:\tt");
}

/* --- whether it looks at its bell ----------------------------------------- */

static bool
is_heard(int bell, int64_t wait_ms)
{
	int64_t end_ms = clock_steady_ms() + wait_ms;
	bool heard;

	if (bell_is_heard(bell))
		(void)bell_strike(bell, BELL_NOBODY);
	while (!(heard = bell_is_heard(bell)) && clock_steady_ms() < end_ms)
		poll(NULL, 0, NAP_MS);
	return heard;
}

/* Of one that has the lock. */
static struct progress
look(int dirfd, int64_t wait_ms)
{
	struct progress p = { PROGRESS_GOOD, 0 };
	int bell = -1;

	/* without a bell it begins, or ends, or may not be rung by this user */
	if (bell_reach(dirfd, BELL_RUNNER, &bell) == ST_OK &&
	    !is_heard(bell, wait_ms))
		p.state = PROGRESS_STUCK;
	if (bell < 0 || p.state == PROGRESS_STUCK)
		p.pid = find_holder(dirfd);
	if (p.pid != 0 && is_stopped(p.pid))
		p.state = PROGRESS_STOPPED;
	if (bell >= 0)
		close(bell);
	return p;
}

bool
progress_is_there(const struct config *c)
{
	int dirfd = open(c->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool there = dirfd >= 0 && is_held(dirfd);

	if (dirfd >= 0)
		close(dirfd);
	return there;
}

struct progress
progress_look(const struct config *c, int64_t wait_ms)
{
	struct progress p = { PROGRESS_NONE, 0 };
	int dirfd = open(c->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0)
		return p;
	if (is_held(dirfd))
		p = look(dirfd, wait_ms);
	close(dirfd);
	return p;
}

const char *
progress_name(enum progress_state st)
{
	switch (st) {
	case PROGRESS_NONE: return "none";
	case PROGRESS_GOOD: return "at work";
	case PROGRESS_STOPPED: return "stopped";
	case PROGRESS_STUCK: return "stuck";
	}
	return "none";
}
