#include "config.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"

#define IN_HOME ".config/cgihook/cgihook.conf"
#define IN_ETC "/etc/cgihook/cgihook.conf"

/* A relative name is relative to the caller's working directory. */
static enum status
find_from_here(const char *path, struct arena *a, const char **out,
    struct reason *why)
{
	char here[PATH_MAX];
	struct bytes whole;

	if (path[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return fail(why, ST_CONFIG, "%.200s: where is that? %s; write"
		    " the whole path", path, strerror(errno));
	whole = path_join(a, path[0] == '/' ? BYTES("/") : bytes_of(here),
	    bytes_of(path));
	*out = whole.data;
	return ST_OK;
}

/* NULL if the user has no entry, or an entry without a home. */
static const char *
find_home(struct arena *a)
{
	const size_t size = 16 * 1024;
	struct passwd entry, *found = NULL;
	char *room = arena_alloc(a, size);

	if (room == NULL ||
	    getpwuid_r(geteuid(), &entry, room, size, &found) != 0 ||
	    found == NULL || found->pw_dir == NULL || found->pw_dir[0] != '/')
		return NULL;
	return found->pw_dir;
}

static bool
find_exists(const char *path, struct buf *tried)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return true;
	buf_printf(tried, "%s%s (%s)", tried->len == 0 ? "" : ", ", path,
	    strerror(errno));
	return false;
}

static enum status
find_search(struct arena *a, const char **out, struct buf *tried,
    struct reason *why)
{
	/* HOME may be missing or another user's (suexec, systemd) */
	const char *home = find_home(a);

	if (home != NULL) {
		struct bytes path = path_join(a, bytes_of(home),
		    BYTES(IN_HOME));

		if (path.data != NULL && find_exists(path.data, tried)) {
			*out = path.data;
			return ST_OK;
		}
	}
	if (find_exists(IN_ETC, tried)) {
		*out = IN_ETC;
		return ST_OK;
	}
	buf_add_char(tried, '\0');
	return fail(why, ST_CONFIG, "no configuration: looked for %s; name one"
	    " with --config or CGIHOOK_CONFIG, or make one: cgihook init DIR",
	    tried->failed ? IN_ETC : tried->data);
}

enum status
config_find_file(const char *given, const char *variable, struct arena *a,
    const char **out, struct reason *why)
{
	struct buf tried = BUF(8 * 1024);
	enum status st;

	if (given != NULL && given[0] == '\0')
		return fail(why, ST_CONFIG, "--config has an empty name");
	if (given != NULL)
		st = find_from_here(given, a, out, why);
	else if (variable != NULL && variable[0] != '\0')
		st = find_from_here(variable, a, out, why);
	else
		st = find_search(a, out, &tried, why);
	buf_free(&tried);
	return arena_verdict(a, st, why);
}
