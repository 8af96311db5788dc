#ifndef CGIHOOK_MADE_UP_H
#define CGIHOOK_MADE_UP_H

#include "arena.h"
#include "bytes.h"
#include "sample.h"
#include "source.h"
#include "status.h"

/* Made-up events of a configured source, whether a provider or its own section
 * says what they are. */

/** made_up_words - fill in the words that were not given, and check them
 *
 *  Returns: as sample_complete; ST_MALFORMED also for a status that the
 *           source's section does not say the place of. */
enum status
made_up_words(const struct source *s, struct sample_words *words,
    struct reason *why);

/** made_up_body - a body that says them, new each time; ST_SYSTEM without
 *  random numbers, otherwise as sample_make and sample_by_recipe */
enum status
made_up_body(const struct source *s, const struct sample_words *words,
    int64_t now_ms, struct arena *a, struct bytes *out, struct reason *why);

#endif
