#include "config_make.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "file.h"
#include "secret_new.h"

/* Whose files others would have to read, or could not. */
static bool
make_is_ours(const char *dir)
{
	struct stat sb;

	return stat(dir, &sb) == 0 && sb.st_uid == geteuid();
}

static enum status
make_sync_folder(const char *dir, struct reason *why)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status st = fd < 0 || fsync(fd) != 0 ? fail(why, ST_SYSTEM,
	    "%s: %s", dir, strerror(errno)) : ST_OK;

	if (fd >= 0)
		close(fd);
	return st;
}

/* In a file without the name, which then gets it, unless another process was
 * faster. */
static enum status
make_fresh_file(const char *path, const char *temporary, struct bytes text,
    struct reason *why)
{
	enum status st;
	int fd;

	unlink(temporary);	/* of a process that had our number and died */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", temporary,
		    strerror(errno));
	st = file_write_all(fd, text, why);
	if (st == ST_OK && (fchmod(fd, 0600) != 0 || fsync(fd) != 0 ||
	    (link(temporary, path) != 0 && errno != EEXIST)))
		st = fail(why, ST_SYSTEM, "%s: %s", path, strerror(errno));
	close(fd);
	unlink(temporary);
	return st;
}

static enum status
make_one(const char *path, const struct provider *p, struct arena *a,
    struct reason *why)
{
	const char *dir = arena_cstr(a, path_dir(bytes_of(path)));
	const char *temporary = arena_printf(a, "%s.%ld", path,
	    (long)getpid()).data;
	struct bytes text;
	struct stat sb;
	enum status st;

	if (lstat(path, &sb) == 0 || errno != ENOENT || !make_is_ours(dir))
		return ST_OK;
	text = secret_new(secret_new_form(p), a);
	if (text.data == NULL || temporary == NULL)
		return fail(why, ST_BUSY, "no memory, or no random numbers");
	st = make_fresh_file(path, temporary, text, why);
	return st == ST_OK ? make_sync_folder(dir, why) : st;
}

enum status
config_make_secrets(const char *path, bool *wanted, struct reason *why)
{
	struct config *c;
	enum status st = config_load_runner(path, &c, why);

	*wanted = st == ST_OK && c->make_secrets;
	if (st != ST_OK)
		return st;
	for (size_t i = 0; c->make_secrets && st == ST_OK &&
	    i < c->source_count; i++)
		if (c->sources[i].secret_file_count > 0 &&
		    c->sources[i].secret_files[0].path != NULL)
			st = make_one(c->sources[i].secret_files[0].path,
			    c->sources[i].provider, &c->arena, why);
	for (size_t i = 0; c->make_secrets && st == ST_OK &&
	    i < c->token_count; i++)
		if (c->tokens[i].secret_path != NULL)
			st = make_one(c->tokens[i].secret_path, NULL,
			    &c->arena, why);
	config_free(c);
	return st;
}
