#include "init_make.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "config_url.h"
#include "file.h"
#include "owner.h"
#include "secret_new.h"

static struct bytes
make_secret(const struct init_file *f, struct arena *a)
{
	struct secret_form form = secret_new_form(NULL);

	form.prefix = f->text;
	if (f->kind == INIT_KEY || f->text != NULL)
		form.random_bytes *= 2;
	return secret_new(form, a);
}

static struct bytes
make_wrapper(const struct init_place *p)
{
	struct arena *a = p->arena;
	struct bytes conf = path_join(a, bytes_of(p->dir),
	    BYTES("cgihook.conf"));
	struct bytes responder = shell_quote(bytes_of(p->responder), a);

	conf = conf.data == NULL ? conf : shell_quote(conf, a);
	if (conf.data == NULL || responder.data == NULL)
		return BYTES_NONE;
	return arena_printf(a,
	    "#!/bin/sh\n"
	    "# For a folder in which programs may run, such as cgi-bin.\n"
	    "CGIHOOK_CONFIG=%s\n"
	    "export CGIHOOK_CONFIG\n"
	    "exec %s\n", conf.data, responder.data);
}

/* A page by http is refused but on this machine: that is no address for it. */
static struct bytes
make_text(const struct init_place *p, const struct init_file *f)
{
	struct page_url url;

	if (p->url == NULL || strcmp(f->path, "cgihook.conf") != 0 ||
	    page_url_read(bytes_of(p->url), p->arena, &url) != NULL)
		return bytes_of(f->text);
	return arena_printf(p->arena, "%s\n# The script's address, as browsers "
	    "have it:\nurl = \"%s\"\n", f->text, url.text);
}

static struct bytes
file_content(const struct init_place *p, const struct init_file *f)
{
	switch (f->kind) {
	case INIT_FOLDER:
		break;
	case INIT_TEXT:
		return make_text(p, f);
	case INIT_SECRET:
	case INIT_KEY:
		return make_secret(f, p->arena);
	case INIT_WRAPPER:
		return make_wrapper(p);
	}
	return BYTES_NONE;
}

static enum status
make_file(const struct init_place *p, const struct init_file *f,
    struct reason *why)
{
	struct bytes content = file_content(p, f);
	enum status st;
	int fd;

	if (content.data == NULL)
		return fail(why, ST_SYSTEM, "no memory, or no random numbers");
	/* 0600 first, so that a secret is never there for others to read */
	fd = openat(p->fd, f->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(why, ST_SYSTEM, "%s/%s: %s", p->dir, f->path,
		    strerror(errno));
	st = file_write_all(fd, content, why);
	if (st == ST_OK && (fchmod(fd, f->mode) != 0 || fsync(fd) != 0))
		st = fail(why, ST_SYSTEM, "%s/%s: %s", p->dir, f->path,
		    strerror(errno));
	close(fd);
	return st;
}

static enum status
make_folder(const struct init_place *p, const struct init_file *f,
    struct reason *why)
{
	if (mkdirat(p->fd, f->path, f->mode) != 0 ||
	    fchmodat(p->fd, f->path, f->mode, 0) != 0)
		return fail(why, ST_SYSTEM, "%s/%s: %s", p->dir, f->path,
		    strerror(errno));
	return ST_OK;
}

enum status
init_sync(int dirfd, const char *path, struct reason *why)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status st = ST_OK;

	if (fd < 0 || fsync(fd) != 0)
		st = fail(why, ST_SYSTEM, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return st;
}

static enum status
sync_folder(const struct init_place *p, const char *path, struct reason *why)
{
	struct reason cause;
	enum status st = init_sync(p->fd, path, &cause);

	return st == ST_OK ? st : fail(why, st, "%s/%s: %s", p->dir, path,
	    cause.text);
}

static enum status
sync_folders(const struct init_place *p, const struct init_file *files,
    size_t count, struct reason *why)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < count && st == ST_OK; i++)
		if (files[i].kind == INIT_FOLDER)
			st = sync_folder(p, files[i].path, why);
	if (st == ST_OK)
		st = sync_folder(p, ".", why);
	return st == ST_OK ? sync_folder(p, "..", why) : st;
}

enum status
init_make(const struct init_place *p, const struct init_file *files,
    size_t count, struct reason *why)
{
	enum status st = ST_OK;
	struct stat sb;

	for (size_t i = 0; i < count; i++)
		if (fstatat(p->fd, files[i].path, &sb,
		    AT_SYMLINK_NOFOLLOW) == 0)
			return fail(why, ST_SYSTEM, "%s/%s exists already, and "
			    "init overwrites nothing: name a new folder",
			    p->dir, files[i].path);
	for (size_t i = 0; i < count && st == ST_OK; i++)
		st = files[i].kind == INIT_FOLDER ?
		    make_folder(p, &files[i], why) :
		    make_file(p, &files[i], why);
	return st == ST_OK ? sync_folders(p, files, count, why) : st;
}

/* Another user could not read or change what root makes there, above all the
 * secrets. */
static enum status
check_whose(struct init_place *p, const char *given, struct reason *why)
{
	struct bytes path = bytes_of(given);
	const char *dir = given;
	struct stat sb;
	char name[64];

	if (geteuid() != 0)
		return ST_OK;
	if (stat(dir, &sb) != 0) {
		while (path.len > 1 && path.data[path.len - 1] == '/')
			path.len--;
		dir = arena_cstr(p->arena, path_dir(path));
		if (stat(dir, &sb) != 0)
			return ST_OK;	/* it cannot be made, either */
	}
	if (sb.st_uid == 0)
		return ST_OK;
	owner_name(sb.st_uid, name, sizeof(name));
	return fail(why, ST_SYSTEM, "%s belongs to %s, who cannot use what "
	    "root makes there: sudo -u %s cgihook init '%s'", dir, name, name,
	    given);
}

/* Makes DIR if it is missing; its parent must exist. Others must not be able to
 * write to it, since programs run from it. */
enum status
init_open(struct init_place *p, const char *given, struct reason *why)
{
	char absolute[PATH_MAX];
	struct stat sb;

	if (check_whose(p, given, why) != ST_OK)
		return ST_SYSTEM;
	if (mkdir(given, 0755) == 0) {
		if (chmod(given, 0755) != 0)
			return fail(why, ST_SYSTEM, "%s: %s", given,
			    strerror(errno));
	} else if (errno != EEXIST) {
		return fail(why, ST_SYSTEM, "%s cannot be made: %s", given,
		    strerror(errno));
	}
	if (realpath(given, absolute) == NULL ||
	    (p->fd = open(absolute, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    fstat(p->fd, &sb) != 0)
		return fail(why, ST_SYSTEM, "%s: %s", given, strerror(errno));
	p->dir = arena_cstr(p->arena, bytes_of(absolute));
	if (arena_failed(p->arena))
		return arena_verdict(p->arena, ST_BUSY, why);
	if ((sb.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(why, ST_SYSTEM, "others can write to %s: chmod "
		    "go-w '%s'", absolute, absolute);
	return ST_OK;
}
