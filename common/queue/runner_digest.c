#include "runner_digest.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "codec.h"
#include "event.h"
#include "file.h"
#include "handler_name.h"

enum {
	TEXT_MAX = 64 * 1024 * 1024,
	/* Two changes within a tick of the file system's clock look like one:
	 * what has changed so lately is read again at the next look. */
	SETTLED_S = 2
};

struct digest_file {
	const char *path;		/* below handlers_dir */
	struct stat st;
};

struct digest_walk {
	struct arena arena;
	struct digest_file *files;
	size_t count, size;
	bool unreadable;
};

/* --- the files ------------------------------------------------------------ */

static bool
digest_may_run(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_mode & 0111) != 0;
}

static void
digest_add(struct digest_walk *w, const char *path, const struct stat *st)
{
	struct digest_file *more;
	size_t size;

	if (w->count == w->size) {
		size = w->size == 0 ? 64 : 2 * w->size;
		more = arena_array(&w->arena, size, sizeof(*more));
		if (more == NULL)
			return;
		if (w->count > 0)
			memcpy(more, w->files, w->count * sizeof(*more));
		w->files = more;
		w->size = size;
	}
	w->files[w->count++] = (struct digest_file){ path, *st };
}

/* A folder, to be read and closed; NULL: it cannot be read. */
static DIR *
digest_open(struct digest_walk *w, int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL)
		w->unreadable = true;
	if (dir == NULL && fd >= 0)
		close(fd);
	return dir;
}

static bool
digest_is_parts(struct bytes name)
{
	return name.len > 2 && memcmp(name.data + name.len - 2, ".d", 2) == 0 &&
	    event_word_valid((struct bytes){ name.data, name.len - 2 });
}

/* All that is executable in a folder and can be a handler by its name, and in
 * its folders "event.d". */
static void
digest_walk_folder(struct digest_walk *w, int at, const char *name,
    const char *path, bool parts)
{
	DIR *dir = digest_open(w, at, name);
	struct dirent *e;
	struct bytes file;
	struct stat st;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		file = bytes_of(e->d_name);
		if (!(parts ? handler_part_valid(file) :
		    handler_name_valid(file) || digest_is_parts(file)) ||
		    fstatat(dirfd(dir), e->d_name, &st, 0) != 0)
			continue;
		file = arena_printf(&w->arena, "%s/%s", path, e->d_name);
		if (file.data == NULL)
			break;
		if (digest_may_run(&st))
			digest_add(w, file.data, &st);
		else if (!parts && S_ISDIR(st.st_mode) &&
		    digest_is_parts(bytes_of(e->d_name)))
			digest_walk_folder(w, dirfd(dir), e->d_name, file.data,
			    true);
	}
	if (dir != NULL)
		closedir(dir);
}

static int
digest_by_path(const void *a, const void *b)
{
	return strcmp(((const struct digest_file *)a)->path,
	    ((const struct digest_file *)b)->path);
}

/* The sources' folders, and on_dead. */
static void
digest_walk_all(struct digest_walk *w, const struct config *c)
{
	DIR *dir = digest_open(w, AT_FDCWD, c->handlers_dir);
	struct dirent *e;
	struct stat st;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (event_word_valid(bytes_of(e->d_name)) &&
		    fstatat(dirfd(dir), e->d_name, &st, 0) == 0 &&
		    S_ISDIR(st.st_mode))
			digest_walk_folder(w, dirfd(dir), e->d_name,
			    arena_copy(&w->arena, bytes_of(e->d_name)).data,
			    false);
	if (dir != NULL)
		closedir(dir);
	if (c->on_dead != NULL && stat(c->on_dead, &st) == 0 &&
	    digest_may_run(&st))
		digest_add(w, c->on_dead, &st);
	if (w->count > 0)
		qsort(w->files, w->count, sizeof(*w->files), digest_by_path);
}

/* --- what they are -------------------------------------------------------- */

static enum status
digest_of(struct buf *b, unsigned char out[SHA256_LEN], struct reason *why)
{
	enum status st = b->failed ? ST_BUSY : sha256(buf_bytes(b), out);

	buf_free(b);
	return st == ST_OK ? st : fail(why, st, "no memory");
}

