#include "scheme.h"

#include <string.h>

#include "message_signature.h"
#include "secret_key.h"

bool
scheme_pattern(struct bytes element, struct scheme_pattern *out)
{
	static const char *const kinds[] = { "hex", "b64", "token" };
	struct bytes after = element, before;

	if (!bytes_cut(&after, '%', &before) || (after.len > 0 &&
	    memchr(after.data, '%', after.len) != NULL))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i]);

		if (!bytes_has_prefix(after, kinds[i]))
			continue;
		*out = (struct scheme_pattern){ before,
			bytes_from(after, len), { after.data, len } };
		return true;
	}
	return false;
}

/* --- templates ----------------------------------------------------------- */

/* What is between braces. */
static bool
scheme_variable(struct bytes name, struct scheme_part *out)
{
	static const char header[] = "header:";

	*out = (struct scheme_part){ PART_HEADER, name };
	if (bytes_is(name, "body"))
		out->kind = PART_BODY;
	else if (bytes_is(name, "time"))
		out->kind = PART_TIME;
	else if (bytes_has_prefix(name, header))
		out->text = bytes_from(name, strlen(header));
	else
		return false;
	return out->text.len > 0;
}

size_t
scheme_parts(const char *signed_text, struct scheme_part out[SCHEME_PARTS_MAX])
{
	struct bytes rest = bytes_of(signed_text), literal, name;
	size_t n = 0;

	while (rest.data != NULL) {
		bool more = bytes_cut(&rest, '{', &literal);

		if (literal.len > 0 && (n == SCHEME_PARTS_MAX ||
		    memchr(literal.data, '}', literal.len) != NULL))
			return 0;
		if (literal.len > 0)
			out[n++] = (struct scheme_part){ PART_LITERAL,
				literal };
		if (!more)
			break;
		if (n == SCHEME_PARTS_MAX || !bytes_cut(&rest, '}', &name) ||
		    !scheme_variable(name, &out[n++]))
			return 0;
	}
	return n;
}

bool
scheme_signs_header(const struct scheme *s, struct bytes name)
{
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = s->signed_text == NULL ? 0 :
	    scheme_parts(s->signed_text, parts);
	struct bytes time = bytes_of(s->time), place;

	if (s->covers != NULL)
		return message_covers(s->covers, name);
	for (size_t i = 0; i < n; i++)
		if (parts[i].kind == PART_HEADER &&
		    bytes_equal(parts[i].text, name))
			return true;
	return bytes_cut(&time, ':', &place) && bytes_is(place, "header") &&
	    bytes_equal(time, name);
}

/* --- algorithms ---------------------------------------------------------- */

static const struct {
	const char *name, *registered;
	enum hash_kind hash;
	size_t len;
} algorithms[] = {
	[SCHEME_SHA256] = { "HMAC-SHA256", "hmac-sha256", HASH_SHA256, 32 },
	[SCHEME_SHA512] = { "HMAC-SHA512", NULL, HASH_SHA512, 64 },
	[SCHEME_SHA1] = { "HMAC-SHA1", NULL, HASH_SHA1, 20 },
	[SCHEME_ED25519] = { "ed25519", "ed25519", HASH_SHA512, 64 },
	[SCHEME_TOKEN] = { "a token", NULL, HASH_SHA256, 0 },
};

enum hash_kind
scheme_hash(const struct scheme *s)
{
	return algorithms[s->algorithm].hash;
}

size_t
scheme_mac_len(const struct scheme *s)
{
	return algorithms[s->algorithm].len;
}

const char *
scheme_algorithm_name(const struct scheme *s)
{
	return algorithms[s->algorithm].name;
}

const char *
scheme_registered_name(const struct scheme *s)
{
	return algorithms[s->algorithm].registered;
}

/* --- secrets ------------------------------------------------------------- */

bool
scheme_takes(const struct scheme *schemes, const struct scheme *s,
    const char *only, struct bytes secret)
{
	for (const struct scheme *i = schemes; i->name != NULL; i++) {
		if (only != NULL && strcmp(i->name, only) != 0)
			continue;
		if (secret_has_prefix(secret, i->secret_prefix))
			return i == s;
	}
	return false;
}
