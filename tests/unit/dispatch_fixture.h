#ifndef DISPATCH_FIXTURE_H
#define DISPATCH_FIXTURE_H

/* What the tests of finding and of checking handlers share: a folder of
 * handlers that is theirs alone. */

#include "../temporary.h"
#include "dispatch.h"
#include "testing.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of handlers of a test's own. */
struct place {
	char root[TEMPORARY_MAX];		/* what is removed at the end */
	char dir[80];		/* root/handlers */
	struct arena arena;
};

static inline const char *
path_in(struct place *p, const char *name)
{
	return arena_printf(&p->arena, "%s/%s", p->dir, name).data;
}

static inline void
make_folder(struct place *p, const char *name)
{
	assert_int_equal(mkdir(path_in(p, name), 0755), 0);
}

static inline void
make_file(struct place *p, const char *name, mode_t mode)
{
	int fd = open(path_in(p, name), O_CREAT | O_EXCL | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static inline void
make_link(struct place *p, const char *target, const char *name)
{
	assert_int_equal(symlink(target, path_in(p, name)), 0);
}

static inline void
set_mode(struct place *p, const char *name, mode_t mode)
{
	assert_int_equal(chmod(path_in(p, name), mode), 0);
}

static inline int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	p->arena = ARENA(0);
	umask(022);
	if (make_temporary(p->root, "dispatch") != 0)
		return -1;
	snprintf(p->dir, sizeof(p->dir), "%s/handlers", p->root);
	mkdir(p->dir, 0755);
	mkdir(path_in(p, "drone"), 0755);
	*state = p;
	return 0;
}

static inline int
teardown(void **state)
{
	struct place *p = *state;
	int failed;

	chmod(p->dir, 0755);
	chmod(path_in(p, "drone"), 0755);
	failed = remove_temporary(p->root);
	arena_free(&p->arena);
	free(p);
	return failed;
}

#endif
