#include "exec_slots.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define FILE_NAME "running"

struct head {
	char magic[16];
	_Atomic uint32_t generation;
	uint32_t slot_bytes;
	char place[80];
};

enum {
	HEAD_BYTES = 128,	/* the slots stand behind it, aligned */
	SLOTS_MIN = 64,		/* reserved at once: a disk that is full later
				   must not stop a runner from starting */
	LOOK_MS = 20,
	AFTER_KILL_MS = 2000,	/* what is in the kernel that long does no more
				   harm: it never runs its program again */
	START_SLACK_MS = 1000,	/* between the slot's time and the process's */
	STAT_MAX = 1024,
	ENVIRON_MAX = 64 * 1024
};

static const char magic[16] = "cgihook-slots-1";

_Static_assert(sizeof(struct head) <= HEAD_BYTES, "head");

/* Which boot of which machine, and whose process numbers. */
static void
read_place(char out[80])
{
	char boot[40] = "", ns[36] = "";
	ssize_t n;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, boot, 36);
		boot[n > 0 ? n : 0] = '\0';
		close(fd);
	}
	n = readlink("/proc/self/ns/pid", ns, sizeof(ns) - 1);
	ns[n > 0 ? n : 0] = '\0';
	snprintf(out, 80, "%s %s", boot, ns);
}

static bool
head_fits(const struct head *h, const char *place)
{
	return memcmp(h->magic, magic, sizeof(magic)) == 0 &&
	    h->slot_bytes == sizeof(struct slot) &&
	    strncmp(h->place, place, sizeof(h->place)) == 0;
}

static enum status
map_file(struct slots *s, int count, struct reason *why)
{
	struct stat st;
	size_t bytes;
	int e;

	if (fstat(s->fd, &st) != 0)
		return fail(why, ST_SYSTEM, "%s: %s", FILE_NAME,
		    strerror(errno));
	if (count < SLOTS_MIN)
		count = SLOTS_MIN;
	bytes = HEAD_BYTES + (size_t)count * sizeof(struct slot);
	if (st.st_size > (off_t)bytes && st.st_size < 64 * 1024 * 1024)
		bytes = (size_t)st.st_size;
	/* Reserved, or a full disk would be a SIGBUS at some store later. */
	e = posix_fallocate(s->fd, 0, (off_t)bytes);
	if (e != 0)
		return fail(why, ST_SYSTEM, "%s: no room: %s", FILE_NAME,
		    strerror(e));
	s->map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd,
	    0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		return fail(why, ST_SYSTEM, "%s: mmap: %s", FILE_NAME,
		    strerror(errno));
	}
	s->map_bytes = bytes;
	s->count = (int)((bytes - HEAD_BYTES) / sizeof(struct slot));
	return ST_OK;
}

enum status
slots_open(int dirfd, int count, struct slots *out, struct reason *why)
{
	struct slots s = { .fd = -1 };
	struct head *h;
	enum status st;

	read_place(s.place);
	s.fd = openat(dirfd, FILE_NAME, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0660);
	if (s.fd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", FILE_NAME,
		    strerror(errno));
	st = map_file(&s, count, why);
	if (st != ST_OK) {
		slots_close(&s);
		return st;
	}
	h = s.map;
	s.slot = (struct slot *)((char *)s.map + HEAD_BYTES);
	s.generation = &h->generation;
	s.generation_mine = atomic_fetch_add(s.generation, 1) + 1;
	if (!head_fits(h, s.place)) {
		slots_clear(&s);
		memcpy(h->magic, magic, sizeof(magic));
		h->slot_bytes = sizeof(struct slot);
		memcpy(h->place, s.place, sizeof(h->place));
	}
	*out = s;
	return ST_OK;
}

void
slots_clear(struct slots *s)
{
	memset(s->slot, 0, (size_t)s->count * sizeof(struct slot));
}

void
slots_close(struct slots *s)
{
	if (s->map != NULL)
		munmap(s->map, s->map_bytes);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct slots){ .fd = -1 };
}

/* --- whose process is it? ------------------------------------------------- */

struct process {
	int pid, group, session;
	char state;
	int64_t boot_ms;
};

