#include "guess_mac.h"

#include <string.h>

#include "codec.h"
#include "guess_key.h"

/* So many bytes may be hashed some thousand times over. */
enum { EDIT_TEXT_MAX = 128 * 1024 };

/* --- forms -------------------------------------------------------------- */

/* What is wrong with a MAC in this form: where base64 is wanted; where
 * hexadecimal digits are. */
static const char *const form_words[MAC_FORMS][2] = {
	[MAC_BASE64] = { NULL, "it is written as base64, and must be written "
	    "as 64 lower-case hexadecimal digits" },
	[MAC_HEX] = { "it is written in hexadecimal (hexdigest), and must be "
	    "the base64 of the 32 bytes (digest)", NULL },
	[MAC_BASE64_OF_HEX] = { "it is the base64 of the hexadecimal digits "
	    "(hexdigest), and must be that of the 32 bytes (digest)", "it is "
	    "the base64 of the hexadecimal digits, and must be the digits "
	    "alone" },
	[MAC_UPPER_HEX] = { "it is written in hexadecimal (hexdigest), and "
	    "must be the base64 of the 32 bytes (digest)", "its hexadecimal "
	    "digits are in upper case, and must be in lower case" },
	[MAC_BASE64_RELAXED] = { "it is base64 for URLs or without the = at "
	    "its end, and must be the common base64 of RFC 4648 4",
	    "it is written as base64, and must be written as 64 lower-case "
	    "hexadecimal digits" },
};

bool
guess_read_mac(struct bytes text, bool blind, enum mac_form wanted,
    struct guess_mac *out)
{
	enum mac_form form;

	if (!mac_read(text, blind, &form, &out->mac))
		return false;
	out->words = form_words[form][wanted == MAC_BASE64 ? 0 : 1];
	out->place = NULL;
	return true;
}

/* --- searching ---------------------------------------------------------- */

struct found {
	const struct guess_mac *mac;
	const struct guess_signed *text;
	const char *key_words;
};

static const struct guess_mac *
guess_which_mac(const struct guess_search *s, const unsigned char *mac)
{
	for (size_t i = 0; i < s->mac_count; i++)
		if (mac_equal(&s->macs[i].mac, mac))
			return &s->macs[i];
	return NULL;
}

static bool
guess_try_key(const struct guess_search *s, struct bytes key,
    const struct guess_signed *text, struct found *f)
{
	unsigned char mac[SHA256_LEN];

	if (text->text.data == NULL || key.data == NULL ||
	    hmac_sha256(key, text->text, mac) != ST_OK)
		return false;
	f->mac = guess_which_mac(s, mac);
	f->text = text;
	return f->mac != NULL;
}

/* Every way to get the secret wrong, with every text. */
static bool
guess_try_ways(const struct guess_search *s, struct bytes secret,
    struct arena *a, struct found *f)
{
	const char *words;
	struct bytes key;

	for (size_t k = 0; guess_key(secret, k, a, &key, &words); k++)
		for (size_t t = 0; t < s->text_count; t++)
			if (guess_try_key(s, key, &s->texts[t], f)) {
				f->key_words = words;
				return true;
			}
	return false;
}

static bool
guess_try_edits(const struct guess_search *s, struct bytes secret,
    struct arena *a, struct found *f)
{
	struct guess_edit e;
	struct bytes key;

	if (s->texts[0].text.len > EDIT_TEXT_MAX)
		return false;
	guess_edit_begin(&e, secret);
	while (guess_edit_next(&e, &key)) {
		if (guess_try_key(s, key, &s->texts[0], f)) {
			f->key_words = guess_edit_words(&e, a).data;
			return true;
		}
	}
	return false;
}

/* Not an HMAC of the text under the secret, but something near it. */
static const char *
guess_try_swapped(const struct guess_search *s, struct bytes secret,
    struct arena *a, struct found *f)
{
	const struct guess_signed *right = &s->texts[0];
	unsigned char mac[SHA256_LEN];
	struct bytes joined;
	char *p;

	if (right->text.data == NULL || secret.len == 0)
		return NULL;
	f->text = right;
	if (hmac_sha256(right->text, secret, mac) == ST_OK &&
	    (f->mac = guess_which_mac(s, mac)) != NULL)
		return "key and message are swapped: the secret must be the "
		    "key, and the text the message";
	p = arena_alloc(a, 2 * secret.len + right->text.len);
	if (p == NULL)
		return NULL;
	memcpy(p, secret.data, secret.len);
	memcpy(p + secret.len, right->text.data, right->text.len);
	memcpy(p + secret.len + right->text.len, secret.data, secret.len);
	joined = (struct bytes){ p, secret.len + right->text.len };
	for (int i = 0; i < 2; i++, joined.data += secret.len)
		if (sha256(joined, mac) == ST_OK &&
		    (f->mac = guess_which_mac(s, mac)) != NULL)
			return "it is the SHA-256 of the secret and the text "
			    "put together, and must be their HMAC-SHA256";
	if (sha256(right->text, mac) == ST_OK &&
	    (f->mac = guess_which_mac(s, mac)) != NULL)
		return "it is the SHA-256 of the text, made without any "
		    "secret, and must be an HMAC-SHA256";
	return NULL;
}

static bool
guess_try_others(const struct guess_search *s, struct arena *a, struct found *f)
{
	for (size_t i = 0; i < s->c->count; i++) {
		const struct source *other = &s->c->all[i];

		if (other == s->c->source)
			continue;
		for (size_t j = 0; j < other->secret_count; j++)
			for (size_t t = 0; t < s->text_count; t++) {
				if (!guess_try_key(s, secret_bytes(
				    &other->secrets[j]), &s->texts[t], f))
					continue;
				f->key_words = arena_printf(a, "is that of the "
				    "source %s", other->name).data;
				return true;
			}
	}
	return false;
}

static void
guess_say(const struct found *f, const char *instead, struct arena *a,
    struct guesses *out)
{
	if (f->key_words != NULL)
		guess_add(out, a, "the sender's secret %s", f->key_words);
	if (instead != NULL)
		guess_add(out, a, "the signature: %s", instead);
	if (f->text->words != NULL)
		guess_add(out, a, "%s", f->text->words);
	if (f->mac->words != NULL)
		guess_add(out, a, "the signature: %s", f->mac->words);
	if (f->mac->place != NULL)
		guess_add(out, a, "the signature: %s", f->mac->place);
}

void
guess_search(const struct guess_search *s, struct guesses *out)
{
	const struct source *source = s->c->source;
	struct arena *a = s->c->arena;
	struct found f = { NULL, NULL, NULL };
	const char *instead = NULL;
	bool found = false;

	if (s->mac_count == 0 || s->text_count == 0)
		return;
	for (size_t i = 0; i < source->secret_count && !found; i++)
		found =
		    guess_try_ways(s, secret_bytes(&source->secrets[i]), a, &f);
	if (!found)
		found = guess_try_others(s, a, &f);
	for (size_t i = 0; i < source->secret_count && !found; i++) {
		instead = guess_try_swapped(s,
		    secret_bytes(&source->secrets[i]), a, &f);
		found = instead != NULL;
	}
	for (size_t i = 0; i < source->secret_count && !found; i++)
		found = guess_try_edits(s, secret_bytes(&source->secrets[i]), a,
		    &f);
	if (found)
		guess_say(&f, instead, a, out);
}
