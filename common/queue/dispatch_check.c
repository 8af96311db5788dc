#include "dispatch.h"

#include <string.h>

#include "event.h"
#include "file.h"
#include "handler_name.h"

enum status
dispatch_path(const char *handlers_dir, const char *source,
    const char *handler, struct arena *a, const char **path,
    struct reason *why)
{
	struct bytes whole;

	if (!event_word_valid(bytes_of(source)) ||
	    !handler_name_valid(bytes_of(handler)))
		return fail(why, ST_CONFIG, "not a handler's name");
	whole = path_join(a, bytes_of(handlers_dir),
	    arena_printf(a, "%s/%s", source, handler));
	*path = whole.data;
	return arena_verdict(a, ST_OK, why);
}

size_t
dispatch_strict(const char *source, const char *handler)
{
	return strlen(source) + 1 + strlen(handler);
}

static enum status
dispatch_check_path(const char *path, size_t strict, const char *apart,
    uid_t user, struct reason *why)
{
	struct stat folder;
	const bool known = apart != NULL && stat(apart, &folder) == 0;

	return path_trust_program(&(struct trust){ .path = path, .user = user,
	    .strict = strict, .apart = known ? &folder : NULL }, why);
}

enum status
dispatch_check(const char *handlers_dir, const char *apart, const char *source,
    const char *handler, uid_t user, struct arena *a, struct reason *why)
{
	const char *path;
	enum status st = dispatch_path(handlers_dir, source, handler, a, &path,
	    why);

	return st == ST_OK ? dispatch_check_path(path, dispatch_strict(source,
	    handler), apart, user, why) : st;
}

enum status
dispatch_check_program(const char *path, const char *apart, uid_t user,
    struct reason *why)
{
	return dispatch_check_path(path, 0, apart, user, why);
}

bool
dispatch_must_wait(enum status checked)
{
	return checked == ST_DENIED || checked == ST_SYSTEM;
}
