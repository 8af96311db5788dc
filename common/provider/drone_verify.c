#include "drone.h"

#include "buf.h"
#include "codec.h"
#include "date.h"
#include "digest.h"
#include "httpsig.h"
#include "judgement.h"
#include "outgoing.h"
#include "unit.h"

/* A signer's clock may be ahead of ours by so much: (created) has whole
 * seconds, and the draft allows no time in the future. */
enum { CREATED_SLACK_MS = 5000, TEXT_MAX = 8192, BASE64_MAC_LEN = 48 };

/* A verification under way. */
struct drone_check {
	const struct source *source;
	const struct message *m;
	struct arena *arena;
	struct judgement j;
	struct httpsig sig;
	struct bytes text;	/* the signing string; absent: not made */
	int64_t date_ms;	/* what is signed as Date */
};

/* --- the parameters ------------------------------------------------------ */

/* False where there are none that can be used. */
static bool
drone_read_params(struct drone_check *c)
{
	struct bytes params, header;

	c->j.st = httpsig_find(c->m, &params, c->j.why);
	if (c->j.st != ST_OK) {
		trace_step(c->j.trace, STEP_BAD, "header", "%s",
		    c->j.why == NULL ? "" : c->j.why->text);
		return false;
	}
	trace_step(c->j.trace, STEP_OK, "header", "%s", message_headers(c->m,
	    "signature", &header) == 0 ? "Authorization: Signature" :
	    "Signature");
	c->j.st = httpsig_parse(params, c->m->blind, c->arena, &c->sig,
	    c->j.why);
	if (c->j.st != ST_OK)
		trace_step(c->j.trace, STEP_BAD, "parameters", "%s",
		    c->j.why == NULL ? "" : c->j.why->text);
	return c->j.st == ST_OK;
}

static void
drone_trace_params(const struct drone_check *c, bool named, bool covered)
{
	const struct httpsig *sig = &c->sig;
	struct bytes algorithm = sig->algorithm.data == NULL ?
	    BYTES("hmac-sha256") : sig->algorithm;
	struct buf b = BUF(TEXT_MAX);

	if (c->j.trace == NULL)
		return;
	for (size_t i = 0; i < sig->header_count; i++) {
		buf_add_str(&b, i == 0 ? "" : " ");
		buf_add(&b, sig->headers[i]);
	}
	trace_step(c->j.trace, named ? STEP_OK : STEP_BAD, "parameters",
	    "keyId \"%.*s\"%s, algorithm %.*s", (int)sig->key_id.len,
	    sig->key_id.data, named ? "" : " (the source has another key_id)",
	    (int)algorithm.len, algorithm.data);
	trace_step(c->j.trace, covered ? STEP_OK : STEP_BAD, "signed headers",
	    "%.*s%s", (int)b.len, b.data == NULL ? "" : b.data,
	    covered ? "" : ": date and digest must both be among them");
	buf_free(&b);
}

static enum status
drone_check_params(struct drone_check *c)
{
	const char *key_id = c->source->key_id;
	bool date = httpsig_covers(&c->sig, "date");
	bool digest = httpsig_covers(&c->sig, "digest");
	bool named = key_id == NULL || bytes_is(c->sig.key_id, key_id);

	drone_trace_params(c, named, date && digest);
	/* the MAC is of headers alone: the digest is what makes it the
	 * body's, the date what makes it this request's */
	if (!date)
		return fail(c->j.why, ST_DENIED, "the Date header is not "
		    "signed");
	if (!digest)
		return fail(c->j.why, ST_DENIED, "the Digest header is not "
		    "signed");
	if (!named)
		return fail(c->j.why, ST_DENIED, "the signature's keyId is not "
		    "the source's key_id");
	return ST_OK;
}

/* The signing string with its newlines made visible. */
static void
drone_trace_text(const struct drone_check *c)
{
	struct buf b = BUF(TEXT_MAX);

	if (c->j.trace == NULL)
		return;
	for (size_t i = 0; i < c->text.len; i++) {
		if (c->text.data[i] == '\n')
			buf_add_str(&b, " ⏎");
		buf_add_char(&b, c->text.data[i]);
	}
	trace_step(c->j.trace, STEP_OK, "signing string", "%.*s", (int)b.len,
	    b.data == NULL ? "" : b.data);
	buf_free(&b);
}

