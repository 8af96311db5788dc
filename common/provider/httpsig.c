#include "httpsig.h"

#include <inttypes.h>
#include <string.h>

#include "param.h"

/* The parameters that the draft names, in 2.1. */
enum {
	P_KEY_ID, P_SIGNATURE, P_ALGORITHM, P_HEADERS, P_CREATED, P_EXPIRES,
	P_COUNT
};

static const char *const param_names[P_COUNT] = {
	"keyId", "signature", "algorithm", "headers", "created", "expires"
};

/* What a number of seconds may have: a time that far away is nonsense, and
 * milliseconds of it still fit. */
enum { MAX_SECONDS_DIGITS = 15 };

enum status
httpsig_find(const struct message *m, struct bytes *params, struct reason *why)
{
	struct bytes value;
	enum status st = message_only_header(m, "signature", params, why);

	if (st != ST_OK || params->data != NULL)
		return st;
	st = message_only_header(m, "authorization", &value, why);
	if (st != ST_OK)
		return st;
	if (value.data == NULL)
		return fail(why, ST_DENIED, "no Signature header");
	value = message_credentials(value, "signature");
	if (value.data == NULL)
		return fail(why, ST_DENIED, "no Signature header, and "
		    "Authorization is not of the Signature scheme");
	*params = value;
	return ST_OK;
}

/* --- the parameters: draft 2.1 ------------------------------------------- */

static enum status
httpsig_read_params(struct bytes rest, struct arena *a,
    struct bytes values[P_COUNT], struct reason *why)
{
	bool seen[P_COUNT] = { false };

	while (rest.data != NULL) {
		struct param param;
		enum status st = param_next(&rest, a, &param, why);
		size_t i = 0;

		if (st != ST_OK)
			return st;
		while (i < P_COUNT &&
		    !bytes_is_nocase(param.name, param_names[i]))
			i++;
		if (i == P_COUNT)
			continue;
		if (seen[i])
			return fail(why, ST_DENIED, "the signature's "
			    "parameter %s appears twice", param_names[i]);
		seen[i] = true;
		values[i] = param.value;
	}
	return ST_OK;
}

/* Seconds as a whole number, and perhaps a fraction, into milliseconds. */
static bool
httpsig_read_seconds(struct bytes text, int64_t *out_s,
    int64_t *out_fraction_ms)
{
	bool negative = text.len > 0 && text.data[0] == '-';
	unsigned long long whole, digit;
	struct bytes part;
	int64_t scale = 100, fraction = 0;

	text = bytes_from(text, negative ? 1 : 0);
	bytes_cut(&text, '.', &part);
	if (part.len > MAX_SECONDS_DIGITS || !bytes_to_u64(part, &whole))
		return false;
	if (text.data != NULL && (text.len == 0 || out_fraction_ms == NULL))
		return false;
	for (size_t i = 0; i < text.len; i++, scale /= 10) {
		if (!bytes_to_u64((struct bytes){ text.data + i, 1 }, &digit))
			return false;
		fraction += (int64_t)digit * scale;
	}
	*out_s = negative ? -(int64_t)whole : (int64_t)whole;
	if (out_fraction_ms != NULL)
		*out_fraction_ms = negative ? -fraction : fraction;
	return true;
}

static void
httpsig_read_times(const struct bytes values[P_COUNT], struct httpsig *out)
{
	int64_t s, fraction_ms;

	/* draft 2.2: one that is not well-formed is ignored; 2.3 refuses it
	 * where it is signed */
	if (values[P_CREATED].data != NULL &&
	    httpsig_read_seconds(values[P_CREATED], &s, NULL)) {
		out->has_created = true;
		out->created_s = s;
	}
	if (values[P_EXPIRES].data != NULL &&
	    httpsig_read_seconds(values[P_EXPIRES], &s, &fraction_ms)) {
		out->has_expires = true;
		out->expires_ms = s * 1000 + fraction_ms;
	}
}

static bool
httpsig_has_header(const struct httpsig *s, struct bytes name)
{
	for (size_t i = 0; i < s->header_count; i++)
		if (bytes_equal(s->headers[i], name))
			return true;
	return false;
}

static enum status
httpsig_read_headers(struct bytes list, struct arena *a, struct httpsig *out,
    struct reason *why)
{
	struct bytes rest = arena_copy(a, list), name;

	for (size_t i = 0; i < rest.len; i++)
		((char *)rest.data)[i] = ascii_lower(rest.data[i]);
	while (rest.data != NULL) {
		bytes_cut(&rest, ' ', &name);
		if (name.len == 0)
			return fail(why, ST_DENIED, "the list of signed "
			    "headers is empty or has a gap");
		if (out->header_count == HTTPSIG_MAX_HEADERS)
			return fail(why, ST_DENIED, "more than %d signed "
			    "headers", HTTPSIG_MAX_HEADERS);
		if (httpsig_has_header(out, name))
			return fail(why, ST_DENIED, "a header is listed twice "
			    "as signed");
		out->headers[out->header_count++] = name;
	}
	return ST_OK;
}

enum status
httpsig_parse(struct bytes params, bool blind, struct arena *a,
    struct httpsig *out, struct reason *why)
{
	struct bytes values[P_COUNT] = { BYTES_NONE };
	struct httpsig s;
	enum status st;

