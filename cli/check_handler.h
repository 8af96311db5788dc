#ifndef CGIHOOK_CHECK_HANDLER_H
#define CGIHOOK_CHECK_HANDLER_H

#include <sys/types.h>

#include "check.h"

/* A file below handlers_dir/source. */
struct check_handler {
	const struct source *source;
	const char *name;	/* "build.failure", "build.d/10-mail" */
	const char *shown;	/* the same after the source's name */
	const char *path;
	mode_t mode;
};

/** check_handler_is_left_over - whether it is a file that editors, packagers
 *  and people leave behind, or a README */
bool
check_handler_is_left_over(const char *name);

/** check_handler_name - whether some event can have this handler; false if it
 *  can never run */
bool
check_handler_name(struct checking *k, const struct check_handler *h);

/** check_handler_script - whether its content can be run, and by which program
 */
void
check_handler_script(struct checking *k, const struct check_handler *h);

#endif
