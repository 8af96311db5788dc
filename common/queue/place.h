#ifndef CGIHOOK_PLACE_H
#define CGIHOOK_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

/* Which state folder, and which store in it, a path led to at some time: a
 * backup that is put back is another one under the same name. */
struct place {
	dev_t folder_device, store_device;
	ino_t folder, store;	/* inodes; 0: there was none */
};

/** place_look - what state_dir leads to now */
struct place
place_look(const char *state_dir);

/** place_is_other - whether now is not what was before; where one of them has
 *  no folder, or no store, that one tells nothing */
bool
place_is_other(const struct place *before, const struct place *now);

#endif
