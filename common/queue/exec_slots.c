#include "exec_slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "crypto.h"
#include "file.h"

#define FILE_NAME "running"

const char slot_run_name[10] = "HOOK_RUN=";

struct head {
	char magic[16];
	uint32_t generation;	/* 0: cut off */
	uint32_t slot_bytes;
	char place[80];
};

enum {
	HEAD_BYTES = 128,	/* the slots come behind it */
	SLOTS_MIN = 64,		/* reserved at once: a disk that is full later
				   must not stop a runner from starting */
	SLOTS_MAX = 32 * 1024
};

static const char magic[16] = "cgihook-slots-2";

_Static_assert(sizeof(struct head) <= HEAD_BYTES, "head");
_Static_assert(offsetof(struct slot, nonce) + SLOT_NONCE_LEN ==
    sizeof(struct slot), "no padding, which would reach the file");

static off_t
slots_offset(int i)
{
	return HEAD_BYTES + (off_t)i * (off_t)sizeof(struct slot);
}

/* Which boot of which machine, and whose process numbers. */
static void
slots_read_place(char out[80])
{
	char boot[37], ns[36];	/* without the boot's newline */
	ssize_t n;

	(void)file_read_small(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot,
	    sizeof(boot));
	n = readlink("/proc/self/ns/pid", ns, sizeof(ns) - 1);
	ns[n > 0 ? n : 0] = '\0';
	snprintf(out, 80, "%s %s", boot, ns);
}

static enum status
slots_fail(struct reason *why, const char *what)
{
	return fail(why, ST_SYSTEM, FILE_NAME ": %s: %s", what,
	    strerror(errno));
}

/* --- whose file ----------------------------------------------------------- */

/* Nobody else has it under another name, nor could have put it there. */
static bool
slots_is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && st.st_nlink == 1;
}

static enum status
slots_open_file(int dirfd, int *out, struct reason *why)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = openat(dirfd, FILE_NAME, flags);

	if (fd >= 0 && slots_is_ours(fd)) {
		*out = fd;
		return fchmod(fd, 0600) == 0 ? ST_OK :
		    slots_fail(why, "chmod");
	}
	if (fd >= 0)
		close(fd);
	if ((fd >= 0 || errno != ENOENT) &&
	    unlinkat(dirfd, FILE_NAME, 0) != 0 && errno != ENOENT)
		return slots_fail(why, "belongs to another user, and cannot "
		    "be removed");
	*out = openat(dirfd, FILE_NAME, flags | O_CREAT | O_EXCL, 0600);
	if (*out < 0)
		return slots_fail(why, "cannot be made");
	return fchmod(*out, 0600) == 0 ? ST_OK : slots_fail(why, "chmod");
}

/* Reserved, or a full disk would lose what is written later. */
static enum status
slots_reserve(struct slots *s, int count, struct reason *why)
{
	struct stat st;
	off_t there;
	int e;

	if (fstat(s->fd, &st) != 0)
		return slots_fail(why, "stat");
	there = (st.st_size - HEAD_BYTES) / (off_t)sizeof(struct slot);
	s->count = count < SLOTS_MIN ? SLOTS_MIN : count;
	if (there > s->count && there <= SLOTS_MAX)
		s->count = (int)there;
	e = posix_fallocate(s->fd, 0, slots_offset(s->count));
	if (e == 0)
		return ST_OK;
	errno = e;
	return slots_fail(why, "no room");
}

/* --- in and out ----------------------------------------------------------- */

static void
slots_load_all(struct slots *s)
{
	const size_t size = (size_t)s->count * sizeof(struct slot);
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = pread(s->fd, (char *)s->slot + len,
	    size - len, HEAD_BYTES + (off_t)len)) > 0)
		len += (size_t)n;
}

enum status
slots_save(const struct slots *s, int i)
{
	return pwrite(s->fd, &s->slot[i], sizeof(struct slot),
	    slots_offset(i)) == (ssize_t)sizeof(struct slot) ? ST_OK : ST_BUSY;
}

void
slots_child(const struct slots *s, int i, struct child_plan *plan)
{
	plan->slot_fd = s->fd;
	plan->pid_at = slots_offset(i) + (off_t)offsetof(struct slot, note.pid);
	plan->generation_at = (off_t)offsetof(struct head, generation);
	plan->generation = s->generation;
}

void
slots_clear(struct slots *s)
{
	static const char nothing[4096];
	off_t at = HEAD_BYTES, end = slots_offset(s->count);
	ssize_t n = 1;

	memset(s->slot, 0, (size_t)s->count * sizeof(struct slot));
	for (; at < end && n > 0; at += n)
		n = pwrite(s->fd, nothing, end - at > (off_t)sizeof(nothing) ?
		    sizeof(nothing) : (size_t)(end - at), at);
}

/* --- opening -------------------------------------------------------------- */

static bool
slots_head_fits(const struct head *h, const char *place)
{
	return memcmp(h->magic, magic, sizeof(magic)) == 0 &&
	    h->slot_bytes == sizeof(struct slot) &&
	    strncmp(h->place, place, sizeof(h->place)) == 0;
}

/* The generation first, then the slots: child_start. */
static enum status
slots_take(struct slots *s, struct reason *why)
{
	struct head h = { .generation = 0 };
	bool fits;

	(void)!pread(s->fd, &h, sizeof(h), 0);
	fits = slots_head_fits(&h, s->place);
	s->generation = h.generation + 1 != 0 ? h.generation + 1 : 1;
	memcpy(h.magic, magic, sizeof(magic));
	h.generation = s->generation;
	h.slot_bytes = sizeof(struct slot);
	memcpy(h.place, s->place, sizeof(h.place));
	if (!fits)
		slots_clear(s);
	if (pwrite(s->fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
		return slots_fail(why, "cannot be written");
	if (fits)
		slots_load_all(s);
	return ST_OK;
}

static enum status
slots_prepare(struct slots *s, struct reason *why)
{
	unsigned char nonce[SLOT_NONCE_LEN / 2];
	enum status st = crypto_random(nonce, sizeof(nonce));

	if (st != ST_OK)
		return fail(why, st, "no random bytes");
	hex_encode(nonce, sizeof(nonce), s->nonce);
	/* shared: a child's note is to be seen also where valgrind forks */
	s->slot = mmap(NULL, (size_t)s->count * sizeof(*s->slot), PROT_READ |
	    PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->slot != MAP_FAILED)
		return ST_OK;
	s->slot = NULL;
	return fail(why, ST_BUSY, "no memory");
}

enum status
slots_open(int dirfd, int count, struct slots *out, struct reason *why)
{
	struct slots s = { .fd = -1 };
	enum status st = slots_open_file(dirfd, &s.fd, why);

	slots_read_place(s.place);
	if (st == ST_OK)
		st = slots_reserve(&s, count, why);
	if (st == ST_OK)
		st = slots_prepare(&s, why);
	if (st == ST_OK)
		st = slots_take(&s, why);
	if (st != ST_OK) {
		slots_close(&s);
		return st;
	}
	*out = s;
	return ST_OK;
}

void
slots_close(struct slots *s)
{
	if (s->slot != NULL)
		munmap(s->slot, (size_t)s->count * sizeof(*s->slot));
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct slots){ .fd = -1 };
}
