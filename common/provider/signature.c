#include "signature.h"

#include <string.h>

#include "content_digest.h"

/* --- elements ------------------------------------------------------------ */

/* A checked scheme has one that can be taken apart. */
static struct scheme_pattern
signature_pattern(const struct scheme *s)
{
	struct scheme_pattern p = { BYTES(""), BYTES(""), BYTES("hex") };

	scheme_pattern(bytes_of(s->element), &p);
	return p;
}

enum mac_form
signature_form(const struct scheme *s)
{
	return bytes_is(signature_pattern(s).kind, "b64") ? MAC_BASE64 :
	    MAC_HEX;
}

const char *
signature_words(const struct scheme *s, struct arena *a)
{
	struct scheme_pattern p = signature_pattern(s);
	size_t len = scheme_mac_len(s);
	bool hex = signature_form(s) == MAC_HEX;

	return arena_cstr(a, arena_printf(a, "%.*s%s%s%zu%s%s%.*s",
	    (int)p.before.len, p.before.data,
	    p.before.len == 0 ? "" : " followed by ",
	    hex ? "" : "the base64 of ", hex ? 2 * len : len,
	    hex ? " lower-case hexadecimal digits" : " bytes",
	    p.after.len == 0 ? "" : " and ", (int)p.after.len,
	    p.after.data));
}

struct bytes
signature_write(const struct scheme *s, const unsigned char *made,
    struct arena *a)
{
	struct scheme_pattern p = signature_pattern(s);
	char text[MAC_TEXT_MAX];
	struct bytes parts[] = { p.before, BYTES_NONE, p.after };

	mac_write(made, scheme_mac_len(s), signature_form(s), text);
	parts[1] = bytes_of(text);
	return arena_join(a, parts, 3);
}

static bool
signature_fits(struct bytes text, const struct scheme_pattern *p,
    struct bytes *mac)
{
	size_t around = p->before.len + p->after.len;

	if (text.len < around ||
	    memcmp(text.data, p->before.data, p->before.len) != 0 ||
	    memcmp(text.data + text.len - p->after.len, p->after.data,
	    p->after.len) != 0)
		return false;
	*mac = (struct bytes){ text.data + p->before.len, text.len - around };
	return true;
}

static enum status
signature_add(struct signature *sig, struct bytes text, bool blind,
    struct reason *why)
{
	const struct scheme *s = sig->scheme;
	struct scheme_pattern p = signature_pattern(s);
	struct bytes mac;

	text = bytes_trim(text);
	/* where a blank separates, several lines may have become one, with
	 * ", " between them (RFC 9110 5.3) */
	if (s->separator == ' ' && text.len > 0 &&
	    text.data[text.len - 1] == ',')
		text.len--;
	if (text.len == 0)	/* RFC 9110 5.6.1.2 */
		return ST_OK;
	if (sig->count == SIGNATURE_ELEMENTS_MAX)
		return fail(why, ST_DENIED, "%s has more than %d elements",
		    s->header, SIGNATURE_ELEMENTS_MAX);
	sig->texts[sig->count++] = text;
	if (signature_fits(text, &p, &mac) && mac_read_as(mac, blind,
	    signature_form(s), scheme_mac_len(s),
	    &sig->macs[sig->mac_count]))
		sig->mac_count++;
	return ST_OK;
}

/* One line of the header. */
static enum status
signature_add_line(struct signature *sig, struct bytes rest, bool blind,
    struct reason *why)
{
	enum status st = ST_OK;
	struct bytes text;

	if (sig->scheme->separator == '\0')
		return signature_add(sig, rest, blind, why);
	while (st == ST_OK && rest.data != NULL) {
		bytes_cut(&rest, sig->scheme->separator, &text);
		st = signature_add(sig, text, blind, why);
	}
	return st;
}

/* An HTTP message signature: one alone counts. */
static enum status
signature_read_message(const struct scheme *s, const struct message *m,
    struct signature *out, struct arena *a, struct reason *why)
{
	enum status st = message_signature_find(s->covers,
	    scheme_registered_name(s), m, a, &out->message, why);

