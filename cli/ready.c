#include "ready.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "program.h"

enum { READY_MAX = 256, READY_FILE_MAX = 1 << 20 };

enum status
ready_folder(struct arena *a, const char **out, struct reason *why)
{
	static const char *const places[] = {
		"handlers/ready", "../handlers/ready", "../../handlers/ready",
		"../share/cgihook/handlers/ready",
		"/usr/local/share/cgihook/handlers/ready",
		"/usr/share/cgihook/handlers/ready",
	};
	const char *self = program_self(a), *path;
	struct bytes dir = path_dir(bytes_of(self == NULL ? "/" : self));

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		path = path_join(a, dir, bytes_of(places[i])).data;
		if (path != NULL && access(path, R_OK | X_OK) == 0) {
			*out = path;
			return ST_OK;
		}
	}
	return arena_verdict(a, fail(why, ST_CONFIG, "the ready handlers are "
	    "neither in handlers/ready beside %s nor in ../share/cgihook from "
	    "there, nor in /usr/local/share or /usr/share", self == NULL ?
	    "this command" : self), why);
}

/* --- what is in one ------------------------------------------------------- */

/* Behind the first occurrence of text in *rest; false if there is none. */
static bool
ready_skip_past(struct bytes *rest, const char *text)
{
	const char *at = memmem(rest->data, rest->len, text, strlen(text));

	if (at == NULL)
		return false;
	at += strlen(text);
	*rest = (struct bytes){ at, (size_t)(rest->data + rest->len - at) };
	return true;
}

/* In place of the line that reads lib.sh, what is in it. Those that are
 * installed have none. */
static enum status
ready_make_whole(const char *folder, struct arena *a, struct ready *r,
    struct reason *why)
{
	static const char line[] = "\n. \"$(dirname ";
	struct bytes rest = r->text, before, lib;
	const char *path;
	enum status st;

	if (!ready_skip_past(&rest, line))
		return ST_OK;
	before = (struct bytes){ r->text.data, (size_t)(rest.data -
	    r->text.data) - strlen(line) + 1 };
	if (!ready_skip_past(&rest, "\n"))
		return fail(why, ST_SYSTEM, "%s/%s is not whole", folder,
		    r->name);
	path = arena_printf(a, "%s/lib.sh", folder).data;
	st = path == NULL ? arena_verdict(a, ST_BUSY, why) :
	    file_read(path, READY_FILE_MAX, a, &lib, NULL, why);
	if (st != ST_OK)
		return st;
	r->text = arena_printf(a, "%.*s%.*s%.*s", (int)before.len, before.data,
	    (int)lib.len, lib.data, (int)rest.len, rest.data);
	return arena_verdict(a, ST_OK, why);
}

/* "# slack (chat): tell a channel", then somewhere "#     handler ... {" up to
 * "#     }" */
static bool
ready_read_head(struct arena *a, struct ready *r)
{
	struct bytes rest = r->text, group, line, end;
	const char *title = arena_printf(a, "\n# %s (", r->name).data;

	if (title == NULL || !ready_skip_past(&rest, title))
		return false;
	bytes_cut(&rest, '\n', &line);
	bytes_cut(&line, ')', &group);
	if (!bytes_has_prefix(line, ": "))
		return false;
	line.data += 2;
	line.len -= 2;
	r->group = arena_cstr(a, group);
	r->summary = arena_cstr(a, line);
	if (!ready_skip_past(&rest, "\n#     handler SOURCE/EVENT {\n"))
		return false;
	end = rest;
	if (!ready_skip_past(&end, "\n#     }\n"))
		return false;
	r->section = (struct bytes){ rest.data, (size_t)(end.data -
	    rest.data) - strlen("#     }\n") };
	return true;
}

enum status
ready_read(const char *folder, const char *name, struct arena *a,
    struct ready *out, struct reason *why)
{
	struct ready r = { .name = name };
	const char *path = arena_printf(a, "%s/%s", folder, name).data;
	enum status st;

	if (path == NULL)
		return arena_verdict(a, ST_BUSY, why);
	if (strchr(name, '/') != NULL || strchr(name, '.') != NULL)
		return fail(why, ST_UNKNOWN, "no ready handler has such a "
		    "name");
	st = file_read(path, READY_FILE_MAX, a, &r.text, NULL, why);
	if (st != ST_OK)
		return st;
	if (!ready_read_head(a, &r))
		return arena_verdict(a, fail(why, ST_SYSTEM, "%s does not "
		    "begin as a ready handler does", path), why);
	st = ready_make_whole(folder, a, &r, why);
	if (st == ST_OK)
		*out = r;
	return st;
}

/* --- all ------------------------------------------------------------------ */

static int
ready_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum status
ready_names(const char *folder, struct arena *a, const char *const **out,
    size_t *count, struct reason *why)
{
	const char **names = arena_array(a, READY_MAX, sizeof(*names));
	DIR *d = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	if (d == NULL)
		return fail(why, ST_SYSTEM, "%s: %s", folder, strerror(errno));
	while (names != NULL && n < READY_MAX && (entry = readdir(d)) != NULL)
		if (strchr(entry->d_name, '.') == NULL)
			names[n++] = arena_cstr(a, bytes_of(entry->d_name));
	closedir(d);
	if (arena_failed(a))
		return arena_verdict(a, ST_BUSY, why);
	qsort(names, n, sizeof(*names), ready_compare);
	*out = names;
	*count = n;
	return ST_OK;
}
