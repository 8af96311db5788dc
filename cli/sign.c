#include "sign.h"

#include <string.h>

#include "buf.h"
#include "codec.h"
#include "crypto.h"
#include "date.h"

enum { BASE64_MAC_LEN = 4 * ((SHA256_LEN + 2) / 3) + 1, QUERY_MAX = 8192 };

static void
add(struct outgoing *o, const char *name, struct bytes value)
{
	o->headers[o->header_count++] =
	    (struct http_header){ bytes_of(name), value };
}

struct bytes
sign_secret(const struct source *s)
{
	return s->secret_count == 0 ? BYTES("") : secret_bytes(&s->secrets[0]);
}

/* Drone: draft-cavage-http-signatures over "date digest". */
static enum status
sign_drone(const struct source *s, const char *event, int64_t now_ms,
    struct arena *a, struct outgoing *o, struct reason *why)
{
	unsigned char hash[SHA256_LEN], mac[SHA256_LEN];
	char text[BASE64_MAC_LEN], date[30];
	struct bytes digest, to_sign, signature;
	enum status st = sha256(o->body, hash);

	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make a SHA-256");
	base64_encode(hash, sizeof(hash), text);
	digest = arena_printf(a, "SHA-256=%s", text);
	date_format_http(now_ms, date);
	to_sign = arena_printf(a, "date: %s\ndigest: %s", date,
	    digest.data == NULL ? "" : digest.data);
	st = hmac_sha256(sign_secret(s), to_sign, mac);
	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make an HMAC");
	base64_encode(mac, sizeof(mac), text);
	signature = arena_printf(a, "keyId=\"%s\",algorithm=\"hmac-sha256\","
	    "signature=\"%s\",headers=\"date digest\"",
	    s->key_id == NULL ? "hmac-key" : s->key_id, text);
	add(o, "User-Agent", BYTES("Go-http-client/1.1"));
	add(o, "Date", arena_copy(a, bytes_of(date)));
	add(o, "Digest", digest);
	add(o, "Signature", signature);
	if (event != NULL)
		add(o, "X-Drone-Event", bytes_of(event));
	return ST_OK;
}

static enum status
sign_circleci(const struct source *s, const char *event, struct arena *a,
    struct outgoing *o, struct reason *why)
{
	unsigned char mac[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	enum status st = hmac_sha256(sign_secret(s), o->body, mac);

	if (st != ST_OK)
		return fail(why, st, "libcrypto cannot make an HMAC");
	hex_encode(mac, sizeof(mac), hex);
	add(o, "User-Agent", BYTES("CircleCI-Webhook/1.0"));
	if (event != NULL)
		add(o, "Circleci-Event-Type", bytes_of(event));
	if (s->secret_count > 0)
		add(o, "Circleci-Signature", arena_printf(a, "v1=%s", hex));
	return ST_OK;
}

/* custom: the secret in the query, percent-encoded but for RFC 3986 2.3. */
static void
sign_custom(const struct source *s, struct arena *a, struct outgoing *o)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	struct bytes secret = sign_secret(s);
	struct buf b = BUF(QUERY_MAX);

	buf_add_str(&b, "secret=");
	for (size_t i = 0; i < secret.len; i++) {
		char c = secret.data[i];

		if (c != '\0' && strchr(plain, c) != NULL)
			buf_add_char(&b, c);
		else
			buf_printf(&b, "%%%02X", (unsigned)(unsigned char)c);
	}
	if (!b.failed)
		o->query = arena_copy(a, buf_bytes(&b));
	if (b.data != NULL)
		crypto_wipe(b.data, b.len);
	buf_free(&b);
	o->query_is_secret = true;
}

/* custom: the secret as RFC 6750 2.1 has it, where a header can carry it. */
static bool
sign_bearer(const struct source *s, struct arena *a, struct outgoing *o)
{
	struct bytes secret = sign_secret(s);

	for (size_t i = 0; i < secret.len; i++)
		if (secret.data[i] <= ' ' || secret.data[i] > '~')
			return false;
	add(o, "Authorization", arena_printf(a, "Bearer %.*s", (int)secret.len,
	    secret.data));
	return true;
}

static enum status
sign(const struct source *s, const char *event, bool bearer, struct bytes body,
    int64_t now_ms, struct arena *a, struct outgoing *out,
    struct reason *why)
{
	struct outgoing o = { .body = body, .query = BYTES_NONE };
	enum status st = ST_OK;

	add(&o, "Content-Type", BYTES("application/json"));
	if (s->provider == &provider_drone)
		st = sign_drone(s, event, now_ms, a, &o, why);
	else if (s->provider == &provider_circleci)
		st = sign_circleci(s, event, a, &o, why);
	else if (!bearer || !sign_bearer(s, a, &o))
		sign_custom(s, a, &o);
	if (st != ST_OK)
		return st;
	for (size_t i = 0; i < o.header_count; i++)
		if (o.headers[i].value.data == NULL)
			return fail(why, ST_BUSY, "no memory to sign");
	if (o.query_is_secret && o.query.data == NULL)
		return fail(why, ST_BUSY, "no memory, or a secret over 2 KiB");
	*out = o;
	return ST_OK;
}

enum status
sign_request(const struct source *s, const char *event, struct bytes body,
    int64_t now_ms, struct arena *a, struct outgoing *out,
    struct reason *why)
{
	return sign(s, event, false, body, now_ms, a, out, why);
}

enum status
sign_probe(const struct source *s, struct bytes body, int64_t now_ms,
    struct arena *a, struct outgoing *out, struct reason *why)
{
	return sign(s, NULL, true, body, now_ms, a, out, why);
}