	memset(&s, 0, sizeof(s));
	if (params.len > HTTPSIG_MAX_BYTES)
		return fail(why, ST_DENIED, "the signature's parameters are "
		    "longer than %d bytes", HTTPSIG_MAX_BYTES);
	st = httpsig_read_params(params, a, values, why);
	if (st != ST_OK)
		return st;
	if (values[P_KEY_ID].data == NULL)
		return fail(why, ST_DENIED, "the signature has no keyId");
	if (values[P_SIGNATURE].data == NULL ||
	    !mac_read_as(values[P_SIGNATURE], blind, MAC_BASE64,
	    SHA256_LEN, &s.mac))
		return fail(why, ST_DENIED, "the signature is not the base64 "
		    "of 32 bytes");
	if (values[P_ALGORITHM].data != NULL &&
	    !bytes_is(values[P_ALGORITHM], "hmac-sha256") &&
	    !bytes_is(values[P_ALGORITHM], "hs2019"))
		return fail(why, ST_DENIED, "the signature's algorithm is "
		    "neither hmac-sha256 nor hs2019");
	/* draft 2.1.6 */
	if (values[P_HEADERS].data == NULL)
		values[P_HEADERS] = BYTES("(created)");
	st = httpsig_read_headers(values[P_HEADERS], a, &s, why);
	if (st != ST_OK)
		return st;
	s.key_id = values[P_KEY_ID];
	s.algorithm = values[P_ALGORITHM];
	httpsig_read_times(values, &s);
	*out = s;
	return ST_OK;
}

bool
httpsig_covers(const struct httpsig *s, const char *header)
{
	return httpsig_has_header(s, bytes_of(header));
}

/* --- the signing string: draft 2.3 --------------------------------------- */

/* "(request-target)": the method in lower case, a space, path and query */
static enum status
httpsig_target_value(const struct message *m, struct arena *a,
    struct bytes *value, struct reason *why)
{
	const struct bytes parts[] = { m->method, BYTES(" "), m->target };

	if (m->target.len == 0)
		return fail(why, ST_DENIED, "(request-target) is signed, and "
		    "the request's target is not known");
	*value = arena_join(a, parts, 3);
	for (size_t i = 0; i < m->method.len && value->data != NULL; i++)
		((char *)value->data)[i] = ascii_lower(value->data[i]);
	return ST_OK;
}

static enum status
httpsig_time_value(const struct httpsig *s, const char *name, bool known,
    int64_t ms, struct arena *a, struct bytes *value, struct reason *why)
{
	if (bytes_is(s->algorithm, "hmac-sha256"))
		return fail(why, ST_DENIED, "(%s) is signed, which the "
		    "algorithm hmac-sha256 forbids", name);
	if (!known || ms % 1000 != 0)
		return fail(why, ST_DENIED, "(%s) is signed, and the parameter "
		    "is not there as a whole number", name);
	*value = arena_printf(a, "%" PRId64, ms / 1000);
	return ST_OK;
}

static enum status
httpsig_signed_value(const struct httpsig *s, const struct message *m,
    struct bytes header, struct arena *a, struct bytes *value,
    struct reason *why)
{
	char name[128];

	if (bytes_is(header, "(request-target)"))
		return httpsig_target_value(m, a, value, why);
	if (bytes_is(header, "(created)"))
		return httpsig_time_value(s, "created", s->has_created,
		    s->created_s * 1000, a, value, why);
	if (bytes_is(header, "(expires)"))
		return httpsig_time_value(s, "expires", s->has_expires,
		    s->expires_ms, a, value, why);
	if (header.len >= sizeof(name))
		return fail(why, ST_DENIED, "a signed header's name is too "
		    "long");
	memcpy(name, header.data, header.len);
	name[header.len] = '\0';
	switch (message_headers(m, name, value)) {
	case 1:
		return ST_OK;
	default:
		return fail(why, ST_MALFORMED, "the header %s is signed and "
		    "appears twice", name);
	case 0:
		return fail(why, ST_DENIED, "the header %s is signed and is "
		    "not there", name);
	}
}

enum status
httpsig_signing_string(const struct httpsig *s, const struct message *m,
    struct arena *a, struct bytes *out, struct reason *why)
{
	struct bytes parts[4 * HTTPSIG_MAX_HEADERS];
	size_t n = 0;

	for (size_t i = 0; i < s->header_count; i++) {
		struct bytes value = BYTES_NONE;
		enum status st =
		    httpsig_signed_value(s, m, s->headers[i], a, &value, why);

		if (st != ST_OK)
			return st;
		if (i > 0)
			parts[n++] = BYTES("\n");
		parts[n++] = s->headers[i];
		parts[n++] = BYTES(": ");
		parts[n++] = value;
	}
	*out = arena_join(a, parts, n);
	return ST_OK;
}

enum status
httpsig_check_times(const struct httpsig *s, int64_t now_ms, int64_t slack_ms,
    struct reason *why)
{
	if (s->has_created && s->created_s * 1000 > now_ms + slack_ms)
		return fail(why, ST_DENIED, "the signature was created in the "
		    "future");
	if (s->has_expires && s->expires_ms < now_ms)
		return fail(why, ST_DENIED, "the signature has expired");
	return ST_OK;
}
