#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "check_areas.h"
#include "dispatch.h"
#include "file.h"
#include "handler_name.h"
#include "near.h"
#include "sample.h"

enum { NAMES_MAX = 64 };

/* A file below handlers_dir/source. */
struct candidate {
	const struct source *source;
	const char *name;	/* "build.failure", "build.d/10-mail" */
	const char *shown;	/* with its source in front */
	const char *path;
	mode_t mode;
};

/* --- its name ----------------------------------------------------------- */

/* Which of the ends a name has after something else; they end with NULL. */
static const char *
ending(const char *name, const char *const *ends)
{
	size_t len = strlen(name);

	for (; *ends != NULL; ends++)
		if (len > strlen(*ends) &&
		    strcmp(name + len - strlen(*ends), *ends) == 0)
			break;
	return *ends;
}

/* What editors, packagers and people leave behind. */
static bool
is_left_over(const char *name)
{
	static const char *const ends[] = { "~", ".bak", ".orig", ".swp",
		".save", ".rej", ".disabled", ".off", ".old", ".md", ".txt",
		NULL };

	return name[0] == '.' || strstr(name, ".dpkg-") != NULL ||
	    (name[0] >= 'A' && name[0] <= 'Z') || ending(name, ends) != NULL;
}

static const char *
language(const char *name)
{
	static const char *const ends[] = { ".sh", ".bash", ".py", ".pl",
		".rb", ".php", ".js", ".cgi", NULL };

	return ending(name, ends);
}

/* "; did you mean NAME?" for a near name; ", only NAME" if there is one. */
static const char *
suggestion(struct checking *k, const char *near, bool only)
{
	const char *text = near == NULL ? NULL : arena_printf(&k->cli->arena,
	    only ? ", only %s" : "; did you mean %s?", near).data;

	return text == NULL ? "" : text;
}

/* The words that may follow the dot: the event's actions and statuses, and
 * those that dispatch adds. */
static size_t
suffixes(const struct provider *p, const char *event, const char **words)
{
	size_t count = 0, statuses;

	words[count++] = "d";
	count += sample_actions(p, event, words + count, NAMES_MAX - count);
	statuses = sample_statuses(p, event, words + count,
	    NAMES_MAX - count);
	count += statuses;
	if (statuses > 0 && count < NAMES_MAX)
		words[count++] = "completed";
	return count;
}

/* Whether a sender has the event, and the event the word; if not, which one is
 * near. Unknown ones may appear in the sender's next version. */
static void
check_words(struct checking *k, const struct candidate *h)
{
	const struct provider *p = h->source->provider;
	const char *words[NAMES_MAX], *near;
	struct bytes rest = bytes_of(h->name), event, suffix;
	char name[64], part[64];
	size_t count;

	bytes_cut(&rest, '.', &event);
	snprintf(name, sizeof(name), "%.*s", (int)event.len, event.data);
	if (strcmp(name, "all") == 0 && rest.data == NULL)
		return;
	count = sample_events(p, words, NAMES_MAX);
	near = count == 1 ? words[0] : near_word(name, words, count);
	if (near == NULL || strcmp(near, name) != 0) {
		check_add(k, CHECK_WARN, "handler", "%s: %s sends no event "
		    "called %s%s", h->shown, p->name, name,
		    suggestion(k, near, count == 1));
		return;
	}
	if (rest.data == NULL)
		return;
	bytes_cut(&rest, '/', &suffix);
	snprintf(part, sizeof(part), "%.*s", (int)suffix.len, suffix.data);
	near = near_word(part, words, suffixes(p, name, words));
	if (near == NULL || strcmp(near, part) != 0)
		check_add(k, CHECK_WARN, "handler", "%s: %s has no action or "
		    "status %s%s", h->shown, name, part,
		    suggestion(k, near, false));
}

/* False if it can never run. */
static bool
check_name(struct checking *k, const struct candidate *h)
{
	const char *end = language(h->name);

	if (end != NULL && strchr(h->name, '/') == NULL) {
		check_add(k, CHECK_BAD, "handler", "%s never runs: an action "
		    "or a status must follow the dot",
		    h->shown);
		check_mend(k, "mv '%s' '%.*s'", h->path, (int)(strlen(h->path) -
		    strlen(end)), h->path);
		return false;
	}
	if (!handler_name_valid(bytes_of(h->name))) {
		check_add(k, CHECK_WARN, "handler", "%s never runs: its name "
		    "must be %s", h->shown,
		    strchr(h->name, '/') != NULL ?
		    "letters, digits, _ and -, without a dot" :
		    "EVENT, EVENT.ACTION, EVENT.STATUS or all, in lower case");
		return false;
	}
	check_words(k, h);
	return true;
}

/* --- one of them ---------------------------------------------------------- */

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
check_handler(struct checking *k, const struct candidate *h)
{
	const struct config *c = k->cli->config;
	size_t before = k->bad + k->warnings;
	struct reason why;
	bool well = true;

	if (is_left_over(h->name) || !check_name(k, h))
		return;
	if ((h->mode & 0111) == 0) {
		check_add(k, CHECK_BAD, "handler", "%s is not executable%s",
		    h->shown, strchr(h->name, '/') != NULL ?
		    ", so it is skipped" : "");
		check_mend(k, "chmod +x '%s'", h->path);
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
	check_script(k, h->shown, h->path);
	if (well && k->bad + k->warnings == before)
		check_add(k, CHECK_OK, "handler", "%s", h->shown);
}

/* --- where they lie ----------------------------------------------------- */

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
	struct candidate h = { .source = s, .path = join(k, dir, name) };
	size_t len = strlen(name);
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
	if (*prefix == '\0' && len > 2 && strcmp(name + len - 2, ".d") == 0)
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
		if (entry->d_name[0] == '.' || is_left_over(entry->d_name) ||
		    config_source(c, bytes_of(entry->d_name)) != NULL)
			continue;
		near = near_word(entry->d_name, names, count);
		check_add(k, CHECK_WARN, "handler", "%s/%s belongs to no "
		    "source%s", c->handlers_dir, entry->d_name,
		    suggestion(k, near, false));
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
