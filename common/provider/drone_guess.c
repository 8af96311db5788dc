#include "drone.h"

#include <string.h>

#include "buf.h"
#include "codec.h"
#include "digest.h"
#include "guess_body.h"
#include "guess_mac.h"
#include "httpsig.h"
#include "outgoing.h"

enum { LINES_MAX = 24, TEXT_MAX = 8192 };

/* --- the header's form -------------------------------------------------- */

/* Curly quotes, in UTF-8, made straight. */
static struct bytes
drone_straighten(struct bytes text, struct arena *a, bool *curly)
{
	static const char *const quotes[] = { "“", "”", "„", "‟", "″" };
	struct buf b = BUF(TEXT_MAX);

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

/* What follows name=", whatever comes before it. */
static struct bytes
drone_loose_value(struct bytes params, const char *name)
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
drone_guess_scheme(struct bytes text, struct arena *a, struct guesses *out)
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

/* The parameters, in either header and however they are quoted; absent where
 * there is nothing like a signature. */
static struct bytes
drone_loose_params(const struct message *m, struct arena *a,
    struct guesses *out)
{
	struct bytes text = BYTES_NONE;
	bool curly;

	if (message_headers(m, "signature", &text) == 1) {
		if (message_credentials(text, "signature").data != NULL)
			guess_add(out, a, "the word Signature belongs in "
			    "Authorization only; the header Signature begins "
			    "with keyId=");
		text = drone_straighten(text, a, &curly);
	} else if (message_headers(m, "authorization", &text) == 1) {
		text = drone_straighten(text, a, &curly);
		if (message_credentials(text, "signature").data == NULL &&
		    drone_loose_value(text, "signature").data != NULL)
			drone_guess_scheme(text, a, out);
	} else {
		guess_add(out, a, "there is neither Signature nor "
		    "Authorization: Drone always signs, so something on the "
		    "way removed it (Apache removes Authorization: CGIPassAuth "
		    "On), or the sender is not Drone");
		return BYTES_NONE;
	}
	if (curly)
		guess_add(out, a, "the parameters have curly quotes (“ ”), as "
		    "from a document; they must be straight (\")");
	return text;
}

static void
drone_read_list(struct bytes list, struct httpsig *sig)
{
	struct bytes name;

	while (list.data != NULL && sig->header_count < HTTPSIG_MAX_HEADERS) {
		bytes_cut(&list, ' ', &name);
		if (name.len > 0)
			sig->headers[sig->header_count++] = name;
	}
}

/* --- signing strings ---------------------------------------------------- */

enum names { NAMES_LOWER, NAMES_TITLE, NAMES_NONE };

static const struct {
	const char *between, *behind;	/* the lines; the last one */
	const char *colon;
	enum names names;
	const char *words;
} ways[] = {
	{ "\n", "\n", ": ", NAMES_LOWER, "the signing string ends in a "
	    "newline (echo adds one, printf does not); there must be none "
	    "after the last line" },
	{ "\r\n", "", ": ", NAMES_LOWER, "the lines of the signing string end "
	    "in CR LF; they must be joined by \\n alone" },
	{ "\r\n", "\r\n", ": ", NAMES_LOWER, "the lines of the signing string "
	    "end in CR LF; they must be joined by \\n alone, with none at the "
	    "end" },
	{ ", ", "", ": ", NAMES_LOWER, "the fields were joined by \", \"; "
	    "they must be joined by newlines" },
	{ ",", "", ": ", NAMES_LOWER, "the fields were joined by \",\"; they "
	    "must be joined by newlines" },
	{ " ", "", ": ", NAMES_LOWER, "the fields were joined by blanks; "
	    "they must be joined by newlines" },
	{ "", "", ": ", NAMES_LOWER, "the fields were joined without the "
	    "newlines between them" },
	{ "\\n", "", ": ", NAMES_LOWER, "the fields were joined by a "
	    "backslash and an n; they must be joined by newlines (within "
	    "quotes, \\n may stay as it is)" },
	{ "\n", "", ": ", NAMES_TITLE, "the names in the signing string are "
	    "capitalised (Date:); they must be in lower case (date:)" },
	{ "\n", "", ":", NAMES_LOWER, "a blank is missing after the colons "
	    "of the signing string" },
	{ "\n", "", "", NAMES_NONE, "the names are missing from the signing "
	    "string: each line is \"name: value\", not the value alone" },
	{ "", "", "", NAMES_NONE, "the values alone were signed; each line is "
	    "\"name: value\"" },
};

enum { WAY_COUNT = sizeof(ways) / sizeof(ways[0]) };

static struct bytes
drone_name(struct bytes name, enum names how, struct arena *a)
{
	switch (how) {
	case NAMES_LOWER:
		break;
	case NAMES_TITLE:
		return bytes_of(outgoing_title(arena_cstr(a, name), a));
	case NAMES_NONE:
		return BYTES("");
	}
	return name;
}

/* The right signing string taken apart, and put together in this way. */
static struct bytes
drone_lines_in_way(struct bytes right, size_t way, struct arena *a)
{
	struct buf b = BUF(TEXT_MAX);
	struct bytes line, name;
	bool first = true;

	while (right.data != NULL) {
		bytes_cut(&right, '\n', &line);
		bytes_cut(&line, ':', &name);
		buf_add_str(&b, first ? "" : ways[way].between);
		buf_add(&b, drone_name(name, ways[way].names, a));
		buf_add_str(&b, ways[way].colon);
		buf_add(&b, bytes_trim(line));
		first = false;
	}
	buf_add_str(&b, ways[way].behind);
	return buf_take(&b, a);
}

/* The lines of the right signing string, put together wrongly. As guess_body:
 * index from 0, which is the right one. */
static bool
drone_guess_lines(struct bytes right, const struct message *m, size_t index,
    struct arena *a, struct bytes *text, const char **words)
{
	struct bytes header;

	*words = NULL;
	*text = right;
	if (index == 0)
		return true;
	index--;
	if (index < WAY_COUNT) {
		*words = ways[index].words;
		*text = drone_lines_in_way(right, index, a);
		return true;
	}
	index -= WAY_COUNT;
	if (index == 0) {
		*words = "the body was signed, and not the headers: the "
		    "signing string is made of the listed headers";
		*text = m->body;
		return true;
	}
	*words = "the Digest alone was signed, and not \"date: …\" and "
	    "\"digest: …\"";
	*text = message_headers(m, "digest", &header) == 1 ? header :
	    BYTES_NONE;
	return index == 1;
}

/* --- the digest --------------------------------------------------------- */

static bool
drone_digest_of(struct bytes text, const struct guess_mac *stated)
{
	unsigned char hash[SHA256_LEN];

	return text.data != NULL && sha256(text, hash) == ST_OK &&
	    mac_equal(&stated->mac, hash);
}

static void
drone_guess_digest(const struct message *m, struct arena *a,
    struct guesses *out)
{
	struct bytes value, name, text, digest;
	struct guess_mac stated;
	const char *words;

	if (message_headers(m, "digest", &value) != 1) {
		guess_add(out, a, "there is no Digest: nothing else covers the "
		    "body");
		return;
	}
	if (digest_check(value, m->body, NULL) == ST_OK)
		return;
	digest = value;
	if (!bytes_cut(&digest, '=', &name) || name.len > 8) {
		guess_add(out, a, "the Digest must begin with SHA-256=");
		digest = value;
	} else if (!bytes_is_nocase(name, "SHA-256")) {
		guess_add(out, a, "the Digest is called %.*s; it must be "
		    "SHA-256", (int)name.len, name.data);
	}
	if (!guess_read_mac(digest, false, MAC_BASE64, SHA256_LEN, a,
	    &stated) || stated.mac.len != SHA256_LEN)
		return;
	for (size_t i = 0; guess_body(m->body, i, a, &text, &words); i++) {
		if (!drone_digest_of(text, &stated))
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
drone_guess(const struct guess_case *c, struct guesses *out)
{
	const struct message *m = c->m;
	struct arena *a = c->arena;
	struct bytes params = drone_loose_params(m, a, out), list, right;
	struct httpsig sig = { .algorithm = BYTES_NONE };
	struct guess_signed texts[LINES_MAX];
	struct guess_mac mac;
	struct guess_search s = { .c = c, .macs = &mac, .texts = texts };

	if (params.data == NULL)
		return;
	list = drone_loose_value(params, "headers");
	if (list.data == NULL) {
		guess_add(out, a, "headers=\"date digest\" is missing among "
		    "the parameters: without it only (created) is signed");
		list = BYTES("date digest");
	}
	drone_read_list(list, &sig);
	if (!httpsig_covers(&sig, "date") || !httpsig_covers(&sig, "digest"))
		guess_add(out, a, "both date and digest must be signed: "
		    "headers=\"date digest\"");
	if (message_headers(m, "date", &list) != 1)
		guess_add(out, a, "there is no Date, or more than one");
	memset(texts, 0, sizeof(texts));
	if (httpsig_signing_string(&sig, m, a, &right, NULL) == ST_OK)
		while (s.text_count < LINES_MAX &&
		       drone_guess_lines(right, m, s.text_count, a,
			   &texts[s.text_count].text,
			   &texts[s.text_count].words))
			s.text_count++;
	s.likely_count = s.text_count;
	s.mac_count = guess_read_mac(drone_loose_value(params, "signature"),
	    m->blind, MAC_BASE64, SHA256_LEN, a, &mac) &&
	    mac.mac.len == SHA256_LEN;
	if (s.mac_count == 0)
		guess_add(out, a, "the signature is neither base64 nor "
		    "hexadecimal digits of 32 bytes: it was cut, or is of "
		    "another kind than HMAC-SHA256");
	guess_search(&s, out);
	drone_guess_digest(m, a, out);
}
