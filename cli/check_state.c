#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "advice.h"
#include "check_areas.h"
#include "lock.h"
#include "view_text.h"

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

enum { LITTLE_SPACE_MIB = 64, LOCK_WAIT_MS = 3000 };

/* --- the file system ---------------------------------------------------- */

static const struct {
	unsigned long magic;
	const char *words;
} file_systems[] = {
	{ NFS_SUPER_MAGIC, "NFS: the store uses a rollback journal, which is "
	    "slower; only one machine may use it" },
	{ 0xff534d42, "CIFS: locks may not work there" },
	{ 0xfe534d42, "SMB: locks may not work there" },
	{ FUSE_SUPER_MAGIC, "FUSE: locks may not work there" },
	{ V9FS_MAGIC, "9p: locks may not work there" },
	{ TMPFS_MAGIC, "tmpfs: a reboot loses accepted events" },
	{ RAMFS_MAGIC, "ramfs: a reboot loses accepted events" },
};

static void
check_file_system(struct checking *k, const char *dir)
{
	struct statvfs v;
	struct statfs fs;
	char free_text[32];
	int64_t free_bytes;

	if (statfs(dir, &fs) != 0 || statvfs(dir, &v) != 0) {
		check_add(k, CHECK_BAD, "state", "%s: %s", dir,
		    strerror(errno));
		return;
	}
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(*file_systems);
	    i++)
		if ((unsigned long)fs.f_type == file_systems[i].magic)
			check_add(k, CHECK_WARN, "state", "%s is on %s", dir,
			    file_systems[i].words);
	if ((v.f_flag & ST_RDONLY) != 0)
		check_add(k, CHECK_BAD, "state", "%s is mounted read-only",
		    dir);
	free_bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	view_size(free_bytes, free_text, sizeof(free_text));
	if (free_bytes < (int64_t)LITTLE_SPACE_MIB << 20)
		check_add(k, free_bytes < 1 << 20 ? CHECK_BAD : CHECK_WARN,
		    "state", "%s: only %s are free; when it is full, senders "
		    "get 503", dir, free_text);
	else
		check_add(k, CHECK_OK, "state", "%s: %s are free", dir,
		    free_text);
	if (v.f_files > 0 && v.f_favail < 100)
		check_add(k, CHECK_WARN, "state", "%s: there is room for only "
		    "%lu more files", dir, (unsigned long)v.f_favail);
}

/* --- permissions -------------------------------------------------------- */

static bool
check_state_folder(struct checking *k, const char *dir)
{
	struct stat sb;

	if (stat(dir, &sb) != 0) {
		if (errno == ENOENT)
			check_add(k, CHECK_OK, "state", "%s will be created "
			    "with the first event", dir);
		return false;	/* anything else check_paths has said */
	}
	if ((sb.st_mode & S_IRWXO) != 0) {
		check_add(k, CHECK_WARN, "state", "others can read %s, which "
		    "holds the bodies of events", dir);
		check_mend_path(k, "chmod o-rwx", dir);
	}
	check_state_files(k, dir, &sb);
	if (access(dir, R_OK | W_OK | X_OK) != 0) {
		check_add(k, CHECK_BAD, "state", "this user may not write to "
		    "%s", dir);
		check_mend(k, "%s", advice_as_owner(k->cli));
		return false;
	}
	/* in a folder for two users, files belong to the group */
	if (sb.st_uid != geteuid() && (sb.st_mode & (S_ISGID | S_IWGRP)) !=
	    (S_ISGID | S_IWGRP)) {
		check_add(k, CHECK_WARN, "state", "%s belongs to another user, "
		    "who cannot change what this user creates in it", dir);
		check_mend(k, "run cgihook as that user: %s",
		    advice_as_owner(k->cli));
	}
	return true;
}

/* --- locks -------------------------------------------------------------- */

static void
check_locks(struct checking *k, const char *dir)
{
	struct lock lock = LOCK_NONE;
	struct reason why;
	enum status st = ST_SYSTEM;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* do not create the file: it would belong to this user */
	if (faccessat(fd, "write.lock", F_OK, 0) != 0) {
		close(fd);
		return;
	}
	if (lock_open(fd, "write.lock", &lock, &why) == ST_OK) {
		st = lock_take(&lock, LOCK_WAIT_MS, &why);
		if (st == ST_OK)
			lock_give(&lock);
		lock_close(&lock);
	}
	close(fd);
	if (st == ST_OK)
		check_add(k, CHECK_OK, "lock", "the lock of the store is free");
	else if (st == ST_BUSY)
		check_add(k, CHECK_BAD, "lock", "a process has held the lock "
		    "of the store for over 3 s; is it stopped? (fuser -v "
		    "'%s/write.lock')", dir);
	else
		check_add(k, CHECK_BAD, "lock", "%s", why.text);
}

void
check_state(struct checking *k)
{
	const char *dir = k->cli->config->state_dir;

	if (check_state_folder(k, dir)) {
		check_file_system(k, dir);
		check_locks(k, dir);
		check_store(k);
	}
}
