#ifndef CGIHOOK_FRAME_H
#define CGIHOOK_FRAME_H

#include <stdbool.h>

#include "html.h"
#include "role.h"

/* What all pages have around their content: head, navigation, a message, foot;
 * and the icons of the states. */

enum frame_section {
	FRAME_NONE, FRAME_EVENTS, FRAME_REFUSED, FRAME_OVERVIEW,
	FRAME_SOURCES, FRAME_OTHER
};

enum frame_tone { FRAME_PLAIN, FRAME_GOOD, FRAME_BAD };

struct frame {
	const char *base;		/* before "/-/"; "" or "/hooks" */
	const char *title;
	enum frame_section section;	/* where this page is */
	const char *user;		/* "" or NULL: nobody is logged in */
	enum role role;
	const char *form_token;		/* of the forms; NULL: none needed */
	const char *message;		/* what came of it; NULL: nothing */
	enum frame_tone tone;
};

/** frame_begin - from the doctype to the beginning of <main> */
void
frame_begin(struct html *h, const struct frame *f);

/** frame_end - the rest */
void
frame_end(struct html *h, const struct frame *f);

/** frame_may - whether who looks has this role, or a higher one */
bool
frame_may(const struct frame *f, enum role role);

/** frame_address - the beginning of an address below the page: base and "/-/"
 *  and what follows, a literal; within an attribute */
#define frame_address(h, f, rest) \
	(html_str((h), (f)->base), html_lit((h), "/-/" rest))

/** frame_form_token - the hidden input that each form of method POST has */
void
frame_form_token(struct html *h, const struct frame *f);

/** frame_state - a state as a shape, a colour and its word: event_state_name,
 *  delivery_state_name, attempt_result_name, "refused" */
void
frame_state(struct html *h, const char *state);

#endif
