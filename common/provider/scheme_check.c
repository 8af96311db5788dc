#include "scheme.h"

#include <string.h>

#include "message_signature.h"

/* --- names --------------------------------------------------------------- */

/* A header's name in lower case. */
static bool
scheme_check_is_header(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!message_token_char(name.data[i]) ||
		    name.data[i] == '_' ||
		    name.data[i] != ascii_lower(name.data[i]))
			return false;
	return name.len > 0 && name.len <= SCHEME_HEADER_MAX;
}

static bool
scheme_check_is_printable(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return true;
}

static enum status
scheme_check_header(const struct scheme *s, struct reason *why)
{
	if (s->header == NULL)
		return fail(why, ST_CONFIG, "header is missing: it names the "
		    "header that has the %s", s->algorithm == SCHEME_TOKEN ?
		    "secret" : "signature");
	if (!scheme_check_is_header(bytes_of(s->header)))
		return fail(why, ST_CONFIG, "header = %.80s: a header's name "
		    "is of at most %d letters, digits and '-'", s->header,
		    SCHEME_HEADER_MAX);
	return ST_OK;
}

/* --- elements ------------------------------------------------------------ */

/* A separator is none of the characters that a MAC has. */
static enum status
scheme_check_separator(const struct scheme *s,
    const struct scheme_pattern *p, struct reason *why)
{
	char c = s->separator;

	if (c == '\0')
		return ST_OK;
	if (c < ' ' || c > '~' || ascii_alnum(c) ||
	    strchr("+/=-_\"", c) != NULL)
		return fail(why, ST_CONFIG, "separator = \"%c\": it must be "
		    "one character that no signature has, such as , or ;",
		    c < ' ' || c > '~' ? '?' : c);
	if (memchr(p->before.data, c, p->before.len) != NULL ||
	    memchr(p->after.data, c, p->after.len) != NULL)
		return fail(why, ST_CONFIG, "element = %.80s: the separator "
		    "%c is in it, so that no element would ever fit",
		    s->element, c);
	return ST_OK;
}

/* A blank at an end is removed from what arrives. */
static bool
scheme_check_ends(struct bytes text)
{
	return text.len == 0 || bytes_equal(bytes_trim(text), text);
}

static enum status
scheme_check_element(const struct scheme *s, struct reason *why)
{
	struct scheme_pattern p;
	const char *element = s->element == NULL ? "" : s->element;

	if (!scheme_pattern(bytes_of(element), &p) ||
	    bytes_is(p.kind, "token"))
		return fail(why, ST_CONFIG, "element = %.80s: it must have "
		    "%%hex or %%b64 once, and no other %%, as in sha256=%%hex",
		    element);
	if (!scheme_check_ends(bytes_of(element)) ||
	    !scheme_check_is_printable(bytes_of(element)))
		return fail(why, ST_CONFIG, "element = %.80s: it must be "
		    "ASCII, without blanks at its ends", element);
	return scheme_check_separator(s, &p, why);
}

/* --- what is signed ------------------------------------------------------ */

static bool
scheme_check_is_beside(const struct scheme_part *parts, size_t n, size_t i)
{
	enum scheme_part_kind before = i > 0 ? parts[i - 1].kind :
	    PART_LITERAL, after = i + 1 < n ? parts[i + 1].kind :
	    PART_LITERAL;

	return before != PART_LITERAL ||
	    after == PART_BODY || after == PART_HEADER;
}

static enum status
scheme_check_signed_header(const struct scheme *s,
    const struct scheme_part *parts, size_t n, size_t i, struct reason *why)
{
	struct bytes name = parts[i].text;

	if (!scheme_check_is_header(name))
		return fail(why, ST_CONFIG, "signed: {header:%.*s} must name "
		    "a header in lower case", (int)(name.len > 80 ? 80 :
		    name.len), name.data);
	if (bytes_is(name, s->header))
		return fail(why, ST_CONFIG, "signed: {header:%s} is the "
		    "header of the signature itself", s->header);
	/* else a captured request could be cut elsewhere: one byte of the
	 * header made the body's */
	if (scheme_check_is_beside(parts, n, i))
		return fail(why, ST_CONFIG, "signed: {header:%.*s} must have "
		    "text between it and {body}, another {header:…} or a "
		    "{time} before it: nobody could say where it ends",
		    (int)name.len, name.data);
	return ST_OK;
}

static enum status
scheme_check_signed(const struct scheme *s, struct reason *why)
{
	const char *text = s->signed_text == NULL ? "" : s->signed_text;
	struct scheme_part parts[SCHEME_PARTS_MAX];
	size_t n = scheme_parts(text, parts), bodies = 0, times = 0;
	enum status st = ST_OK;

	if (n == 0)
		return fail(why, ST_CONFIG, "signed = %.80s: it must be of "
		    "text, {body}, {time} and {header:NAME}, at most %d parts",
		    text, SCHEME_PARTS_MAX);
	for (size_t i = 0; i < n && st == ST_OK; i++) {
		bodies += parts[i].kind == PART_BODY;
		times += parts[i].kind == PART_TIME;
		if (parts[i].kind == PART_HEADER)
			st = scheme_check_signed_header(s, parts, n, i, why);
	}
	if (st != ST_OK)
		return st;
	if (bodies != 1)
		return fail(why, ST_CONFIG, "signed = %.80s: {body} must be "
		    "in it once; without it, nothing would be verified",
		    text);
	if (times > 0 && s->time == NULL)
		return fail(why, ST_CONFIG, "signed = %.80s: time must say "
		    "where {time} is: header:NAME or element:NAME", text);
	if (times == 0 && s->time != NULL)
		return fail(why, ST_CONFIG, "time = %.80s: {time} is not in "
		    "signed, so that anybody could change it", s->time);
	return ST_OK;
}

