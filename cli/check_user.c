#include "check_user.h"

#include <dirent.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "process.h"

static const char *const check_servers[] = { "apache2", "httpd", "lighttpd",
	"nginx" };

static bool
check_is_server(const char *comm)
{
	enum { COUNT = sizeof(check_servers) / sizeof(check_servers[0]) };

	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(comm, check_servers[i]) == 0)
			return true;
	return false;
}

/* The owner of a web server's process other than root's. */
static bool
check_find_server(struct arena *a, uid_t *uid, const char **server)
{
	DIR *proc = opendir("/proc");
	bool found = false;
	int pid;

	while (proc != NULL && !found && (pid = process_next(proc)) != 0) {
		char path[64];
		struct bytes comm;
		struct stat sb;

		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		if (file_read(path, 64, a, &comm, &sb, NULL) != ST_OK ||
		    sb.st_uid == 0 || comm.len == 0)
			continue;
		comm.len--;	/* without its newline */
		*server = arena_cstr(a, comm);
		*uid = sb.st_uid;
		found = *server != NULL && check_is_server(*server);
	}
	if (proc != NULL)
		closedir(proc);
	return found;
}

void
check_user_take(struct check_user *u, const struct passwd *pw, struct arena *a)
{
	u->name = arena_cstr(a, bytes_of(pw->pw_name));
	u->uid = pw->pw_uid;
	u->group_count = CHECK_GROUPS_MAX;
	if (getgrouplist(pw->pw_name, pw->pw_gid, u->groups,
	    &u->group_count) < 0)
		u->group_count = CHECK_GROUPS_MAX;
}

bool
check_user_find(struct check_user *u, const char *name, struct arena *a)
{
	const struct passwd *pw;
	uid_t uid;

	if (name != NULL) {
		pw = getpwnam(name);
		u->server = "the responder";
		u->named = true;
		if (pw == NULL)
			return false;
	} else {
		pw = check_find_server(a, &uid, &u->server) ? getpwuid(uid) :
		    NULL;
	}
	if (pw != NULL)
		check_user_take(u, pw, a);
	return true;
}

bool
check_user_may(const struct check_user *u, const struct stat *sb,
    unsigned want)
{
	unsigned bits = sb->st_mode & 7;

	if (u->uid == 0)
		return true;
	if (sb->st_uid == u->uid) {
		bits = (sb->st_mode >> 6) & 7;
	} else {
		for (int i = 0; i < u->group_count; i++)
			if (u->groups[i] == sb->st_gid)
				bits = (sb->st_mode >> 3) & 7;
	}
	return (bits & want) == want;
}