	if (st != ST_OK)
		return st;
	out->texts[out->count++] = out->message.text;
	if (!mac_read_as(out->message.text, m->blind, MAC_BASE64,
	    scheme_mac_len(s), &out->macs[0]))
		return fail(why, ST_DENIED, "signature is not %s, between "
		    "colons", signature_words(s, a));
	out->mac_count = 1;
	return ST_OK;
}

enum status
signature_read(const struct scheme *s, const struct message *m,
    struct signature *out, struct arena *a, struct reason *why)
{
	size_t lines = 0;
	enum status st = ST_OK;

	*out = (struct signature){ .scheme = s };
	if (s->covers != NULL)
		return signature_read_message(s, m, out, a, why);
	for (size_t i = 0; i < m->header_count && st == ST_OK; i++) {
		if (!bytes_is(m->headers[i].name, s->header))
			continue;
		if (lines++ > 0 && s->separator == '\0')
			return fail(why, ST_MALFORMED, "more than one %s "
			    "header", s->header);
		st = signature_add_line(out, m->headers[i].value, m->blind,
		    why);
	}
	if (st != ST_OK)
		return st;
	if (lines == 0)
		return fail(why, ST_DENIED, "there is no %s header: does the "
		    "sender know the secret?", s->header);
	if (out->mac_count == 0)
		return fail(why, ST_DENIED, "%s %s %s", s->header,
		    s->separator == '\0' ? "is not" : "has no",
		    signature_words(s, a));
	return ST_OK;
}

/* --- what was signed ----------------------------------------------------- */

/* A header that was signed. */
static enum status
signature_header(const struct message *m, const char *name,
    struct bytes *out, struct reason *why)
{
	enum status st = message_only_header(m, name, out, why);

	if (st == ST_OK && out->data == NULL)
		st = fail(why, ST_DENIED, "there is no %s header, which is "
		    "signed", name);
	if (st == ST_OK && out->len == 0)
		st = fail(why, ST_DENIED, "the %s header, which is signed, is "
		    "empty", name);
	return st;
}

/* What is behind NAME= in an element of the signature's header. */
static enum status
signature_element(const struct signature *sig, struct bytes name,
    struct bytes *out, struct reason *why)
{
	const char *header = sig->scheme->header;

	*out = BYTES_NONE;
	for (size_t i = 0; i < sig->count; i++) {
		struct bytes value = sig->texts[i], found;

		if (!bytes_cut(&value, '=', &found) ||
		    !bytes_equal(found, name))
			continue;
		if (out->data != NULL)
			return fail(why, ST_MALFORMED, "%s has more than one "
			    "%.*s=", header, (int)name.len, name.data);
		*out = value;
	}
	if (out->len == 0)
		return fail(why, ST_DENIED, "%s has no %.*s=, which is the "
		    "time", header, (int)name.len, name.data);
	return ST_OK;
}

static enum status
signature_time(const struct message *m, struct signature *sig,
    struct reason *why)
{
	struct bytes name = bytes_of(sig->scheme->time), place;
	enum status st = ST_OK;

	if (name.data == NULL)
		return ST_OK;
	bytes_cut(&name, ':', &place);
	if (bytes_is(place, "header"))
		st = signature_header(m, name.data, &sig->time, why);
	else
		st = signature_element(sig, name, &sig->time, why);
	if (st != ST_OK)
		sig->time = BYTES_NONE;
	return st;
}

/* Whether a literal could be read elsewhere than beside a text: it is in the
 * text, or shares bytes with its end, as "::" behind "a:" does. */
static bool
signature_is_ambiguous(struct bytes text, struct bytes literal, bool behind)
{
	size_t same = text.len < literal.len ? text.len : literal.len - 1;

	if (text.len > 0 && memmem(text.data, text.len, literal.data,
	    literal.len) != NULL)
		return true;
	for (; same > 0; same--) {
		const char *own = behind ? text.data + text.len - same :
		    text.data;
		const char *its = behind ? literal.data : literal.data +
		    literal.len - same;

		if (memcmp(own, its, same) == 0 && memcmp(literal.data,
		    literal.data + same, literal.len - same) == 0)
			return true;
	}
	return false;
}

