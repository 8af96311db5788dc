#ifndef CGIHOOK_REFUSED_FOLDER_H
#define CGIHOOK_REFUSED_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "provider.h"
#include "refused.h"

/* The folder "refused" and the names in it. */

enum { REFUSED_NAMES_MAX = 2 * REFUSED_MAX, REFUSED_NAME_SIZE = 40 };

/* What a file's name says: "r17-s4". */
struct refused_name {
	int64_t number;
	enum nearness near;
	unsigned group;
};

/** refused_name_text - the name, NUL-ended */
void
refused_name_text(const struct refused_name *n, char out[REFUSED_NAME_SIZE]);

/** refused_share - give a file or folder at least this mode, whatever the
 *  umask: responder and runner can be two users of a group */
void
refused_share(int fd, mode_t mode);

/** refused_open_folder - a descriptor, or -1; made where it is missing, if
 *  make; never through a symlink */
int
refused_open_folder(const char *state_dir, bool make);

/** refused_list_names - what is kept, newest first; returns how many */
size_t
refused_list_names(int folder, struct refused_name out[REFUSED_NAMES_MAX]);

/** refused_find_number - the name of this number; false where none has it */
bool
refused_find_number(int folder, int64_t number, struct refused_name *out);

void
refused_remove_name(int folder, const struct refused_name *n);

#endif
