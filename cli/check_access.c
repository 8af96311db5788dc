#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "check_areas.h"

/* What tells this user who can run the command. */
const char *
check_as_root(bool self)
{
	return self || geteuid() == 0 ? "" : "as root: ";
}

static const char *
or_suexec(bool self)
{
	return self || geteuid() == 0 ? "" : "; if you cannot be root, ask for "
	    "suexec, which runs your programs as you";
}

static bool
is_own_group(gid_t gid)
{
	gid_t groups[64];
	int count = getgroups(sizeof(groups) / sizeof(groups[0]), groups);

	for (int i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return gid == getegid();
}

void
check_mend_reach(struct checking *k, const char *path, const struct stat *sb,
    bool last)
{
	const struct check_user *u = &k->server;
	bool self = sb->st_uid == geteuid();
	struct group *gr = u->group_count > 0 ? getgrgid(u->groups[0]) : NULL;

	if (!last) {
		check_mend(k, "%schmod o+x '%s'", check_as_root(self), path);
		return;
	}
	/* The runner is in the group, too, and must not read the secrets. */
	if (geteuid() == 0 && sb->st_uid == 0 &&
	    k->cli->config->runner == RUNNER_EXTERNAL &&
	    strcmp(path, k->cli->config->path) != 0) {
		check_mend(k, "chown %s '%s'", u->name, path);
		return;
	}
	self = self && u->group_count > 0 && is_own_group(u->groups[0]);
	check_mend(k, "%schgrp %s '%s' && chmod g+r '%s'%s",
	    check_as_root(self), gr == NULL ? u->name : gr->gr_name, path,
	    path, or_suexec(self));
}

/* Two users share the folder by their group. Otherwise it has one owner, who
 * also needs the files that others have made in it. */
void
check_mend_state(struct checking *k)
{
	const char *dir = k->cli->config->state_dir;
	const struct check_user *u = &k->server;
	struct group *gr = u->group_count > 0 ? getgrgid(u->groups[0]) : NULL;

	if (k->cli->config->runner == RUNNER_EXTERNAL && gr != NULL)
		check_mend(k, "%schgrp -R %s '%s' && chmod -R g+rwX '%s' && "
		    "chmod g+s '%s'%s", check_as_root(false), gr->gr_name,
		    dir, dir, dir, or_suexec(false));
	else
		check_mend(k, "%schown -R %s '%s'%s", check_as_root(false),
		    u->name, dir, or_suexec(false));
}
