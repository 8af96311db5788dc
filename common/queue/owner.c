#include "owner.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "file.h"

enum { SHARED_BITS = S_ISGID | S_IWGRP };

/* The folder that the state folder is to be made in, or whose folder it is that
 * one in. */
static uid_t
owner_above(const char *dir)
{
	struct arena a = ARENA(64 * 1024);
	struct bytes rest = path_dir(bytes_of(dir));
	struct stat sb = { .st_uid = 0 };
	const char *path;

	while (rest.len > 1) {
		path = arena_cstr(&a, rest);
		if (stat(path, &sb) == 0)
			break;
		sb.st_uid = 0;
		rest = path_dir(rest);
	}
	arena_free(&a);
	return sb.st_uid;
}

struct owner
owner_find(const struct config *c)
{
	struct owner o = { 0, 0, false, false };
	struct stat sb;

	if (stat(c->state_dir, &sb) == 0) {
		o = (struct owner){ sb.st_uid, sb.st_gid, true,
			(sb.st_mode & SHARED_BITS) == SHARED_BITS };
		return o;
	}
	o.uid = owner_above(c->state_dir);
	if (o.uid == 0 && stat(c->path, &sb) == 0)
		o.uid = sb.st_uid;
	return o;
}

void
owner_name(uid_t uid, char *name, size_t size)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		snprintf(name, size, "%s", pw->pw_name);
	else
		snprintf(name, size, "#%lu", (unsigned long)uid);
}

void
owner_runner(const struct config *c, const struct owner *o, char *name,
    size_t size)
{
	const struct group *gr = NULL;

	owner_name(o->uid, name, size);
	if (o->shared && (c->runner == RUNNER_EXTERNAL || o->uid == 0))
		gr = getgrgid(o->gid);
	/* root shares with those of its group, so it is one of them */
	if (o->shared && o->uid == 0 && o->gid != 0)
		snprintf(name, size, "USER");
	for (char **m = gr == NULL ? NULL : gr->gr_mem; m != NULL && *m != NULL;
	    m++) {
		if (strcmp(*m, name) == 0)
			continue;
		snprintf(name, size, "%s", *m);
		return;
	}
}

enum status
owner_may_write(const struct config *c, struct reason *why)
{
	struct owner o = owner_find(c);
	char name[64];

	if (o.uid == geteuid() || o.shared || (!o.exists && geteuid() != 0))
		return ST_OK;
	owner_name(o.uid, name, sizeof(name));
	return fail(why, ST_CONFIG, "%s %s to %s, and only that user may "
	    "change it", c->state_dir, o.exists ? "belongs" : "would belong",
	    name);
}

enum status
owner_may_run(const struct config *c, struct reason *why)
{
	struct owner o = owner_find(c);
	char name[64];

	if (geteuid() != 0 || (o.uid == 0 && (!o.shared || o.gid == 0)))
		return owner_may_write(c, why);
	owner_runner(c, &o, name, sizeof(name));
	return fail(why, ST_CONFIG, "%s is not root's alone, and as root the "
	    "handlers would run as root, not as %s", c->state_dir, name);
}

enum status
owner_may_serve(const struct config *c, struct reason *why)
{
	if (geteuid() != 0)
		return ST_OK;
	return c->runner == RUNNER_AUTO ? owner_may_run(c, why) :
	    owner_may_write(c, why);
}
