#ifndef CGIHOOK_PROGRAM_H
#define CGIHOOK_PROGRAM_H

#include "arena.h"
#include "status.h"

/* Where our two programs are. */

/** program_responder - the path of the cgihook.fcgi that belongs to this
 *  command: beside it, or where "make install" puts it; ST_CONFIG names the
 *  places */
enum status
program_responder(struct arena *a, const char **out, struct reason *why);

/** program_self - this command's absolute path; NULL if it is not known */
const char *
program_self(struct arena *a);

#endif
