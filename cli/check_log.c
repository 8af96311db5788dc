#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check_areas.h"

void
check_log(struct checking *k)
{
	const char *path = k->cli->config->log;
	const char *slash = strrchr(path, '/');
	const char *folder = slash == NULL || slash == path ? NULL :
	    arena_cstr(&k->cli->arena,
	    (struct bytes){ path, (size_t)(slash - path) });
	struct stat sb;

	if (folder == NULL || strcmp(folder, k->cli->config->state_dir) == 0)
		return;
	if (stat(folder, &sb) != 0) {
		check_add(k, CHECK_BAD, "log", "%s: %s", folder,
		    strerror(errno));
		check_mend_path(k, "mkdir -p", folder);
	} else if (access(path, F_OK) == 0 ? access(path, W_OK) != 0 :
	    access(folder, W_OK | X_OK) != 0) {
		check_add(k, CHECK_BAD, "log", "this user may not write to %s",
		    path);
		check_mend(k, "correct the permissions, or change log in %s",
		    k->cli->config->path);
	} else if (k->server.named && stat(path, &sb) == 0 &&
	    !check_user_may(&k->server, &sb, 2)) {
		check_add(k, CHECK_BAD, "log", "%s may not write to %s",
		    k->server.name, path);
		check_mend(k, "%schown %s '%s'", check_as_root(false),
		    k->server.name, path);
	} else {
		check_add(k, CHECK_OK, "log", "%s", path);
	}
}
