#include "guess_mac.h"

#include <string.h>

#include "codec.h"
#include "guess_key.h"
#include "secret_key.h"

/* So many bytes may be hashed some thousand times over. */
enum { EDIT_TEXT_MAX = 128 * 1024 };

/* --- forms -------------------------------------------------------------- */

/* What is wrong with a MAC in this form: where base64 is wanted; where
 * hexadecimal digits are. '#' is the number of bytes, or of digits. */
static const char *const form_words[MAC_FORMS][2] = {
	[MAC_BASE64] = { NULL, "it is written as base64, and must be written "
	    "as # lower-case hexadecimal digits" },
	[MAC_HEX] = { "it is written in hexadecimal (hexdigest), and must be "
	    "the base64 of the # bytes (digest)", NULL },
	[MAC_BASE64_OF_HEX] = { "it is the base64 of the hexadecimal digits "
	    "(hexdigest), and must be that of the # bytes (digest)", "it is "
	    "the base64 of the hexadecimal digits, and must be the digits "
	    "alone" },
	[MAC_UPPER_HEX] = { "it is written in hexadecimal (hexdigest), and "
	    "must be the base64 of the # bytes (digest)", "its hexadecimal "
	    "digits are in upper case, and must be in lower case" },
	[MAC_BASE64_RELAXED] = { "it is base64 for URLs or without the = at "
	    "its end, and must be the common base64 of RFC 4648 4",
	    "it is written as base64, and must be written as # lower-case "
	    "hexadecimal digits" },
};

bool
guess_read_mac(struct bytes text, bool blind, enum mac_form wanted,
    size_t len, struct arena *a, struct guess_mac *out)
{
	bool hex = wanted == MAC_HEX;
	struct bytes words, before;
	enum mac_form form;

	if (!mac_read_any(text, blind, &form, &out->mac))
		return false;
	words = bytes_of(form_words[form][hex ? 1 : 0]);
	if (bytes_cut(&words, '#', &before))
		before = arena_printf(a, "%.*s%zu%.*s", (int)before.len,
		    before.data, hex ? 2 * len : len, (int)words.len,
		    words.data);
	out->words = before.data;
	out->place = NULL;
	return true;
}

/* --- searching ---------------------------------------------------------- */

struct found {
	const struct guess_mac *mac;
	const struct guess_signed *text;
	const char *key_words;
};

/* The hashes that make MACs of the lengths that are there. */
static const enum hash_kind guess_hashes[] = { HASH_SHA256, HASH_SHA1,
	HASH_SHA512 };

enum { GUESS_HASHES = sizeof(guess_hashes) / sizeof(guess_hashes[0]) };

static bool
guess_hash_is_there(const struct guess_search *s, enum hash_kind kind)
{
	for (size_t i = 0; i < s->mac_count; i++)
		if (s->macs[i].mac.len == hash_len(kind))
			return true;
	return false;
}

static const struct guess_mac *
guess_which_mac(const struct guess_search *s, const unsigned char *mac,
    size_t len)
{
	for (size_t i = 0; i < s->mac_count; i++)
		if (s->macs[i].mac.len == len &&
		    mac_equal(&s->macs[i].mac, mac))
			return &s->macs[i];
	return NULL;
}

/* With a key as it is. */
static bool
guess_try_bytes(const struct guess_search *s, struct bytes key,
    const struct guess_signed *text, struct found *f)
{
	const struct bytes parts[] = { text->before, text->text, text->after };
	unsigned char mac[HASH_MAX_LEN];

	f->text = text;
	f->mac = NULL;
	if (text->text.data == NULL || key.data == NULL)
		return false;
	for (size_t i = 0; i < GUESS_HASHES && f->mac == NULL; i++) {
		enum hash_kind kind = guess_hashes[i];

		if (guess_hash_is_there(s, kind) &&
		    hmac(kind, key, parts, 3, mac) == ST_OK)
			f->mac = guess_which_mac(s, mac, hash_len(kind));
	}
	return f->mac != NULL;
}

/* With a secret, decoded as the scheme has it. */
static bool
guess_try_key(const struct guess_search *s, struct bytes secret,
    const struct guess_signed *text, struct found *f)
{
	struct secret_key key;
	bool found;

	found = secret.data != NULL && secret_key_make(secret,
	    s->scheme == NULL ? SECRET_RAW : s->scheme->encoding, &key);
	if (!found)
		return false;
	found = guess_try_bytes(s, key.bytes, text, f);
	secret_key_wipe(&key);
	return found;
}

/* --- another encoding of the key ----------------------------------------- */

/* How a secret may have become a key where another way is right; what guess_key
 * has is not here. */
