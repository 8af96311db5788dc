#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_areas.h"
#include "in_force.h"

enum {
	AGAIN_MS = 300,		/* processes need a moment to follow a change */
	GROUPS_MAX = 64
};

struct in_force_check {
	struct checking *k;
	const char *path;
	struct in_force now;	/* what the files say */
	bool mistaken;		/* they say nothing */
	bool report;
	size_t others;		/* that have something else */
};

/* Whether to believe what this user's process shows: any user can show
 * anything, but only these users can have processes of ours. */
static bool
check_in_force_is_ours(const struct in_force_check *r, uid_t user)
{
	struct check_user u = { .uid = user, .group_count = GROUPS_MAX };
	const struct passwd *pw = getpwuid(user);
	struct stat folder;

	if (user == 0 || user == geteuid() || r->mistaken)
		return user == 0 || user == geteuid();
	if (pw == NULL || stat(r->k->cli->config->state_dir, &folder) != 0 ||
	    getgrouplist(pw->pw_name, pw->pw_gid, u.groups,
	    &u.group_count) < 0)
		return false;
	return check_user_may(&u, &folder, 7);
}

static const char *
check_in_force_differs(const struct in_force_check *r, const struct in_force *f)
{
	if (r->mistaken)
		return "still uses the version that it read before";
	if (strcmp(f->text, r->now.text) != 0)
		return "uses another version of the file";
	if (strcmp(f->secrets, "-") != 0 &&
	    strcmp(f->secrets, r->now.secrets) != 0)
		return "uses other secrets than those in the files";
	if (place_is_other(&f->place, &r->now.place))
		return "uses another state folder, or another store in it";
	return NULL;
}

static void
check_in_force_look(void *ctx, pid_t pid, uid_t user, const struct in_force *f)
{
	struct in_force_check *r = ctx;
	const char *differs;

	if (strcmp(f->path, r->path) != 0 || !check_in_force_is_ours(r, user))
		return;
	differs = check_in_force_differs(r, f);
	r->others += differs != NULL;
	if (!r->report)
		return;
	if (differs == NULL) {
		check_add(r->k, CHECK_OK, "in force", "%s, process %ld, uses "
		    "what is in the files", f->role, (long)pid);
		return;
	}
	check_add(r->k, r->mistaken ? CHECK_WARN : CHECK_BAD, "in force",
	    "%s, process %ld, %s", f->role, (long)pid, differs);
	if (!r->mistaken)
		check_mend(r->k, "kill -HUP %ld, then see what its log says",
		    (long)pid);
}

void
check_in_force(struct checking *k, const char *path)
{
	struct in_force_check r = { .k = k, .path = path,
		.mistaken = k->cli->config == NULL };

	if (!r.mistaken)
		in_force_of(k->cli->config, "", &r.now);
	in_force_find(check_in_force_look, &r);
	if (r.others > 0 && !r.mistaken)
		poll(NULL, 0, AGAIN_MS);
	if (!r.mistaken)
		r.now.place = place_look(k->cli->config->state_dir);
	r.report = true;
	in_force_find(check_in_force_look, &r);
}
