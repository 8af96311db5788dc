#ifndef CGIHOOK_HANDLER_NAME_H
#define CGIHOOK_HANDLER_NAME_H

#include <stdbool.h>

#include "bytes.h"

/** handler_name_valid - "build", "build.failure", "build.d/10-mail": a name
 *  that an event can ever look for */
bool
handler_name_valid(struct bytes name);

/** handler_part_valid - a name that run-parts(8) would run, nothing an editor
 *  leaves behind: [A-Za-z0-9_-]+ */
bool
handler_part_valid(struct bytes name);

#endif
