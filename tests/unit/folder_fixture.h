#ifndef FOLDER_FIXTURE_H
#define FOLDER_FIXTURE_H

/* A folder of a test's own, and a descriptor of it. */

#include <fcntl.h>
#include <unistd.h>

#include "../temporary.h"
#include "testing.h"

struct folder {
	char path[TEMPORARY_MAX];
	int fd;
};

static inline int
make_folder(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	*state = f;
	if (make_temporary(f->path, "folder") != 0)
		return -1;
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return f->fd < 0;
}

static inline int
remove_folder(void **state)
{
	struct folder *f = *state;
	int failed = remove_temporary(f->path);

	close(f->fd);
	free(f);
	return failed;
}

#endif
