#include "secret_new.h"

#include "codec.h"
#include "crypto.h"
#include "recipe.h"

enum { SHORT_BYTES = 16, LONG_BYTES = 32 };

const struct scheme *
secret_new_scheme(const struct provider *p)
{
	const struct scheme *s = p->recipe == NULL ? NULL : p->recipe->schemes;
	const struct scheme *first = s;

	while (s != NULL && s->name != NULL && s->secret_prefix != NULL)
		s++;
	return s != NULL && s->name != NULL ? s : first;
}

struct secret_form
secret_new_form(const struct provider *p)
{
	const struct scheme *scheme = p == NULL ? NULL : secret_new_scheme(p);
	struct secret_form f = { SHORT_BYTES, NULL };

	if (scheme == NULL)
		return f;
	if (scheme->algorithm == SCHEME_ED25519) {
		f.random_bytes = LONG_BYTES;
	} else if (scheme->encoding == SECRET_BASE64) {
		f.random_bytes = LONG_BYTES;
		f.prefix = scheme->secret_prefix != NULL ?
		    scheme->secret_prefix : "whsec_";
	}
	return f;
}

const char *
secret_place(const struct provider *p)
{
	return p->recipe != NULL && p->recipe->secret_place != NULL ?
	    p->recipe->secret_place : p->secret_place != NULL ?
	    p->secret_place : "the sender's settings";
}

struct bytes
secret_new(struct secret_form form, struct arena *a)
{
	unsigned char random[LONG_BYTES];
	char text[2 * LONG_BYTES + 1];
	struct bytes out;

	if (crypto_random(random, sizeof(random)) != ST_OK)
		return BYTES_NONE;
	if (form.prefix != NULL)
		base64_encode(random, form.random_bytes, text);
	else
		hex_encode(random, form.random_bytes, text);
	out = arena_printf(a, "%s%s\n", form.prefix == NULL ? "" : form.prefix,
	    text);
	crypto_wipe(random, sizeof(random));
	crypto_wipe(text, sizeof(text));
	return out;
}