static enum status
drone_make_text(struct drone_check *c)
{
	struct reason *why = judge_why(&c->j);
	enum status st = httpsig_signing_string(&c->sig, c->m, c->arena,
	    &c->text, why);

	if (st == ST_OK)
		drone_trace_text(c);
	else
		trace_step(c->j.trace, STEP_BAD, "signing string", "%s",
		    why == NULL ? "" : why->text);
	return st;
}

/* --- what is signed ------------------------------------------------------ */

static enum status
drone_check_digest(struct drone_check *c)
{
	const struct message *m = c->m;
	unsigned char hash[SHA256_LEN];
	char right[BASE64_MAC_LEN] = "";
	struct bytes value;
	enum status st;

	if (c->j.trace != NULL && sha256(m->body, hash) == ST_OK)
		base64_encode(hash, sizeof(hash), right);
	if (message_headers(m, "digest", &value) != 1) {
		trace_step(c->j.trace, STEP_BAD, "digest", "there is no "
		    "Digest, or more than one; for this body it is SHA-256=%s",
		    right);
		return fail(judge_why(&c->j), ST_DENIED, "there is no Digest "
		    "header, or more than one");
	}
	st = digest_check(value, m->body, judge_why(&c->j));
	if (st == ST_OK)
		trace_step(c->j.trace, STEP_OK, "digest", "%.*s matches the "
		    "body", (int)value.len, value.data);
	else
		trace_step(c->j.trace, STEP_BAD, "digest", "%.*s\nbut for this "
		    "body it is SHA-256=%s", (int)value.len, value.data,
		    right);
	return st;
}

static void
drone_trace_date(const struct drone_check *c, struct bytes value,
    int64_t age_ms)
{
	const int64_t max_age_ms = c->source->max_age_ms;
	char age[UNIT_SHOWN_MAX], most[UNIT_SHOWN_MAX];

	unit_show_duration(age_ms < 0 ? -age_ms : age_ms, age);
	unit_show_duration(max_age_ms, most);
	if (age_ms > max_age_ms)
		trace_step(c->j.trace, STEP_BAD, "date", "%.*s is %s old, and "
		    "max_age is %s\n(for a request that was recorded then, say "
		    "--at '%.*s')", (int)value.len, value.data, age, most,
		    (int)value.len, value.data);
	else if (-age_ms > max_age_ms)
		trace_step(c->j.trace, STEP_BAD, "date", "%.*s is %s in the "
		    "future, and max_age is %s: one of the clocks is wrong",
		    (int)value.len, value.data, age, most);
	else
		trace_step(c->j.trace, STEP_OK, "date", "%.*s, %s %s",
		    (int)value.len, value.data, age,
		    age_ms < 0 ? "ahead" : "old");
}

static enum status
drone_check_date(struct drone_check *c)
{
	const struct source *s = c->source;
	struct bytes value;
	int64_t age_ms;

	if (message_headers(c->m, "date", &value) != 1 ||
	    !date_parse_http(value, c->m->received_ms, &c->date_ms)) {
		trace_step(c->j.trace, STEP_BAD, "date", "there is no Date, or "
		    "it is not an HTTP date such as Sun, 22 Nov 2026 04:37:44 "
		    "GMT");
		return fail(judge_why(&c->j), ST_DENIED, "the Date header is "
		    "not an HTTP date");
	}
	age_ms = c->m->received_ms - c->date_ms;
	if (c->j.trace != NULL)
		drone_trace_date(c, value, age_ms);
	if (s->any_age)
		return ST_OK;
	if (age_ms > s->max_age_ms)
		return fail(judge_why(&c->j), ST_DENIED, "the Date header is "
		    "%lld s old, more than max_age",
		    (long long)(age_ms / 1000));
	if (-age_ms > s->max_age_ms)
		return fail(judge_why(&c->j), ST_DENIED, "the Date header is "
		    "%lld s ahead, more than max_age: a clock is wrong",
		    (long long)(-age_ms / 1000));
	return ST_OK;
}

/* --- the whole ----------------------------------------------------------- */