/* By this a change is noticed. */
static enum status
digest_stamp(const struct digest_walk *w, unsigned char out[SHA256_LEN],
    bool *settled, struct reason *why)
{
	const int64_t now_s = clock_wall_ms() / 1000;
	struct buf b = BUF(TEXT_MAX);
	const struct stat *st;
	size_t i;

	*settled = true;
	for (i = 0; i < w->count; i++) {
		st = &w->files[i].st;
		buf_printf(&b, "%s %llu %llu %lld %o %lld.%ld %lld.%ld\n",
		    w->files[i].path, (unsigned long long)st->st_dev,
		    (unsigned long long)st->st_ino, (long long)st->st_size,
		    (unsigned)st->st_mode, (long long)st->st_mtim.tv_sec,
		    st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec,
		    st->st_ctim.tv_nsec);
		if (st->st_ctim.tv_sec > now_s - SETTLED_S &&
		    st->st_ctim.tv_sec <= now_s + SETTLED_S)
			*settled = false;
	}
	return digest_of(&b, out, why);
}

/* A symlink's target is what counts. */
static enum status
digest_add_content(struct buf *b, const struct digest_file *f,
    const struct config *c, struct arena *a, struct reason *why)
{
	struct bytes path = path_join(a, bytes_of(c->handlers_dir),
	    bytes_of(f->path)), content;
	unsigned char sum[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	enum status st = arena_verdict(a, ST_OK, why);

	if (st == ST_OK)
		st = file_read(path.data, DIGEST_FILE_MAX, a, &content, NULL,
		    why);
	if (st == ST_OK)
		st = sha256(content, sum);
	if (st == ST_BUSY)
		return st;
	buf_printf(b, "%s %lld ", f->path, (long long)f->st.st_size);
	if (st == ST_OK) {
		hex_encode(sum, sizeof(sum), hex);
		buf_add_str(b, hex);
	}
	buf_add_char(b, '\n');
	return ST_OK;
}

static enum status
digest_contents(const struct digest_walk *w, const struct config *c,
    unsigned char out[SHA256_LEN], struct reason *why)
{
	struct arena a = ARENA(0);
	struct buf b = BUF(TEXT_MAX);
	enum status st = ST_OK;
	size_t i;

	buf_add(&b, (struct bytes){ (const char *)c->rules_digest,
	    sizeof(c->rules_digest) });
	for (i = 0; i < w->count && st == ST_OK; i++) {
		st = digest_add_content(&b, &w->files[i], c, &a, why);
		arena_reset(&a);
	}
	arena_free(&a);
	if (st != ST_OK) {
		buf_free(&b);
		return st;
	}
	return digest_of(&b, out, why);
}

/* --- a look --------------------------------------------------------------- */

static enum status
digest_renew(struct digest *d, const struct digest_walk *w,
    const struct config *c, bool *changed, struct reason *why)
{
	unsigned char stamp[SHA256_LEN], sum[SHA256_LEN];
	char text[2 * SHA256_LEN + 1];
	bool settled;
	enum status st = digest_stamp(w, stamp, &settled, why);

	if (st != ST_OK || (d->settled && d->text[0] != '\0' &&
	    memcmp(stamp, d->stamp, sizeof(stamp)) == 0 &&
	    memcmp(c->rules_digest, d->rules, sizeof(d->rules)) == 0))
		return st;
	st = digest_contents(w, c, sum, why);
	if (st != ST_OK)
		return st;
	hex_encode(sum, sizeof(sum), text);
	*changed = strcmp(text, d->text) != 0;
	memcpy(d->text, text, sizeof(text));
	memcpy(d->stamp, stamp, sizeof(stamp));
	memcpy(d->rules, c->rules_digest, sizeof(d->rules));
	d->settled = settled;
	return ST_OK;
}

enum status
digest_look(struct digest *d, const struct config *c, bool *changed,
    struct reason *why)
{
	struct digest_walk w = { .arena = ARENA(0) };
	enum status st;

	*changed = false;
	digest_walk_all(&w, c);
	st = arena_verdict(&w.arena, ST_OK, why);
	if (st == ST_OK && (!w.unreadable || d->text[0] == '\0'))
		st = digest_renew(d, &w, c, changed, why);
	arena_free(&w.arena);
	return st;
}
