#ifndef CGIHOOK_REMOTE_H
#define CGIHOOK_REMOTE_H

#include <stdbool.h>

/**
 * remote_is_folder - whether the folder is on a file system of other machines,
 * or of a process (FUSE): there, processes share no memory by a mapped file,
 * and inotify(7) does not report what others change
 *
 * Takes:   dirfd, open in any way.
 * Returns: true also where it cannot be told.
 */
bool
remote_is_folder(int dirfd);

#endif
