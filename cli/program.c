#include "program.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

#ifndef CGIHOOK_LIBEXEC
#define CGIHOOK_LIBEXEC "/usr/lib/cgi-bin"
#endif

const char *
program_self(struct arena *a)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	if (n > 0 && (size_t)n < sizeof(path))
		return arena_cstr(a, (struct bytes){ path, (size_t)n });
	/* a chroot may lack /proc: the path by which it was called, if any */
	if (strchr(program_invocation_name, '/') == NULL ||
	    realpath(program_invocation_name, path) == NULL)
		return NULL;
	return arena_cstr(a, bytes_of(path));
}

enum status
program_responder(struct arena *a, const char **out, struct reason *why)
{
	static const char *const places[] = {
		"cgihook.fcgi", "../lib/cgi-bin/cgihook.fcgi",
		"../libexec/cgihook.fcgi", CGIHOOK_LIBEXEC "/cgihook.fcgi",
	};
	const char *self = program_self(a), *path;
	struct bytes dir = path_dir(bytes_of(self == NULL ? "/" : self));

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char resolved[PATH_MAX];

		path = path_join(a, dir, bytes_of(places[i])).data;
		if (path == NULL || access(path, X_OK) != 0 ||
		    realpath(path, resolved) == NULL)
			continue;
		*out = arena_cstr(a, bytes_of(resolved));
		return arena_verdict(a, ST_OK, why);
	}
	return fail(why, ST_CONFIG, "cgihook.fcgi, the responder, is neither "
	    "beside %s nor in ../lib/cgi-bin or ../libexec from there, nor in "
	    CGIHOOK_LIBEXEC,
	    self == NULL ? "this command" : self);
}
