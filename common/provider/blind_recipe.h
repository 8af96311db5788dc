#ifndef CGIHOOK_BLIND_RECIPE_H
#define CGIHOOK_BLIND_RECIPE_H

#include <stdbool.h>

#include "arena.h"
#include "bearer.h"
#include "message.h"
#include "source.h"

/* What the recipe of a source expects in a header, where the header alone does
 * not say it: Authorization may have a secret or a signature. */

/** blind_recipe_signs - whether it has a signature as the recipe has it: "HMAC
 *  <base64>" */
bool
blind_recipe_signs(const struct source *s, const struct http_header *h);

/** blind_recipe_token - a header's value with the hash of the secret where the
 *  recipe has it, "Token <hash>"; of Basic credentials, that of the password.
 *  Absent where it is in none of the recipe's forms, or without memory. */
struct bytes
blind_recipe_token(const struct source *s, const struct http_header *h,
    const unsigned char salt[BEARER_SALT_LEN], struct arena *a);

#endif