static ssize_t
read_proc(int proc, int pid, const char *name, char *to, size_t size)
{
	size_t len = 0;
	ssize_t n;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (len < size - 1 &&
	    (n = read(fd, to + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	to[len] = '\0';
	return (ssize_t)len;
}

/* proc(5), /proc/pid/stat: the name, in parentheses, may hold anything */
static bool
read_process(int proc, int pid, struct process *out)
{
	char text[STAT_MAX];
	unsigned long long ticks;
	long per_s = sysconf(_SC_CLK_TCK);
	char *p;

	if (read_proc(proc, pid, "stat", text, sizeof(text)) < 0)
		return false;
	p = strrchr(text, ')');
	if (p == NULL || sscanf(p + 1, " %c %*d %d %d %*d %*d %*u %*u %*u %*u "
	    "%*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &out->state,
	    &out->group, &out->session, &ticks) != 4)
		return false;
	out->pid = pid;
	out->boot_ms = (int64_t)(ticks * 1000 / (unsigned long long)per_s);
	return true;
}

static bool
has_mark(int proc, int pid, const char *mark)
{
	char *text, *p, *end;
	size_t len = strlen(mark);
	ssize_t n;
	bool found = false;

	if (len == 0)
		return false;
	text = malloc(ENVIRON_MAX);
	if (text == NULL)
		return false;
	n = read_proc(proc, pid, "environ", text, ENVIRON_MAX);
	end = text + (n > 0 ? n : 0);
	for (p = text; p < end && !found; p += strlen(p) + 1)
		found = strncmp(p, mark, len) == 0 &&
		    (p[len] == '\0' || len == SLOT_MARK_MAX - 1);
	free(text);
	return found;
}

/* A number is not given out again while a group of that number exists. So a
 * group without our leader is ours if one member says so, and a leader is ours
 * if it began when ours did. */
static bool
is_of_slot(int proc, const struct process *p, const struct slot *s)
{
	if (p->session != (s->session != 0 ? s->session : p->group))
		return false;
	if (p->pid == p->group && p->boot_ms >= s->boot_ms - LOOK_MS &&
	    p->boot_ms <= s->boot_ms + START_SLACK_MS)
		return true;
	return has_mark(proc, p->pid, s->mark);
}

static struct slot *
slot_of_group(struct slots *s, int group)
{
	int i;

	for (i = 0; i < s->count; i++)
		if (s->slot[i].note.pid == group &&
		    s->slot[i].state == SLOT_BEGUN)
			return &s->slot[i];
	return NULL;
}

/* Look through all processes: in live, of each slot, whether a process of its
 * group lives; in ours, whether one of them is surely the handler's. */
static enum status
look(struct slots *s, bool *live, bool *ours, struct reason *why)
{
	struct process p;
	struct slot *slot;
	struct dirent *d;
	DIR *dir;

	dir = opendir("/proc");
	if (dir == NULL)
		return fail(why, ST_SYSTEM, "/proc: %s", strerror(errno));
	memset(live, 0, (size_t)s->count * sizeof(*live));
	while ((d = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)d->d_name[0]) ||
		    !read_process(dirfd(dir), atoi(d->d_name), &p) ||
		    p.group <= 1)
			continue;
		slot = slot_of_group(s, p.group);
		if (slot == NULL)
			continue;
		if (strchr("ZXx", p.state) == NULL)
			live[slot - s->slot] = true;
		if (!ours[slot - s->slot])
			ours[slot - s->slot] = is_of_slot(dirfd(dir), &p, slot);
	}
	closedir(dir);
	return ST_OK;
}

static int
signal_groups(const struct slots *s, const bool *live, const bool *ours,
    int sig)
{
	int i, n = 0;

	for (i = 0; i < s->count; i++) {
		if (!live[i] || !ours[i])
			continue;
		n++;
		if (sig != 0)
			kill(-s->slot[i].note.pid, sig);
		if (sig == SIGTERM)
			kill(-s->slot[i].note.pid, SIGCONT);
	}
	return n;
}

static enum status
end_groups(struct slots *s, bool *live, bool *ours, int64_t grace_ms,
    struct reason *why)
{
	struct timespec pause = { 0, LOOK_MS * 1000000L };
	int64_t kill_ms = clock_steady_ms() + grace_ms;
	int64_t leave_ms = kill_ms + AFTER_KILL_MS;
	enum status st;

	st = look(s, live, ours, why);
	if (st != ST_OK || signal_groups(s, live, ours, SIGTERM) == 0)
		return st;
	while (clock_steady_ms() < leave_ms) {
		nanosleep(&pause, NULL);
		st = look(s, live, ours, why);
		if (st != ST_OK || signal_groups(s, live, ours, 0) == 0)
			return st;
		if (clock_steady_ms() >= kill_ms)
			signal_groups(s, live, ours, SIGKILL);
	}
	return ST_OK;
}

enum status
slots_end_leftovers(struct slots *s, int64_t grace_ms, struct reason *why)
{
	bool *flags;
	enum status st;
	int i;

	for (i = 0; i < s->count; i++)
		if (s->slot[i].state == SLOT_BEGUN && s->slot[i].note.pid > 1)
			break;
	if (i == s->count)
		return ST_OK;
	flags = calloc((size_t)s->count * 2, sizeof(*flags));
	if (flags == NULL)
		return fail(why, ST_BUSY, "no memory");
	st = end_groups(s, flags, flags + s->count, grace_ms, why);
	free(flags);
	return st;
}
