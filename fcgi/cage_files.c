#include "cage_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_DIR)
/* Since version 3. Before that Landlock does not restrict O_TRUNC. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
/* All rights of Landlock's first version: those not allowed below are
 * forbidden. */
#define HANDLED (WRITE | LANDLOCK_ACCESS_FS_EXECUTE | \
	LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
	LANDLOCK_ACCESS_FS_MAKE_SYM)

/* The machine's number and name, by which a store belongs to a machine; and
 * what libc reads. */
static const char *const system_files[] = { "/etc/machine-id",
	"/etc/hostname", "/etc/localtime", "/dev/urandom" };

/* A path that does not exist needs no rule. */
static enum status
cage_allow(int rules, const char *path, uint64_t access, struct reason *why)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = open(path,
	    O_PATH | O_CLOEXEC) };
	struct stat st;
	enum status result = ST_OK;

	if (rule.parent_fd < 0)
		return ST_OK;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= READ_FILE;
	rule.allowed_access = access;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0) != 0)
		result = fail(why, ST_SYSTEM, "Landlock, %s: %s", path,
		    strerror(errno));
	close(rule.parent_fd);
	return result;
}

enum status
cage_restrict_files(const struct config *c, bool *lacks, struct reason *why)
{
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	const uint64_t truncate = version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE :
	    0;
	struct landlock_ruleset_attr attr = {
	    .handled_access_fs = HANDLED | truncate };
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof(attr), 0);
	enum status st;

	/* EPERM: a container whose filter does not know the call, as in older
	   versions of Docker; the kernel itself never returns it here */
	*lacks = rules < 0 && (errno == ENOSYS || errno == EOPNOTSUPP ||
	    errno == EPERM);
	if (*lacks)
		return ST_OK;
	if (rules < 0)
		return fail(why, ST_SYSTEM, "Landlock: %s", strerror(errno));
	st = c == NULL ? ST_OK : cage_allow(rules, c->state_dir,
	    WRITE | truncate, why);
	for (size_t i = 0; c != NULL && st == ST_OK &&
	    i < sizeof(system_files) / sizeof(system_files[0]); i++)
		st = cage_allow(rules, system_files[i], READ, why);
	if (st == ST_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		st = fail(why, ST_SYSTEM, "Landlock: %s", strerror(errno));
	close(rules);
	return st;
}