static const struct {
	enum secret_encoding right, used;
	const char *prefix;	/* that was removed before; NULL: none */
	const char *words;
} encodings[] = {
	{ SECRET_RAW, SECRET_BASE64, "whsec_",
	    "was decoded from the base64 after whsec_; the key must be the "
	    "text itself, as it is written" },
	{ SECRET_RAW, SECRET_RAW, "whsec_",
	    "lacks whsec_ at its beginning; the key must be the text itself, "
	    "as it is written" },
	{ SECRET_BASE64, SECRET_RAW, NULL,
	    "was not decoded; the key must be the bytes that its base64 "
	    "means" },
	{ SECRET_BASE64, SECRET_RAW, "whsec_",
	    "was not decoded after whsec_ was removed; the key must be the "
	    "bytes that its base64 means" },
	{ SECRET_BASE64, SECRET_HEX, NULL,
	    "was decoded from hexadecimal; the key must be decoded from "
	    "base64" },
	{ SECRET_HEX, SECRET_RAW, NULL,
	    "was not decoded; the key must be the bytes that its hex digits "
	    "mean" },
	{ SECRET_HEX, SECRET_BASE64, NULL,
	    "was decoded from base64; the key must be decoded from "
	    "hexadecimal" },
};

static bool
guess_try_encoding(const struct guess_search *s, struct bytes secret,
    size_t i, struct found *f)
{
	const char *prefix = encodings[i].prefix;
	struct secret_key key;
	bool found = false;

	if (prefix != NULL && !secret_has_prefix(secret, prefix))
		return false;
	if (prefix != NULL)
		secret = bytes_from(secret, strlen(prefix));
	if (!secret_key_make(secret, encodings[i].used, &key))
		return false;
	for (size_t t = 0; t < s->likely_count && !found; t++)
		found = guess_try_bytes(s, key.bytes, &s->texts[t], f);
	secret_key_wipe(&key);
	return found;
}

static bool
guess_try_encodings(const struct guess_search *s, struct bytes secret,
    struct found *f)
{
	enum secret_encoding right = s->scheme == NULL ? SECRET_RAW :
	    s->scheme->encoding;

	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (encodings[i].right != right ||
		    !guess_try_encoding(s, secret, i, f))
			continue;
		f->key_words = encodings[i].words;
		return true;
	}
	return false;
}

/* --- every way ----------------------------------------------------------- */

/* Every way to get the secret wrong, with every text. */
static bool
guess_try_ways(const struct guess_search *s, struct bytes secret,
    struct arena *a, struct found *f)
{
	const char *words;
	struct bytes key;

	for (size_t k = 0; guess_key(secret, k, a, &key, &words); k++) {
		if (k == 1 && guess_try_encodings(s, secret, f))
			return true;
		for (size_t t = 0; t < (k == 0 ? s->text_count :
		    s->likely_count); t++)
			if (guess_try_key(s, key, &s->texts[t], f)) {
				f->key_words = words;
				return true;
			}
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

/* Not an HMAC of the text under the secret, but something near it, of
 * SHA-256. */
static const char *
guess_try_swapped(const struct guess_search *s, struct bytes secret,
    struct arena *a, struct found *f)
{
	const struct bytes whole[] = { s->texts[0].before, s->texts[0].text,
		s->texts[0].after };
	struct bytes text = arena_join(a, whole, 3);
	struct bytes joined[] = { secret, text, secret };
	unsigned char mac[SHA256_LEN];

	if (s->texts[0].text.data == NULL || text.data == NULL ||
	    secret.len == 0)
		return NULL;
	f->text = &s->texts[0];
	if (hmac_sha256(text, secret, mac) == ST_OK &&
	    (f->mac = guess_which_mac(s, mac, SHA256_LEN)) != NULL)
		return "key and message are swapped: the secret must be the "
		    "key, and the text the message";
	for (int i = 0; i < 2; i++)
		if (sha256(arena_join(a, joined + i, 2), mac) == ST_OK &&
		    (f->mac = guess_which_mac(s, mac, SHA256_LEN)) != NULL)
			return "it is the SHA-256 of the secret and the text "
			    "put together, and must be their HMAC-SHA256";
	if (sha256(text, mac) == ST_OK &&
	    (f->mac = guess_which_mac(s, mac, SHA256_LEN)) != NULL)
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

static const char *
guess_hash_name(size_t len)
{
	return len == 20 ? "HMAC-SHA1" : len == 64 ? "HMAC-SHA512" :
	    "HMAC-SHA256";
}

static void
guess_say(const struct found *f, const char *instead, size_t len,
    struct arena *a, struct guesses *out)
{
	if (f->key_words != NULL)
		guess_add(out, a, "the sender's secret %s", f->key_words);
	if (instead != NULL)
		guess_add(out, a, "the signature: %s", instead);
	if (f->text->words != NULL)
		guess_add(out, a, "%s", f->text->words);
	if (f->mac->mac.len != len)
		guess_add(out, a, "the signature: it is an %s, and must be an "
		    "%s", guess_hash_name(f->mac->mac.len),
		    guess_hash_name(len));
	if (f->mac->words != NULL)
		guess_add(out, a, "the signature: %s", f->mac->words);
	if (f->mac->place != NULL)
		guess_add(out, a, "the signature: %s", f->mac->place);
}

bool
guess_search(const struct guess_search *s, struct guesses *out)
{
	const struct source *source = s->c->source;
	struct arena *a = s->c->arena;
	struct found f = { NULL, NULL, NULL };
	const char *instead = NULL;
	size_t before = out->count;
	bool found = false;

	if (s->mac_count == 0 || s->text_count == 0)
		return false;
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
		guess_say(&f, instead, s->scheme == NULL ? SHA256_LEN :
		    scheme_mac_len(s->scheme), a, out);
	return out->count > before;
}
