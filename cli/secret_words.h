#ifndef CGIHOOK_SECRET_WORDS_H
#define CGIHOOK_SECRET_WORDS_H

#include "secret_use.h"

/** secret_words_age - "34 s", "15 min", "30 days"; "" without memory */
const char *
secret_words_age(int64_t age_ms, struct arena *a);

/** secret_words_ago - "3 h ago", "just now"; "never" for 0 */
const char *
secret_words_ago(int64_t ms, struct arena *a);

/** secret_words_old - a sentence on when the old secret was last needed */
const char *
secret_words_old(const struct secret_use *u, struct arena *a);

#endif
