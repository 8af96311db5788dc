#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "check_areas.h"
#include "owner.h"

enum { USER_NAME_MAX = 64 };

/* The state folder and its owner. */
struct ownership {
	const char *dir;
	const struct stat *folder;
	bool shared;		/* by its group */
	char owner[USER_NAME_MAX];
};

/* Files that cgihook makes there. */
static bool
check_state_is_ours(const char *name)
{
	static const char *const ends[] = { ".lock", ".bell" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (bytes_has_suffix(bytes_of(name), ends[i]))
			return true;
	return strncmp(name, "cgihook.", 8) == 0 ||
	    strcmp(name, "running") == 0 || strcmp(name, "refused") == 0;
}

/* In a folder of two users, the group can write a file, unless only its owner
 * needs it. In any other folder, the folder's owner owns it. */
static bool
check_state_is_usable(const struct ownership *o, const struct stat *sb)
{
	if (sb->st_uid == o->folder->st_uid)
		return true;
	return o->shared && (sb->st_uid != 0 ||
	    (sb->st_gid == o->folder->st_gid && (sb->st_mode & 060) == 060));
}

/* One command corrects them all; only root can give files away. */
static void
check_mend_state_files(struct checking *k, const struct ownership *o)
{
	const char *as_root = check_as_root(false);
	const struct group *gr = getgrgid(o->folder->st_gid);

	if (!o->shared || gr == NULL)
		check_mend(k, "%schown -R %s '%s'", as_root, o->owner, o->dir);
	else
		check_mend(k, "%schown -R %s:%s '%s' && chmod -R g+rwX '%s'",
		    as_root, o->owner, gr->gr_name, o->dir, o->dir);
}

static void
check_state_entry(struct checking *k, const struct ownership *o, int dirfd,
    const char *name, bool *mended)
{
	char maker[USER_NAME_MAX];
	struct stat sb;

	if (*mended || !check_state_is_ours(name) ||
	    fstatat(dirfd, name, &sb, AT_SYMLINK_NOFOLLOW) != 0 ||
	    check_state_is_usable(o, &sb))
		return;
	owner_name(sb.st_uid, maker, sizeof(maker));
	check_add(k, CHECK_BAD, "access", "%s may not write to %s/%s, which "
	    "belongs to %s", o->owner, o->dir, name, maker);
	check_mend_state_files(k, o);
	*mended = true;
}

/* Root made the folder, but another user owns the configuration. */
static void
check_state_maker(struct checking *k, const struct ownership *o)
{
	char name[USER_NAME_MAX];
	struct stat sb;

	if (o->folder->st_uid != 0 || o->shared ||
	    stat(k->cli->config->path, &sb) != 0 || sb.st_uid == 0)
		return;
	owner_name(sb.st_uid, name, sizeof(name));
	check_add(k, CHECK_WARN, "access", "%s belongs to root, but the "
	    "configuration to %s: did a command run as root here?", o->dir,
	    name);
	check_mend(k, "%schown -R %s '%s'", check_as_root(false), name, o->dir);
}

void
check_state_files(struct checking *k, const char *dir,
    const struct stat *folder)
{
	struct ownership o = { .dir = dir, .folder = folder,
		.shared = owner_find(k->cli->config).shared };
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool mended = false;

	owner_name(folder->st_uid, o.owner, sizeof(o.owner));
	check_state_maker(k, &o);
	while (d != NULL && (entry = readdir(d)) != NULL)
		check_state_entry(k, &o, dirfd(d), entry->d_name, &mended);
	if (d != NULL)
		closedir(d);
}
