/*
 * Whatever a stored event's words or a handler's name are, what is found and
 * what may be run is a file of the source's own folder below handlers_dir:
 * outside of it stand the same files, and are never reached.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch.h"
#include "../temporary.h"
#include "fuzz.h"
#include "handler_name.h"

enum { FIELDS = 5 };

static char root[TEMPORARY_MAX];
static char dir[PATH_MAX];

static void
remove_tree(void)
{
	(void)remove_temporary(root);
}

static void
make(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	if (path[strlen(path) - 1] == '/') {
		must(mkdir(path, 0755) == 0, "no folder");
		return;
	}
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	must(fd >= 0, "no file");
	close(fd);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const names[] = { "all", "build", "drone/",
	    "drone/build", "build.d/", "build.d/x", "h/", "h/all", "h/build",
	    "h/x", "h/drone/", "h/drone/all", "h/drone/build",
	    "h/drone/build.failure", "h/drone/build.updated",
	    "h/drone/build.completed", "h/drone/build.d/",
	    "h/drone/build.d/10-a", "h/drone/build.d/x.sh",
	    "h/drone/build.d/.x", "h/other/", "h/other/all" };

	(void)argc, (void)argv;
	umask(022);
	must(make_temporary(root, "fuzz_dispatch") == 0, "no temporary folder");
	atexit(remove_tree);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		make(names[i]);
	snprintf(dir, sizeof(dir), "%s/h", root);
	return 0;
}

/* Where the path really leads is dir/source/, and no more than one further
 * folder below it. */
static void
must_be_inside(const char *path, const char *source)
{
	char real[PATH_MAX], inside[PATH_MAX * 2];
	const char *slash;

	must(realpath(path, real) != NULL, "a handler that is not there");
	snprintf(inside, sizeof(inside), "%s/%s/", dir, source);
	must(strncmp(real, inside, strlen(inside)) == 0,
	    "a handler outside of its folder");
	slash = strchr(real + strlen(inside), '/');
	must(slash == NULL || strncmp(slash - 2, ".d/", 3) == 0,
	    "a handler in a folder that is none of parts");
}

/* Something is there, and no folder: nobody knows what there should be. */
static bool
is_file(const char *source)
{
	char path[PATH_MAX * 2];
	struct stat sb;

	snprintf(path, sizeof(path), "%s/%s", dir, source);
	return stat(path, &sb) == 0 && !S_ISDIR(sb.st_mode);
}

static void
find(const char *const field[FIELDS], struct arena *a)
{
	const struct stored_event e = { .id = 1, .source = field[0],
	    .event = field[1], .action = field[2], .status = field[3] };
	const char **names, *path;
	size_t count = 0;
	enum status st = dispatch_find(dir, &e, true, a, &names, &count, NULL);

	must(st == ST_OK || st == ST_BUG || (st == ST_SYSTEM &&
	    is_file(e.source)), "an event that cannot be looked up");
	for (size_t i = 0; st == ST_OK && i < count; i++) {
		must(handler_name_valid(bytes_of(names[i])),
		    "a name that is none");
		must(dispatch_check(dir, NULL, e.source, names[i], geteuid(), a,
		    NULL) == ST_OK && dispatch_path(dir, e.source, names[i], a,
		    &path, NULL) == ST_OK, "a handler that was found is "
		    "refused");
		must_be_inside(path, e.source);
		for (size_t k = 0; k < i; k++)
			must(strcmp(names[k], names[i]) != 0, "found twice");
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *field[FIELDS];
	struct arena a = ARENA(0);
	struct bytes rest = { (const char *)data, size }, part;
	struct reason why = { "" };
	const char *path = NULL;
	enum status st;

	for (int i = 0; i < FIELDS; i++) {
		bytes_cut(&rest, '\n', &part);
		field[i] = part.data != NULL ? arena_cstr(&a, part) : "";
	}
	find(field, &a);
	st = dispatch_check(dir, NULL, field[0], field[4], geteuid(), &a, &why);
	must(st == ST_OK || why.text[0] != '\0', "no reason given");
	if (st == ST_OK) {
		must(dispatch_path(dir, field[0], field[4], &a, &path, NULL) ==
		    ST_OK, "a handler that may be run has no path");
		must_be_inside(path, field[0]);
	}
	arena_free(&a);
	return 0;
}
