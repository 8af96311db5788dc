#include "store_sqlite_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "file.h"

/* One file that has all: not in WAL mode, so that nothing belongs to it. */
static bool
copy_all(struct db *s, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", s->sqlite, "main");
	bool whole;

	if (b == NULL)
		return false;
	/* by its manual, finish may take a store that was busy for copied */
	whole = sqlite3_backup_step(b, -1) == SQLITE_DONE;
	return sqlite3_backup_finish(b) == SQLITE_OK && whole &&
	    sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL,
	    NULL) == SQLITE_OK;
}

static enum status
copy_to(struct db *s, const char *path, struct reason *why)
{
	sqlite3 *to = NULL;
	enum status st = ST_OK;

	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK ||
	    !copy_all(s, to))
		st = fail(why, ST_SYSTEM, "%s: %s", path, to == NULL ?
		    "out of memory" : sqlite3_errmsg(to));
	if (sqlite3_close(to) != SQLITE_OK && st == ST_OK)
		st = fail(why, ST_BUG, "%s cannot be closed", path);
	return st;
}

/* SQLite has synced the file; its name is left. */
static enum status
sync_name(const char *path, struct reason *why)
{
	struct arena a = ARENA(0);
	const char *dir = arena_cstr(&a, path_dir(bytes_of(path)));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status st = ST_OK;

	if (fd < 0 || fsync(fd) != 0)
		st = fail(why, ST_SYSTEM, "the folder of %s: %s", path,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	arena_free(&a);
	return st;
}

enum status
backup_to(struct store *store, const char *path, struct reason *why)
{
	enum status st;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(why, ST_SYSTEM, "%s: %s", path, strerror(errno));
	close(fd);
	st = copy_to(db_of(store), path, why);
	if (st == ST_OK)
		st = sync_name(path, why);
	if (st != ST_OK)
		(void)unlink(path);
	return st;
}
