#include "explain_steps.h"

#include <string.h>

#include "buf.h"
#include "codec.h"
#include "crypto.h"
#include "date.h"
#include "digest.h"
#include "httpsig.h"
#include "out.h"
#include "view_text.h"

enum { TEXT_MAX = 8192 };

/* printf's argument for a text: newlines as \n, quotes as a shell has them. */
static struct bytes
printf_word(struct bytes text, struct arena *a)
{
	struct buf b = BUF(TEXT_MAX);

	while (text.len > 0) {
		size_t len = utf8_char_len(text);
		struct bytes one = { text.data, len > 0 ? len : 1 };
		char c = one.data[0];

		if (c == '\n')
			buf_add_str(&b, "\\n");
		else if (c == '\'')
			buf_add_str(&b, "'\\''");
		else if (c == '%' || c == '\\')
			buf_printf(&b, "%c%c", c, c);
		else if (len == 0 || utf8_unseen(one))
			for (size_t i = 0; i < one.len; i++)
				buf_printf(&b, "\\%03o",
				    (unsigned)(unsigned char)one.data[i]);
		else
			buf_add(&b, one);
		text = bytes_from(text, one.len);
	}
	return buf_take(&b, a);
}

static void
explain_digest(struct steps *s, const struct message *m)
{
	unsigned char hash[SHA256_LEN];
	char text[48];
	struct bytes value;
	struct reason why;

	if (sha256(m->body, hash) != ST_OK)
		return;
	base64_encode(hash, sizeof(hash), text);
	if (message_headers(m, "digest", &value) != 1)
		steps_add(s, STEP_BAD, "digest", "there is no Digest, or more "
		    "than one; for this body it is SHA-256=%s", text);
	else if (digest_check(value, m->body, &why) != ST_OK)
		steps_add(s, STEP_BAD, "digest", "%.*s\nbut for this body it "
		    "is SHA-256=%s", (int)value.len, value.data, text);
	else
		steps_add(s, STEP_OK, "digest", "%.*s matches the body",
		    (int)value.len, value.data);
}

static void
explain_date(struct steps *s, const struct source *source,
    const struct message *m)
{
	char age[32], most[32];
	struct bytes value;
	int64_t ms, off_ms;

	if (message_headers(m, "date", &value) != 1 ||
	    !date_parse_http(value, m->received_ms, &ms)) {
		steps_add(s, STEP_BAD, "date", "there is no Date, or it is not "
		    "an HTTP date such as Sun, 22 Nov 2026 04:37:44 GMT");
		return;
	}
	off_ms = m->received_ms - ms;
	view_duration(off_ms < 0 ? -off_ms : off_ms, age, sizeof(age));
	view_duration(source->max_age_ms, most, sizeof(most));
	if (off_ms > source->max_age_ms)
		steps_add(s, STEP_BAD, "date", "%.*s is %s old, and max_age is "
		    "%s\n(for a request that was recorded then, say --at '%.*s'"
		    ")", (int)value.len, value.data, age, most, (int)value.len,
		    value.data);
	else if (-off_ms > source->max_age_ms)
		steps_add(s, STEP_BAD, "date", "%.*s is %s in the future, and "
		    "max_age is %s: one of the clocks is wrong",
		    (int)value.len, value.data, age, most);
	else
		steps_add(s, STEP_OK, "date", "%.*s, %s %s", (int)value.len,
		    value.data, age, off_ms < 0 ? "ahead" : "old");
}

/* The signing string with its newlines to be seen. */
static struct bytes
visible(struct bytes text, struct arena *a)
{
	struct buf b = BUF(TEXT_MAX);

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\n')
			buf_add_str(&b, " ⏎");
		buf_add_char(&b, text.data[i]);
	}
	return buf_take(&b, a);
}

static void
explain_params(struct steps *s, const struct source *source,
    const struct httpsig *sig)
{
	struct buf b = BUF(TEXT_MAX);
	bool covered = httpsig_covers(sig, "date") &&
	    httpsig_covers(sig, "digest");
	bool named = source->key_id == NULL ||
	    bytes_is(sig->key_id, source->key_id);

	for (size_t i = 0; i < sig->header_count; i++) {
		buf_add_str(&b, i == 0 ? "" : " ");
		buf_add(&b, sig->headers[i]);
	}
	steps_add(s, named ? STEP_OK : STEP_BAD, "parameters", "keyId "
	    "\"%.*s\"%s, algorithm %.*s", (int)sig->key_id.len,
	    sig->key_id.data, named ? "" : " (the source has another key_id)",
	    sig->algorithm.data == NULL ? 11 : (int)sig->algorithm.len,
	    sig->algorithm.data == NULL ? "hmac-sha256" : sig->algorithm.data);
	steps_add(s, covered ? STEP_OK : STEP_BAD, "signed headers", "%.*s%s",
	    (int)b.len, b.data == NULL ? "" : b.data, covered ? "" :
	    ": date and digest both have to be among them");
	buf_free(&b);
}

/* What Drone would have signed, whether or not the parameters could be read. */
static void
command_drone(struct steps *s, const struct source *source,
    const struct message *m, struct bytes text, bool reveal)
{
	struct bytes date, word;
	unsigned char hash[SHA256_LEN];
	char digest[48];

	if (text.data == NULL) {
		if (message_headers(m, "date", &date) != 1)
			date = BYTES("…");
		if (sha256(m->body, hash) != ST_OK)
			return;
		base64_encode(hash, sizeof(hash), digest);
		text = arena_printf(s->arena, "date: %.*s\ndigest: SHA-256=%s",
		    (int)date.len, date.data, digest);
	}
	word = text.data == NULL ? text : printf_word(text, s->arena);
	if (word.data == NULL)
		return;
	s->command = arena_printf(s->arena, "printf '%s' |\n    openssl dgst "
	    "-sha256 -hmac \"$SECRET\" -binary | base64", word.data);
	if (reveal)
		steps_reveal(s, source, text, true);
}

void
steps_drone(struct steps *s, const struct source *source,
    const struct message *m, bool reveal)
{
	struct bytes params, text = BYTES_NONE, header;
	struct httpsig sig;
	struct reason why;

	if (httpsig_find(m, &params, &why) != ST_OK) {
		steps_add(s, STEP_BAD, "header", "%s", why.text);
	} else {
		steps_add(s, STEP_OK, "header", "%s", message_headers(m,
		    "signature", &header) == 0 ?
		    "Authorization: Signature" : "Signature");
		if (httpsig_parse(params, m->blind, s->arena, &sig,
		    &why) != ST_OK) {
			steps_add(s, STEP_BAD, "parameters", "%s", why.text);
		} else {
			explain_params(s, source, &sig);
			if (httpsig_signing_string(&sig, m, s->arena, &text,
			    &why) != ST_OK)
				steps_add(s, STEP_BAD, "signing string", "%s",
				    why.text);
		}
	}
	if (text.data != NULL) {
		header = visible(text, s->arena);
		steps_add(s, STEP_OK, "signing string", "%.*s",
		    (int)header.len, header.data == NULL ? "" : header.data);
		steps_mac(s, source, text, &sig.mac, 1);
	}
	explain_digest(s, m);
	explain_date(s, source, m);
	command_drone(s, source, m, text, reveal);
}
