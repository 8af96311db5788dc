#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "crypto.h"
#include "file.h"

/*
 * A file for each responder, source and purpose: the cursor in one line. It is
 * replaced as a whole, so it is the former one or the next.
 */

enum { KEY_LEN = 8 };

/* "" without a home. */
static const char *
state_folder(struct arena *a)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state != NULL && state[0] == '/')
		return arena_cstr(a, arena_printf(a, "%s/cgihook", state));
	return home == NULL || home[0] != '/' ? "" : arena_cstr(a,
	    arena_printf(a, "%s/.local/state/cgihook", home));
}

/* With those above it. */
static int
state_make_folder(const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	for (size_t i = 1; i <= len && len < sizeof(part); i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static void
state_key(const struct listen *l, struct arena *a, char out[2 * KEY_LEN + 1])
{
	unsigned char digest[SHA256_LEN] = { 0 };

	(void)sha256(arena_printf(a, "%s %s %s %s", l->url.text,
	    l->source == NULL ? "*" : l->source,
	    l->handlers == NULL ? "-" : l->handlers,
	    l->forward == NULL ? "-" : l->forward), digest);
	hex_encode(digest, KEY_LEN, out);
}

/* It becomes a part of an address. */
static bool
state_cursor_valid(struct bytes cursor)
{
	for (size_t i = 0; i < cursor.len; i++)
		if (!ascii_alnum(cursor.data[i]))
			return false;
	return cursor.len > 0 &&
	    cursor.len < sizeof(((struct listen_state *)NULL)->cursor);
}

static void
state_read(struct listen_state *s, struct arena *a)
{
	struct bytes text, line;

	s->cursor[0] = '\0';
	if (file_read(s->path, sizeof(s->cursor), a, &text, NULL, NULL) !=
	    ST_OK)
		return;
	bytes_cut(&text, '\n', &line);
	if (state_cursor_valid(line)) {
		memcpy(s->cursor, line.data, line.len);
		s->cursor[line.len] = '\0';
	}
}

int
listen_state_open(const struct listen *l, struct listen_state *out)
{
	struct arena *a = &l->cli->arena;
	const char *folder = state_folder(a);
	char key[2 * KEY_LEN + 1], lock[PATH_MAX];

	if (*folder == '\0')
		return cli_error(l->cli, "HOME is not set: there is no place "
		    "to keep how far it has got");
	if (state_make_folder(folder) != 0)
		return cli_error(l->cli, "%s: %s", folder, strerror(errno));
	state_key(l, a, key);
	snprintf(lock, sizeof(lock), "%s/listen-%s.lock", folder, key);
	snprintf(out->path, sizeof(out->path), "%s/listen-%s", folder, key);
	out->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (out->lock_fd < 0)
		return cli_error(l->cli, "%s: %s", lock, strerror(errno));
	if (flock(out->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return cli_error(l->cli, "another \"cgihook listen\" does the "
		    "same already: end it first, or each would get a part");
	state_read(out, a);
	return CLI_DONE;
}

enum status
listen_state_keep(struct listen_state *s, const char *cursor,
    struct reason *why)
{
	char next[PATH_MAX + 8], line[sizeof(s->cursor) + 1];
	int fd;
	enum status st = ST_OK;

	if (!state_cursor_valid(bytes_of(cursor)))
		return fail(why, ST_MALFORMED, "the answer cannot be read: is "
		    "the responder of another version?");
	snprintf(next, sizeof(next), "%s.new", s->path);
	snprintf(s->cursor, sizeof(s->cursor), "%s", cursor);
	snprintf(line, sizeof(line), "%s\n", s->cursor);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", next, strerror(errno));
	st = file_write_all(fd, bytes_of(line), why);
	if (st == ST_OK && fdatasync(fd) != 0)
		st = fail(why, ST_SYSTEM, "%s: %s", next, strerror(errno));
	close(fd);
	if (st == ST_OK && rename(next, s->path) != 0)
		st = fail(why, ST_SYSTEM, "%s: %s", s->path, strerror(errno));
	return st;
}

void
listen_state_close(struct listen_state *s)
{
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	s->lock_fd = -1;
}