/* The shell command that makes the right signature: what Drone would have
 * signed, whether or not the parameters could be read. */
static void
drone_trace_command(const struct drone_check *c)
{
	struct trace *t = c->j.trace;
	unsigned char hash[SHA256_LEN];
	char digest[BASE64_MAC_LEN];
	struct bytes text = c->text, date, word;

	if (text.data == NULL) {
		if (message_headers(c->m, "date", &date) != 1)
			date = BYTES("…");
		if (sha256(c->m->body, hash) != ST_OK)
			return;
		base64_encode(hash, sizeof(hash), digest);
		text = arena_printf(t->arena, "date: %.*s\ndigest: SHA-256=%s",
		    (int)date.len, date.data, digest);
	}
	word = text.data == NULL ? text : trace_shell_word(text, t->arena);
	if (word.data == NULL)
		return;
	t->command = arena_printf(t->arena, "printf '%s' |\n    openssl dgst "
	    "-sha256 -hmac \"$SECRET\" -binary | base64", word.data);
	source_trace_right(c->source, &(struct signing){ .parts = &text,
	    .part_count = 1 }, MAC_BASE64, t);
}

enum status
drone_verify(const struct source *s, const struct message *m, struct arena *a,
    struct trace *t, struct proof *out, struct reason *why)
{
	struct drone_check c = { .source = s, .m = m, .arena = a,
	    .j = { .trace = t, .why = why }, .text = BYTES_NONE };
	struct proof proof = { .near = NEAR_GENUINE };

	out->near = NEAR_NOT;
	if (drone_read_params(&c)) {
		judge_result(&c.j, drone_check_params(&c));
		if (judge_goes_on(&c.j))
			judge_result(&c.j, drone_make_text(&c));
	}
	if (c.j.st == ST_OK)
		out->near = NEAR_SHAPE;
	if (c.text.data != NULL && judge_goes_on(&c.j))
		judge_result(&c.j, source_find_secret(s, &(struct signing){
		    .parts = &c.text, .part_count = 1 }, &c.sig.mac, 1, a, t,
		    &proof, judge_why(&c.j)));
	if (c.j.st == ST_OK)
		out->near = NEAR_GENUINE;
	if (judge_goes_on(&c.j))
		judge_result(&c.j, drone_check_digest(&c));
	if (judge_goes_on(&c.j))
		judge_result(&c.j, drone_check_date(&c));
	if (c.j.st == ST_OK && !s->any_age)
		c.j.st = httpsig_check_times(&c.sig, m->received_ms,
		    CREATED_SLACK_MS, why);
	if (t != NULL)
		drone_trace_command(&c);
	proof.has_time = true;
	proof.time_ms = c.date_ms;
	if (c.j.st == ST_OK)
		*out = proof;
	return c.j.st;
}

enum status
drone_sign(const struct source *s, struct arena *a, struct outgoing *o,
    struct reason *why)
{
	unsigned char hash[SHA256_LEN], mac[SHA256_LEN];
	char text[BASE64_MAC_LEN], date[30];
	struct bytes digest, to_sign, signature;
	enum status st = sha256(o->body, hash);

	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	base64_encode(hash, sizeof(hash), text);
	digest = arena_printf(a, "SHA-256=%s", text);
	date_format_http(o->now_ms, date);
	to_sign = arena_printf(a, "date: %s\ndigest: %s", date,
	    digest.data == NULL ? "" : digest.data);
	st = hmac_sha256(outgoing_secret(s), to_sign, mac);
	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make an HMAC");
	base64_encode(mac, sizeof(mac), text);
	signature = arena_printf(a, "keyId=\"%s\",algorithm=\"hmac-sha256\","
	    "signature=\"%s\",headers=\"date digest\"",
	    s->key_id == NULL ? "hmac-key" : s->key_id, text);
	outgoing_add(o, "User-Agent", BYTES("Go-http-client/1.1"));
	outgoing_add(o, "Date", arena_copy(a, bytes_of(date)));
	outgoing_add(o, "Digest", digest);
	outgoing_add(o, "Signature", signature);
	if (o->event != NULL)
		outgoing_add(o, "X-Drone-Event", bytes_of(o->event));
	return ST_OK;
}
