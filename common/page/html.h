#ifndef CGIHOOK_HTML_H
#define CGIHOOK_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "bytes.h"

/*
 * The one place that writes HTML. Markup is a literal of ours (html_lit takes
 * nothing else); whatever a stranger may have written is text (html_text), and
 * so can neither open an element nor end an attribute.
 */
struct html {
	struct buf out;
	int64_t now_ms;			/* ages are measured from it */
	bool local;			/* times are in the zone that tzset(3)
					   has set, and not in UTC */
};

enum { HTML_LIMIT = 32 * 1024 * 1024 };

#define HTML(now) ((struct html){ .out = BUF(HTML_LIMIT), .now_ms = (now) })

/** html_lit - a literal, as it is: html_lit(h, "<p>") */
#define html_lit(h, s) html_literal((h), "" s "", sizeof(s) - 1)

void
html_literal(struct html *h, const char *s, size_t len);

/**
 * html_text - text, or an attribute's value between double quotes
 *
 * Effect:  & < > " ' are escaped. A byte that is not UTF-8 and a character that
 *          is invisible or turns the writing direction is shown as \xHH;
 *          newline and tab stay.
 */
void
html_text(struct html *h, struct bytes text);

/** html_str - the same of a C string; NULL is "" */
void
html_str(struct html *h, const char *text);

void
html_int(struct html *h, int64_t n);

/** html_percent - text as a part of an address, each byte but letters, digits
 *  and "-._~" as %HH */
void
html_percent(struct html *h, struct bytes text);

/** html_time - <time>, with the second of a moment, and its zone for programs;
 *  nothing for 0 */
void
html_time(struct html *h, int64_t ms);

/** html_age - <time> with how long ago a moment was: "5 min ago" */
void
html_age(struct html *h, int64_t ms);

/** html_zone - the name of the zone in which times are shown */
void
html_zone(struct html *h);

/** html_take - what was written, the arena's; absent where an append failed,
 *  and then the arena has failed, too */
struct bytes
html_take(struct html *h, struct arena *a);

#endif
