#include <string.h>

#include "buf.h"
#include "codec.h"
#include "digest.h"
#include "explain_guess.h"
#include "guess_mac.h"
#include "guess_text.h"
#include "httpsig.h"

enum { LINES_MAX = 24, PARAMS_MAX = 8192 };

/* --- the header's form -------------------------------------------------- */

/* Curly quotes, in UTF-8, made straight. */
static struct bytes
straighten(struct bytes text, struct arena *a, bool *curly)
{
	static const char *const quotes[] = { "“", "”", "„", "‟", "″" };
	struct buf b = BUF(PARAMS_MAX);

	*curly = false;
	for (size_t i = 0; i < text.len; i++) {
		bool found = false;

		for (size_t q = 0; q < 5 && !found; q++)
			found = bytes_has_prefix(bytes_from(text, i),
			    quotes[q]);
		buf_add_char(&b, found ? '"' : text.data[i]);
		i += found ? 2 : 0;
		*curly |= found;
	}
	return buf_take(&b, a);
}

/* What stands behind name="; without caring for what stands before. */
static struct bytes
loose_value(struct bytes params, const char *name)
{
	size_t len = strlen(name);
	struct bytes rest, value;

	for (size_t i = 0; i + len + 1 < params.len; i++) {
		if (memcmp(params.data + i, name, len) != 0 ||
		    params.data[i + len] != '=')
			continue;
		rest = bytes_from(params, i + len + 1);
		if (rest.len > 0 && rest.data[0] == '"') {
			rest = bytes_from(rest, 1);
			bytes_cut(&rest, '"', &value);
			return value;
		}
		bytes_cut(&rest, ',', &value);
		return bytes_trim(value);
	}
	return BYTES_NONE;
}

static void
guess_scheme(struct bytes text, struct arena *a, struct guesses *out)
{
	if (bytes_has_prefix(text, "hmac-key\""))
		guess_add(out, a, "this Authorization is the sample of Drone's "
		    "manual, which cannot be read: a real one is Signature "
		    "keyId=\"hmac-key\",algorithm=\"hmac-sha256\","
		    "signature=\"…\",headers=\"date digest\"");
	else
		guess_add(out, a, "the word Signature is missing in front: "
		    "Authorization: Signature keyId=\"…\",…");
}

/* The parameters, wherever they stand and however they are quoted; absent
 * where there is nothing like a signature. */
static struct bytes
loose_params(const struct message *m, struct arena *a, struct guesses *out)
{
	struct bytes text = BYTES_NONE;
	bool curly;

	if (message_headers(m, "signature", &text) == 1) {
		if (message_credentials(text, "signature").data != NULL)
			guess_add(out, a, "the word Signature belongs into "
			    "Authorization alone; the header Signature begins "
			    "with keyId=");
		text = straighten(text, a, &curly);
	} else if (message_headers(m, "authorization", &text) == 1) {
		text = straighten(text, a, &curly);
		if (message_credentials(text, "signature").data == NULL &&
		    loose_value(text, "signature").data != NULL)
			guess_scheme(text, a, out);
	} else {
		guess_add(out, a, "there is neither Signature nor "
		    "Authorization: Drone always signs, so something on the "
		    "way removed it (Apache removes Authorization: CGIPassAuth "
		    "On), or the sender is not Drone");
		return BYTES_NONE;
	}
	if (curly)
		guess_add(out, a, "the parameters have curly quotes (“ ”), as "
		    "from a document; they have to be straight (\")");
	return text;
}

static void
read_list(struct bytes list, struct httpsig *sig)
{
	struct bytes name;

	while (list.data != NULL && sig->header_count < HTTPSIG_MAX_HEADERS) {
		bytes_cut(&list, ' ', &name);
		if (name.len > 0)
			sig->headers[sig->header_count++] = name;
	}
}

/* --- the digest --------------------------------------------------------- */

static bool
digest_of(struct bytes text, const struct guess_mac *stated)
{
	unsigned char hash[SHA256_LEN];

	return text.data != NULL && sha256(text, hash) == ST_OK &&
	    mac_equal(&stated->mac, hash);
}

static void
guess_digest(const struct message *m, struct arena *a, struct guesses *out)
{
	struct bytes value, name, text, digest;
	struct guess_mac stated;
	const char *words;

	if (message_headers(m, "digest", &value) != 1) {
		guess_add(out, a, "there is no Digest: the body is covered by "
		    "nothing else");
		return;
	}
	if (digest_check(value, m->body, NULL) == ST_OK)
		return;
	digest = value;
	if (!bytes_cut(&digest, '=', &name) || name.len > 8) {
		guess_add(out, a, "the Digest has to begin with SHA-256=");
		digest = value;
	} else if (!bytes_is_nocase(name, "SHA-256")) {
		guess_add(out, a, "the Digest is called %.*s; it has to be "
		    "SHA-256", (int)name.len, name.data);
	}
	if (!guess_read_mac(digest, false, MAC_BASE64, &stated))
		return;
	for (size_t i = 0; guess_body(m->body, i, a, &text, &words); i++) {
		if (!digest_of(text, &stated))
			continue;
		if (words != NULL)
			guess_add(out, a, "the Digest: %s", words);
		if (stated.words != NULL)
			guess_add(out, a, "the Digest: %s", stated.words);
		return;
	}
	guess_add(out, a, "the Digest is that of another body: this one was "
	    "changed on its way, or the Digest was made of something else");
}

/* --- together ----------------------------------------------------------- */

void
guess_drone(const struct source *source, const struct source *all,
    size_t count, const struct message *m, struct arena *a,
    struct guesses *out)
{
	struct bytes params = loose_params(m, a, out), list;
	struct httpsig sig = { .algorithm = BYTES_NONE };
	struct guess_signed texts[LINES_MAX];
	struct guess_mac mac;
	struct guess_search s = { source, all, count, &mac, 0, texts, 0 };

	if (params.data == NULL)
		return;
	list = loose_value(params, "headers");
	if (list.data == NULL) {
		guess_add(out, a, "headers=\"date digest\" is missing among "
		    "the parameters: without it nothing but (created) is "
		    "signed");
		list = BYTES("date digest");
	}
	read_list(list, &sig);
	if (!httpsig_covers(&sig, "date") || !httpsig_covers(&sig, "digest"))
		guess_add(out, a, "both date and digest have to be signed: "
		    "headers=\"date digest\"");
	if (message_headers(m, "date", &list) != 1)
		guess_add(out, a, "there is no Date, or more than one");
	while (s.text_count < LINES_MAX && guess_lines(&sig, m, s.text_count,
	    a, &texts[s.text_count].text, &texts[s.text_count].words))
		s.text_count++;
	s.mac_count = guess_read_mac(loose_value(params, "signature"),
	    m->blind, MAC_BASE64, &mac);
	if (s.mac_count == 0)
		guess_add(out, a, "the signature is neither base64 nor "
		    "hexadecimal digits of 32 bytes: it was cut, or is of "
		    "another kind than HMAC-SHA256");
	guess_search(&s, a, out);
	guess_digest(m, a, out);
}