static enum status
scheme_check_time(const struct scheme *s, struct reason *why)
{
	struct bytes name = bytes_of(s->time), place;
	struct scheme_pattern p;

	if (name.data == NULL)
		return ST_OK;
	bytes_cut(&name, ':', &place);
	if (!scheme_check_is_header(name) || (!bytes_is(place, "header") &&
	    !bytes_is(place, "element")))
		return fail(why, ST_CONFIG, "time = %.80s: it must be "
		    "header:NAME or element:NAME", s->time);
	if (bytes_is(place, "header"))
		return !bytes_is(name, s->header) ? ST_OK : fail(why,
		    ST_CONFIG, "time = %.80s is the header of the signature "
		    "itself: it must be element:NAME", s->time);
	if (s->separator == '\0')
		return fail(why, ST_CONFIG, "time = %.80s: separator must say "
		    "what is between the elements of %s", s->time, s->header);
	if (scheme_pattern(bytes_of(s->element), &p) &&
	    bytes_cut(&p.before, '=', &place) && bytes_equal(place, name))
		return fail(why, ST_CONFIG, "time = %.80s: element has the "
		    "same name, and is the signature", s->time);
	return ST_OK;
}

/* --- tokens -------------------------------------------------------------- */

static enum status
scheme_check_token_place(const struct scheme *s, struct bytes place,
    struct reason *why)
{
	struct bytes kind, name = place;
	struct scheme_pattern p;

	if (bytes_has_prefix(place, "query:")) {
		bytes_cut(&name, ':', &kind);
		for (size_t i = 0; i < name.len; i++)
			if (!ascii_alnum(name.data[i]) &&
			    name.data[i] != '_' && name.data[i] != '-')
				name.len = 0;
		return name.len > 0 ? ST_OK : fail(why, ST_CONFIG, "element = "
		    "%.80s: query: must be followed by a parameter's name: "
		    "letters, digits, - and _", s->element);
	}
	if (!scheme_pattern(place, &p) || !bytes_is(p.kind, "token") ||
	    !scheme_check_is_printable(place) || !scheme_check_ends(place))
		return fail(why, ST_CONFIG, "element = %.80s: it must be "
		    "%%token with text around it, as in Bearer %%token, or "
		    "query:NAME", s->element);
	return scheme_check_header(s, why);
}

static enum status
scheme_check_token(const struct scheme *s, struct reason *why)
{
	struct bytes rest = bytes_of(s->element == NULL ? "" : s->element);
	enum status st = ST_OK;

	while (rest.data != NULL && st == ST_OK) {
		struct bytes place;

		bytes_cut(&rest, '|', &place);
		st = scheme_check_token_place(s, place, why);
	}
	if (st == ST_OK && (s->signed_text != NULL || s->time != NULL ||
	    s->separator != '\0' || s->encoding != SECRET_RAW))
		st = fail(why, ST_CONFIG, "nothing is signed with a token: "
		    "signed, time, separator and secret_encoding must be left "
		    "out");
	return st;
}

/* --- HTTP message signatures ---------------------------------------------- */

static enum status
scheme_check_covers(const struct scheme *s, struct reason *why)
{
	struct bytes rest = bytes_of(s->covers), one;

	if (scheme_registered_name(s) == NULL)
		return fail(why, ST_CONFIG, "algorithm: HTTP message "
		    "signatures are made with sha256 or ed25519");
	while (rest.data != NULL) {
		bytes_cut(&rest, ' ', &one);
		if (!message_component_known(one))
			return fail(why, ST_CONFIG, "covers = %.*s: write a "
			    "header's name, or one of @method, @authority, "
			    "@target-uri, @request-target, @path and @query",
			    (int)(one.len > 80 ? 80 : one.len), one.data);
	}
	return message_covers(s->covers, BYTES("content-digest")) ? ST_OK :
	    fail(why, ST_CONFIG, "covers: content-digest must be in it; "
	    "without it, the body would not be verified");
}

/* --- the whole ----------------------------------------------------------- */

enum status
scheme_check(const struct scheme *s, struct reason *why)
{
	enum status st;

	if (s->algorithm == SCHEME_TOKEN)
		return scheme_check_token(s, why);
	st = scheme_check_header(s, why);
	if (st == ST_OK)
		st = scheme_check_element(s, why);
	if (st == ST_OK && s->covers != NULL)
		st = scheme_check_covers(s, why);
	else if (st == ST_OK)
		st = scheme_check_signed(s, why);
	if (st == ST_OK && s->covers == NULL)
		st = scheme_check_time(s, why);
	if (st == ST_OK && s->algorithm == SCHEME_ED25519 &&
	    s->encoding == SECRET_RAW)
		st = fail(why, ST_CONFIG, "secret_encoding must say how the "
		    "public key is written: hex or base64");
	return st;
}
