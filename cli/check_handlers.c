#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "check_areas.h"
#include "check_handler.h"
#include "dispatch.h"
#include "file.h"
#include "near.h"

enum { NAMES_MAX = 64 };

/* A runner that the responder starts runs as the responder's user. */
static bool
runner_may(const struct checking *k, const char *path)
{
	const struct check_user *u = &k->server;
	struct stat sb;

	return u->name == NULL || !u->named ||
	    k->cli->config->runner != RUNNER_AUTO || stat(path, &sb) != 0 ||
	    check_user_may(u, &sb, 5);
}

static void
check_handler(struct checking *k, const struct check_handler *h)
{
	const struct config *c = k->cli->config;
	size_t before = k->bad + k->warnings;
	struct reason why;
	bool well = true;

	if (check_handler_is_left_over(h->name) || !check_handler_name(k, h))
		return;
	if ((h->mode & 0111) == 0) {
		check_add(k, CHECK_BAD, "handler", "%s is not executable%s",
		    h->shown, strchr(h->name, '/') != NULL ?
		    ", so it is skipped" : "");
		check_mend_path(k, "chmod +x", h->path);
	} else if (dispatch_check(c->handlers_dir, c->state_dir,
	    h->source->name, h->name, k->runner, &k->cli->arena, &why) !=
	    ST_OK) {
		check_add_reason(k, "handler", h->shown, &why);
		well = false;
	} else if (!runner_may(k, h->path)) {
		check_add(k, CHECK_BAD, "handler", "%s, who runs it, may not "
		    "execute %s", k->server.name, h->shown);
		check_mend(k, "chmod go+rx '%s'", h->path);
	}
	check_handler_script(k, h);
	if (well && k->bad + k->warnings == before)
		check_add(k, CHECK_OK, "handler", "%s", h->shown);
}

/* --- where they are ------------------------------------------------------ */

static const char *
join(struct checking *k, const char *dir, const char *name)
{
	return path_join(&k->cli->arena, bytes_of(dir), bytes_of(name)).data;
}

static size_t check_handlers_folder(struct checking *k, const struct source *s,
    const char *dir, const char *prefix);

/* One name in the folder; returns how many handlers it may be. */
static size_t
check_handlers_entry(struct checking *k, const struct source *s,
    const char *dir, const char *prefix, const char *name)
{
	struct check_handler h = { .source = s, .path = join(k, dir, name) };
	struct stat sb;

	h.name = *prefix == '\0' ? arena_cstr(&k->cli->arena,
	    bytes_of(name)) : join(k, prefix, name);
	if (name[0] == '.' || h.path == NULL || h.name == NULL ||
	    (h.shown = join(k, s->name, h.name)) == NULL)
		return 0;
	if (stat(h.path, &sb) != 0) {
		check_add(k, CHECK_BAD, "handler", "%s: %s", h.path,
		    strerror(errno));
		return 0;
	}
	h.mode = sb.st_mode;
	if (!S_ISDIR(sb.st_mode)) {
		check_handler(k, &h);
		return 1;
	}
	if (*prefix == '\0' && bytes_has_suffix(bytes_of(name), ".d"))
		return check_handlers_folder(k, s, h.path, h.name);
	check_add(k, CHECK_WARN, "handler", "the folder %s is ignored: its "
	    "name must be EVENT.d", h.path);
	return 0;
}

static size_t
check_handlers_folder(struct checking *k, const struct source *s,
    const char *dir, const char *prefix)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort);
	size_t count = 0;
	struct stat sb;

	if (n < 0 && (errno != ENOENT || lstat(dir, &sb) == 0)) {
		check_add(k, CHECK_BAD, "handler", "%s cannot be read, so "
		    "events of %s wait: %s", dir, s->name, errno == ENOENT ?
		    "a symlink to nothing" : strerror(errno));
		return 1;
	}
	for (int i = 0; i < n; i++) {
		count += check_handlers_entry(k, s, dir, prefix,
		    entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return count;
}

/* Events wait while it is: dispatch.h. */
static bool
is_empty(const char *dir)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool bare = fd >= 0 && folder_is_bare(fd, NULL);

	if (fd >= 0)
		close(fd);
	return bare;
}

/* Folders in which no source looks for handlers. */
static void
check_strays(struct checking *k)
{
	const struct config *c = k->cli->config;
	const char *names[NAMES_MAX], *near;
	DIR *d = opendir(c->handlers_dir);
	struct dirent *entry;
	size_t count = 0;

	for (size_t i = 0; i < c->source_count && count < NAMES_MAX; i++)
		names[count++] = c->sources[i].name;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    check_handler_is_left_over(entry->d_name) ||
		    config_source(c, bytes_of(entry->d_name)) != NULL)
			continue;
		near = near_word(entry->d_name, names, count);
		check_add(k, CHECK_WARN, "handler", "%s/%s belongs to no "
		    "source%s", c->handlers_dir, entry->d_name,
		    check_suggestion(k, near, false));
	}
	if (d != NULL)
		closedir(d);
}

/* Nothing else complains of a section for a missing file. */
static void
check_sections(struct checking *k)
{
	const struct config *c = k->cli->config;

	for (size_t i = 0; i < c->handler_count; i++) {
		const char *path = join(k, c->handlers_dir,
		    c->handlers[i].path);

		if (path != NULL && access(path, F_OK) != 0)
			check_add(k, CHECK_WARN, "handler", "the section "
			    "handler %s names a file that does not exist",
			    c->handlers[i].path);
	}
}

void
check_handlers(struct checking *k)
{
	const struct config *c = k->cli->config;
	struct statvfs fs;

	if (statvfs(c->handlers_dir, &fs) != 0)
		return;		/* said by check_paths */
	if ((fs.f_flag & ST_NOEXEC) != 0) {
		check_add(k, CHECK_BAD, "handlers", "%s is on a file system "
		    "that is mounted noexec: nothing there can run",
		    c->handlers_dir);
		check_mend(k, "set handlers_dir to another folder");
	}
	if (is_empty(c->handlers_dir)) {
		check_add(k, CHECK_BAD, "handlers", "%s is empty: all events "
		    "wait until it has content", c->handlers_dir);
		check_mend(k, "mount what belongs there, or: mkdir '%s/%s'",
		    c->handlers_dir, c->source_count > 0 ?
		    c->sources[0].name : "SOURCE");
		return;
	}
	for (size_t i = 0; i < c->source_count; i++) {
		const char *dir = join(k, c->handlers_dir, c->sources[i].name);

		if (dir != NULL &&
		    check_handlers_folder(k, &c->sources[i], dir, "") == 0)
			check_add(k, CHECK_WARN, "handler", "%s has no "
			    "handlers: its events will be kept as ignored; "
			    "handlers belong in %s", c->sources[i].name, dir);
	}
	check_strays(k);
	check_sections(k);
}
