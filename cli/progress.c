#include "progress.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bell.h"
#include "clock.h"
#include "lock.h"
#include "process.h"

#define LOCK_FILE "runner.lock"

enum { NAP_MS = 10 };

static bool
progress_is_held(int dirfd)
{
	struct lock lock = LOCK_NONE;
	struct reason why;
	bool held = false;

	/* do not create the file: it would belong to this user */
	if (faccessat(dirfd, LOCK_FILE, F_OK, 0) == 0 &&
	    lock_open(dirfd, LOCK_FILE, &lock, &why) == ST_OK) {
		held = lock_is_held(&lock);
		lock_close(&lock);
	}
	return held;
}

/* --- which process has the lock: proc(5) ---------------------------------- */

/* Other processes have the file open, too; proc(5) says which one locked it. */
static bool
is_locked_by(int proc, int pid, const char *fd)
{
	char name[64], text[4096];

	snprintf(name, sizeof(name), "fdinfo/%.20s", fd);
	return process_text(proc, pid, name, text, sizeof(text)) > 0 &&
	    strstr(text, "lock:") != NULL;
}

static bool
has_lock(int proc, int pid, const struct stat *lock)
{
	char path[64];
	struct dirent *entry;
	struct stat sb;
	bool found = false;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	fds = opendir(path);
	while (fds != NULL && !found && (entry = readdir(fds)) != NULL)
		found = fstatat(dirfd(fds), entry->d_name, &sb, 0) == 0 &&
		    sb.st_ino == lock->st_ino && sb.st_dev == lock->st_dev &&
		    is_locked_by(proc, pid, entry->d_name);
	if (fds != NULL)
		closedir(fds);
	return found;
}

/* False if there is none, or this user cannot see it. */
static bool
find_holder(int state, struct process *out)
{
	DIR *proc = opendir("/proc");
	bool found = false;
	struct stat lock;
	int pid;

	if (proc == NULL)
		return false;
	if (fstatat(state, LOCK_FILE, &lock, AT_SYMLINK_NOFOLLOW) == 0)
		while (!found && (pid = process_next(proc)) != 0)
			found = has_lock(dirfd(proc), pid, &lock) &&
			    process_read(dirfd(proc), pid, out);
	closedir(proc);
	return found;
}

/* --- whether it looks at its bell ----------------------------------------- */

static bool
progress_is_heard(int bell, int64_t wait_ms)
{
	int64_t end_ms = clock_steady_ms() + wait_ms;
	bool heard;

	if (bell_is_heard(bell))
		(void)bell_strike(bell, BELL_NOBODY);
	while (!(heard = bell_is_heard(bell)) && clock_steady_ms() < end_ms)
		poll(NULL, 0, NAP_MS);
	return heard;
}

/* The progress of the process that has the lock. */
static struct progress
progress_of_holder(int dirfd, int64_t wait_ms)
{
	struct progress p = { PROGRESS_GOOD, 0 };
	struct process holder;
	int bell = -1;

	/* without a bell it starts or ends, or this user may not ring it */
	if (bell_reach(dirfd, BELL_RUNNER, &bell) == BELL_DONE &&
	    !progress_is_heard(bell, wait_ms))
		p.state = PROGRESS_STUCK;
	if ((bell < 0 || p.state == PROGRESS_STUCK) &&
	    find_holder(dirfd, &holder)) {
		p.pid = holder.pid;
		if (holder.state == 'T' || holder.state == 't')
			p.state = PROGRESS_STOPPED;
	}
	if (bell >= 0)
		close(bell);
	return p;
}

bool
progress_is_there(const struct config *c)
{
	int dirfd = open(c->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool there = dirfd >= 0 && progress_is_held(dirfd);

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
	if (progress_is_held(dirfd))
		p = progress_of_holder(dirfd, wait_ms);
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
