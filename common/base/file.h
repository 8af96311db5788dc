#ifndef CGIHOOK_FILE_H
#define CGIHOOK_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/**
 * file_read - read a whole file, up to a limit
 *
 * Returns: ST_OK with *out and *st set; ST_UNKNOWN when there is none;
 *          ST_TOO_BIG; ST_SYSTEM with the error in *why.
 * Owns:    *out is the arena's, followed by a NUL that does not count.
 * Effect:  st, if not NULL, describes the file that was read.
 */
enum status
file_read(const char *path, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct stat *st, struct reason *why);

/** file_read_fd - the same of what is open, from here on; name: for *why */
enum status
file_read_fd(int fd, const char *name, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct stat *st, struct reason *why);

/**
 * file_read_at - as file_read, in a folder that strangers may write to
 *
 * Returns: ST_SYSTEM also for a link, a pipe and anything else that is not a
 *          regular file; it never waits for one.
 */
enum status
file_read_at(int dirfd, const char *name, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct reason *why);

/**
 * file_read_small - read a file that is known to be small
 *
 * Takes:   dirfd, as openat(2) has it; out of size bytes.
 * Returns: how many bytes were read, size - 1 at most, with a NUL behind them;
 *          -1 with out empty. Never waits, and follows no link in the last
 *          component.
 */
ssize_t
file_read_small(int dirfd, const char *path, char *out, size_t size);

/**
 * file_read_into - read the rest of fd, despite EINTR and short reads
 *
 * Takes:   p, of size bytes, of which *len are used already.
 * Returns: ST_OK at the end, *len grown; ST_TOO_BIG when p is full before the
 *          end; ST_SYSTEM with errno.
 */
enum status
file_read_into(int fd, char *p, size_t size, size_t *len);

/**
 * file_write_all - write all of b to fd, despite EINTR and short writes
 */
enum status
file_write_all(int fd, struct bytes b, struct reason *why);

/**
 * folder_names - open a folder to read its names from the first on
 *
 * Takes:   dirfd, which may be O_PATH; it stays the caller's.
 * Returns: for closedir(3); NULL with errno when it cannot be read.
 */
DIR *
folder_names(int dirfd);

/**
 * folder_is_bare - whether a folder is empty, perhaps because it is a mount
 *                  point with nothing mounted
 *
 * Takes:   dirfd, which may be O_PATH; error, or NULL.
 * Returns: true also when all names begin with a dot or are lost+found; false
 *          when it cannot be read. *error is the errno, or 0.
 */
bool
folder_is_bare(int dirfd, int *error);

/** file_written_ms - when its content last changed, in ms since 1970 */
int64_t
file_written_ms(const struct stat *st);

/** path_join - dir/name, or name if it is absolute; NUL-ended. The data is NULL
 *  without memory. */
struct bytes
path_join(struct arena *a, struct bytes dir, struct bytes name);

/** path_dir - what is before the last slash; "." without a slash; "/" for the
 *  root */
struct bytes
path_dir(struct bytes path);

#endif
