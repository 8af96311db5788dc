#ifndef CGIHOOK_OUT_H
#define CGIHOOK_OUT_H

#include <stdio.h>

#include "arena.h"
#include "bytes.h"
#include "cli.h"
#include "json_out.h"

/* What the command prints. Bytes that strangers wrote pass through here. */

enum out_style { OUT_PLAIN, OUT_BOLD, OUT_GOOD, OUT_WARN, OUT_BAD, OUT_FAINT };

/** out_safe - a line by view_escape, as a C string; "" without memory */
const char *
out_safe(struct cli *c, struct bytes text);

/** out_style - print text, which must be safe, in a style if there is colour */
void
out_style(const struct cli *c, enum out_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** out_json - print the object in a line of its own, and free it
 *
 *  Returns: CLI_DONE, or CLI_FAILED without memory, after a message. */
int
out_json(const struct cli *c, struct cJSON *object);

/** out_heading - an empty line, then one of its own */
void
out_heading(const struct cli *c, const char *text);

/** out_block - print text of several lines, each indented, and made safe also
 *  for a pager or a file */
void
out_block(struct cli *c, const char *indent, struct bytes text);

/** out_state - the style in which a state or result is shown */
enum out_style
out_state(const char *state);

#endif
