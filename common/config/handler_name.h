#ifndef CGIHOOK_HANDLER_NAME_H
#define CGIHOOK_HANDLER_NAME_H

#include <stdbool.h>

#include "bytes.h"

/** handler_name_valid - whether any event can look for such a name: "build",
 *  "build.failure", "build.d/10-mail" */
bool
handler_name_valid(struct bytes name);

/** handler_part_valid - whether run-parts(8) would run this name, which no file
 *  has that an editor leaves behind: [A-Za-z0-9_-]+ */
bool
handler_part_valid(struct bytes name);

#endif
