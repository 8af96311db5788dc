#ifndef CGIHOOK_PAGE_LINE_H
#define CGIHOOK_PAGE_LINE_H

#include "status.h"

/* The lines of what people and programs look at. */

struct exchange;

/** page_check_head - what can be decided before the body of a form is read: a
 *  stage. Sets x->base. ST_MALFORMED, ST_TOO_BIG */
enum status
page_check_head(struct exchange *x);

/** page_end - who asks, may they, the answer; then line_end */
void
page_end(struct exchange *x);

/** asset_end - the style or the script; then line_end */
void
asset_end(struct exchange *x);

#endif
