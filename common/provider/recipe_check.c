#include "recipe.h"

#include <string.h>

#include "codec.h"
#include "reading.h"
#include "secret_key.h"

/* --- a recipe ------------------------------------------------------------ */

/* Whether a header has the secret itself. */
static bool
recipe_is_secret_header(const struct recipe *r, struct bytes name)
{
	for (const struct scheme *s = r->schemes; s->name != NULL; s++)
		if (s->algorithm == SCHEME_TOKEN && s->header != NULL &&
		    bytes_is(name, s->header))
			return true;
	return false;
}

/* A header that is kept, or shown, must not be one that has the secret. */
static enum status
recipe_check_header(const struct recipe *r, const char *key,
    struct bytes name, struct reason *why)
{
	if (!recipe_is_secret_header(r, name))
		return ST_OK;
	return fail(why, ST_CONFIG, "%s: the header %.*s has the secret, and "
	    "the values of other headers are kept", key,
	    (int)(name.len > 80 ? 80 : name.len), name.data);
}

/* Places that are separated by blanks. */
static enum status
recipe_check_places(const struct recipe *r, const char *key,
    const char *places, struct reason *why)
{
	struct bytes rest = bytes_of(places), place, kind;
	enum status st = ST_OK;

	while (rest.data != NULL && st == ST_OK) {
		bytes_cut(&rest, ' ', &place);
		if (bytes_cut(&place, ':', &kind) && bytes_is(kind, "header"))
			st = recipe_check_header(r, key, place, why);
	}
	return st;
}

static enum status
recipe_check_scheme(const struct recipe *r, const struct scheme *s,
    struct reason *why)
{
	struct scheme_part parts[SCHEME_PARTS_MAX];
	enum status st = scheme_check(s, why);
	size_t n = 0;

	for (const struct scheme *o = r->schemes; st == ST_OK && o != s; o++)
		if (strcmp(o->name, s->name) == 0)
			return fail(why, ST_CONFIG, "two schemes are called "
			    "%s", s->name);
	if (st != ST_OK || s->algorithm == SCHEME_TOKEN)
		return st;
	n = scheme_parts(s->signed_text, parts);
	for (size_t i = 0; i < n && st == ST_OK; i++)
		if (parts[i].kind == PART_HEADER)
			st = recipe_check_header(r, "signed", parts[i].text,
			    why);
	if (st == ST_OK)
		st = recipe_check_header(r, "header", bytes_of(s->header),
		    why);
	return st == ST_OK ? recipe_check_places(r, "time", s->time, why) :
	    st;
}

enum status
recipe_check(const struct recipe *r, struct reason *why)
{
	enum status st = ST_OK;

	for (const struct scheme *s = r->schemes; s->name != NULL &&
	    st == ST_OK; s++)
		st = recipe_check_scheme(r, s, why);
	if (st == ST_OK && r->reading != NULL)
		st = recipe_check_places(r, "event", r->reading->event, why);
	if (st == ST_OK && r->reading != NULL)
		st = recipe_check_places(r, "id", r->reading->identity, why);
	return st;
}

/* --- a secret of a source ------------------------------------------------ */

/* Points of a small order, with the sign's bit off: RFC 8032 5.1.2. The last
 * two are 0 and 1 written as p and p + 1. With such a key, one signature in
 * eight is good for anything, whoever made it. */
static bool
recipe_key_is_weak(const unsigned char key[ED25519_KEY_LEN])
{
	static const char *const weak[] = {
		"00000000000000000000000000000000"
		    "00000000000000000000000000000000",
		"01000000000000000000000000000000"
		    "00000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0"
		    "d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f"
		    "2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffff"
		    "ffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffff"
		    "ffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffff"
		    "ffffffffffffffffffffffffffffff7f",
	};
	unsigned char plain[ED25519_KEY_LEN];
	char hex[2 * ED25519_KEY_LEN + 1];

	memcpy(plain, key, sizeof(plain));
	plain[ED25519_KEY_LEN - 1] &= 0x7f;
	hex_encode(plain, sizeof(plain), hex);
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
		if (strcmp(hex, weak[i]) == 0)
			return true;
	return false;
}

static enum status
recipe_check_public_key(struct bytes key, struct reason *why)
{
	if (key.len != ED25519_KEY_LEN)
		return fail(why, ST_CONFIG, "an ed25519 public key has %d "
		    "bytes, and this one %zu", ED25519_KEY_LEN, key.len);
	if (recipe_key_is_weak((const unsigned char *)key.data))
		return fail(why, ST_CONFIG, "it is a weak ed25519 public "
		    "key: with it, strangers could sign as well");
	return ST_OK;
}

/* Whoever knows it could sign, and it is no secret. */
static bool
recipe_is_public(struct bytes secret)
{
	static const char *const begins[] = { "whpk_", "ssh-ed25519 ",
		"ssh-rsa ", "ecdsa-sha2-", "-----BEGIN PUBLIC KEY-----",
		"-----BEGIN RSA PUBLIC KEY-----",
		"-----BEGIN CERTIFICATE-----" };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (secret_has_prefix(secret, begins[i]))
			return true;
	return false;
}

static const struct scheme *
recipe_scheme_of(const struct source *s, struct bytes secret)
{
	const struct recipe *r = source_recipe(s);

	for (const struct scheme *i = r->schemes; i->name != NULL; i++)
		if (scheme_takes(r->schemes, i, s->scheme, secret))
			return i;
	return NULL;
}

/* What came into the file with the secret, and must go. */
static const char *
recipe_odd_end(struct bytes secret)
{
	const char first = secret.len > 0 ? secret.data[0] : '\0';
	const char last = secret.len > 0 ? secret.data[secret.len - 1] : '\0';

	if (first == '"' || first == '\'' || last == '"' || last == '\'')
		return "; remove the quotes around it";
	if (last == '\n' || last == '\r')
		return "; remove the empty line or line end after it";
	if (first == ' ' || first == '\t' || last == ' ' || last == '\t')
		return "; remove the blanks around it";
	return "";
}

enum status
recipe_check_secret(const struct source *s, struct bytes secret,
    struct reason *why)
{
	const struct scheme *scheme;
	struct secret_key key;
	enum status st = ST_OK;

	if (source_recipe(s) == NULL)
		return ST_OK;
	scheme = recipe_scheme_of(s, secret);
	if (scheme == NULL)
		return fail(why, ST_CONFIG, "no scheme of %s takes it: it "
		    "does not begin as the sender's secrets do",
		    s->provider->title);
	if (scheme->algorithm != SCHEME_ED25519 &&
	    scheme->algorithm != SCHEME_TOKEN && recipe_is_public(secret))
		return fail(why, ST_CONFIG, "it is a public key, and %s is "
		    "made with a secret: whoever knows the key could send",
		    scheme_algorithm_name(scheme));
	if (!secret_key_make(secret, scheme->encoding, &key))
		st = fail(why, ST_CONFIG, "it is not written in %s, as the "
		    "secrets of %s are%s", scheme->encoding == SECRET_HEX ?
		    "hexadecimal" : "base64", s->provider->title,
		    recipe_odd_end(secret));
	else if (scheme->algorithm == SCHEME_ED25519)
		st = recipe_check_public_key(key.bytes, why);
	secret_key_wipe(&key);
	return st;
}