/* A header's value, which must end where the template says. */
static enum status
signature_value(const struct message *m, const struct scheme_part *parts,
    size_t count, size_t i, struct bytes *out, struct reason *why)
{
	char name[SCHEME_HEADER_MAX + 1];
	enum status st;

	*out = BYTES_NONE;
	if (parts[i].text.len > SCHEME_HEADER_MAX)
		return fail(why, ST_BUG, "a signed header has a long name");
	memcpy(name, parts[i].text.data, parts[i].text.len);
	name[parts[i].text.len] = '\0';
	st = signature_header(m, name, out, why);
	if (st == ST_OK && ((i > 0 && parts[i - 1].kind == PART_LITERAL &&
	    signature_is_ambiguous(*out, parts[i - 1].text, false)) ||
	    (i + 1 < count && parts[i + 1].kind == PART_LITERAL &&
	    signature_is_ambiguous(*out, parts[i + 1].text, true))))
		st = fail(why, ST_DENIED, "the %s header contains text that "
		    "is signed beside it: nobody can say where it ends", name);
	return st;
}

/* Three digits more make milliseconds of seconds, and the same time. */
static enum status
signature_body(const struct message *m, const struct scheme_part *parts,
    size_t i, struct bytes *out, struct reason *why)
{
	*out = m->body;
	if (i > 0 && parts[i - 1].kind == PART_TIME && out->len > 0 &&
	    out->data[0] >= '0' && out->data[0] <= '9')
		return fail(why, ST_DENIED, "the body begins with a digit, "
		    "right after the signed time: nobody can say where "
		    "the time ends");
	return ST_OK;
}

static enum status
signature_message_text(const struct message *m, struct signature *sig,
    struct arena *a, struct reason *why)
{
	struct bytes digest;
	enum status st;

	if (sig->message.label.data == NULL)
		return fail(why, ST_DENIED, "no signature counts");
	sig->time = sig->message.created;
	st = message_signature_base(&sig->message.input, m, a, &sig->parts[0],
	    why);
	if (st == ST_OK && message_covers(sig->scheme->covers,
	    BYTES("content-digest"))) {
		digest = message_header_list(m, "content-digest", a);
		st = content_digest_check(digest, m->body, why);
	}
	sig->part_count = st == ST_OK ? 1 : 0;
	return st;
}

/* And so they do before it; a date has its year first, which has four. */
static enum status
signature_joined_time(const struct signature *sig,
    const struct scheme_part *parts, size_t i, struct bytes *out,
    struct reason *why)
{
	struct bytes before = i > 0 ? sig->parts[i - 1] : BYTES_NONE;
	unsigned long long seconds;

	*out = sig->time;
	if (before.len > 0 && parts[i - 1].kind != PART_LITERAL &&
	    before.data[before.len - 1] >= '0' &&
	    before.data[before.len - 1] <= '9' &&
	    bytes_to_u64(sig->time, &seconds))
		return fail(why, ST_DENIED, "there is a digit right before "
		    "the signed time: nobody can say where the time begins");
	return ST_OK;
}

enum status
signature_text(const struct message *m, struct signature *sig,
    struct arena *a, struct reason *why)
{
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = scheme_parts(sig->scheme->signed_text, parts);
	enum status st, each;

	if (sig->scheme->covers != NULL)
		return signature_message_text(m, sig, a, why);
	st = signature_time(m, sig, why);
	for (size_t i = 0; i < n; i++) {
		struct bytes *out = &sig->parts[i];
		struct reason *later = st == ST_OK ? why : NULL;

		each = ST_OK;
		switch (parts[i].kind) {
		case PART_LITERAL: *out = parts[i].text; break;
		case PART_BODY:
			each = signature_body(m, parts, i, out, later);
			break;
		case PART_TIME:
			each = signature_joined_time(sig, parts, i, out,
			    later);
			break;
		case PART_HEADER:
			each = signature_value(m, parts, n, i, out, later);
			break;
		}
		st = st == ST_OK ? each : st;
	}
	sig->part_count = st == ST_OK ? n : 0;
	return st;
}
