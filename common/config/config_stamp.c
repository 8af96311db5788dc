#include "config_stamp.h"

static bool
stamp_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

void
stamp_add(struct config *c, const char *path, const struct stat *st)
{
	c->stamps[c->stamp_count++] = (struct config_stamp){
		.path = path, .device = st->st_dev, .inode = st->st_ino,
		.size = st->st_size, .modified = st->st_mtim,
		.changed = st->st_ctim
	};
}

bool
config_changed(const struct config *c)
{
	size_t i;

	for (i = 0; i < c->stamp_count; i++) {
		const struct config_stamp *s = &c->stamps[i];
		struct stat now;

		if (stat(s->path, &now) != 0 || now.st_dev != s->device ||
		    now.st_ino != s->inode || now.st_size != s->size ||
		    !stamp_same_time(now.st_mtim, s->modified) ||
		    !stamp_same_time(now.st_ctim, s->changed))
			return true;
	}
	return false;
}

const char *
config_file(const struct config *c, size_t i)
{
	return i < c->stamp_count ? c->stamps[i].path : NULL;
}
