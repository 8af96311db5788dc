#ifndef CGIHOOK_FILE_H
#define CGIHOOK_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "arena.h"
#include "bytes.h"
#include "status.h"

/**
 * file_read - a whole file, bounded
 *
 * Returns: ST_OK with *out and *st set; ST_UNKNOWN when there is none;
 *          ST_TOO_BIG; ST_SYSTEM with the errno's words in *why.
 * Owns:    *out is the arena's, a NUL behind it (not counted).
 * Effect:  the descriptor is close-on-exec and closed again. st, where not
 *          NULL, is of the file that was read.
 */
enum status
file_read(const char *path, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct stat *st, struct reason *why);

/**
 * file_read_at - likewise, a file in a folder that strangers may write to
 *
 * Returns: ST_SYSTEM, too, for a link, a pipe, or what else is no regular file;
 *          never waits for one.
 */
enum status
file_read_at(int dirfd, const char *name, size_t limit_bytes, struct arena *a,
    struct bytes *out, struct reason *why);

/**
 * file_read_into - what fd still has, past EINTR and short reads
 *
 * Takes:   p, of size bytes, of which *len are used already.
 * Returns: ST_OK at its end, *len grown; ST_TOO_BIG when the end does not come
 *          within size bytes; ST_SYSTEM with errno.
 */
enum status
file_read_into(int fd, char *p, size_t size, size_t *len);

/**
 * file_write_all - all of b to fd, past EINTR and short writes
 */
enum status
file_write_all(int fd, struct bytes b, struct reason *why);

/**
 * folder_names - to read a folder's names, from the first on
 *
 * Takes:   dirfd, of the folder, which may be O_PATH; it stays the caller's.
 * Returns: for closedir(3); NULL where it cannot be read, errno set.
 */
DIR *
folder_names(int dirfd);

/**
 * folder_is_bare - is there nothing in a folder? Perhaps it is a mount point,
 *                  and nothing is mounted there
 *
 * Takes:   dirfd, of the folder, which may be O_PATH.
 * Returns: true also for names that begin with a dot alone, and lost+found;
 *          false where it cannot be read, with the errno in *error, else 0;
 *          error may be NULL.
 */
bool
folder_is_bare(int dirfd, int *error);

/** path_join - dir/name; name alone where it is absolute; data NULL when memory
 *  is short. NUL-ended. */
struct bytes
path_join(struct arena *a, struct bytes dir, struct bytes name);

/** path_dir - all before the last slash; "." without one; "/" for the root */
struct bytes
path_dir(struct bytes path);

#endif
