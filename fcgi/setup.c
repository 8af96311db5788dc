#include "setup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_make.h"
#include "file.h"
#include "log.h"
#include "owner.h"

const char *
setup_variable(void)
{
	const char *given = getenv("CGIHOOK_CONFIG");

	return given == NULL || *given == '\0' ? NULL : given;
}

enum status
setup_load(const char *path, const struct config *old, struct config **out,
    struct reason *why)
{
	struct config *c;
	enum status st = config_load_responder(path, &c, why);
	struct reason ignored;
	bool wanted;

	if (st == ST_CONFIG && config_make_secrets(path, &wanted, &ignored) ==
	    ST_OK && wanted)
		st = config_load_responder(path, &c, why);
	if (st != ST_OK)
		return st;
	/* before root makes anything in a folder of another user */
	st = owner_may_serve(c, why);
	/* the log is usually in this folder and is opened before the store,
	 * which reports a folder that cannot be made */
	if (st == ST_OK)
		mkdir(c->state_dir, 0700);
	if (st == ST_OK && (old == NULL || strcmp(c->log, old->log) != 0))
		st = log_open(c->log, "cgihook", why);
	if (st == ST_OK)
		*out = c;
	else
		config_free(c);
	return st;
}

/* Whether a log made there is one that the folder's owner can use. */
static bool
setup_may_make_log(const char *path, struct arena *a)
{
	const char *dir = arena_cstr(a, path_dir(bytes_of(path)));
	struct stat sb;

	return geteuid() != 0 || stat(path, &sb) == 0 ||
	    (stat(dir, &sb) == 0 && sb.st_uid == 0);
}

/* The operator looks into the configured log, and the web server's
 * administrator into the server's. */
void
setup_complain(const char *path, const struct reason *why)
{
	struct arena a = ARENA(4 * 1024 * 1024);
	const char *target = config_guess_log(path, &a);

	log_note("error", "%s", why->text);
	if (target != NULL && strcmp(target, "stderr") != 0 &&
	    (*target != '/' || setup_may_make_log(target, &a)) &&
	    log_open(target, "cgihook", NULL) == ST_OK)
		log_note("error", "%s", why->text);
	arena_free(&a);
}
