/*
 * Whatever is read as a signature's parameters: written out plainly, they read
 * the same again; names of headers are lower case and differ; the signing
 * string has a line for each, in this order; and nothing is genuine that was
 * not signed.
 */
#include <string.h>

#include "buf.h"
#include "codec.h"
#include "fuzz.h"
#include "httpsig.h"
#include "provider.h"

static void
add_quoted(struct buf *out, const char *name, struct bytes value)
{
	buf_printf(out, "%s=\"", name);
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '"' || value.data[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, value.data[i]);
	}
	buf_add_str(out, "\", ");
}

static void
write_plainly(const struct httpsig *s, struct buf *out)
{
	char mac[45];

	base64_encode(s->mac.bytes, SHA256_LEN, mac);
	add_quoted(out, "keyId", s->key_id);
	add_quoted(out, "signature", bytes_of(mac));
	if (s->algorithm.data != NULL)
		add_quoted(out, "algorithm", s->algorithm);
	if (s->has_created)
		buf_printf(out, "created=%lld, ", (long long)s->created_s);
	if (s->has_expires)
		buf_printf(out, "expires=%s%lld.%03lld, ",
		    s->expires_ms < 0 ? "-" : "",
		    llabs((long long)s->expires_ms) / 1000,
		    llabs((long long)s->expires_ms) % 1000);
	buf_add_str(out, "headers=\"");
	for (size_t i = 0; i < s->header_count; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		for (size_t k = 0; k < s->headers[i].len; k++) {
			char c = s->headers[i].data[k];

			if (c == '"' || c == '\\')
				buf_add_char(out, '\\');
			buf_add_char(out, c);
		}
	}
	buf_add_char(out, '"');
}

static void
check_same(const struct httpsig *s, const struct httpsig *t)
{
	MUST(bytes_equal(s->key_id, t->key_id));
	MUST(bytes_equal(s->algorithm, t->algorithm));
	MUST(memcmp(s->mac.bytes, t->mac.bytes, SHA256_LEN) == 0);
	MUST(s->has_created == t->has_created && s->created_s == t->created_s);
	MUST(s->has_expires == t->has_expires &&
	    s->expires_ms == t->expires_ms);
	MUST(s->header_count == t->header_count);
	for (size_t i = 0; i < s->header_count; i++)
		MUST(bytes_equal(s->headers[i], t->headers[i]));
}

static void
check_headers(const struct httpsig *s)
{
	MUST(s->header_count >= 1 && s->header_count <= HTTPSIG_MAX_HEADERS);
	for (size_t i = 0; i < s->header_count; i++) {
		struct bytes h = s->headers[i];

		MUST(h.len > 0);
		for (size_t k = 0; k < h.len; k++)
			MUST(h.data[k] != ' ' &&
			    !(h.data[k] >= 'A' && h.data[k] <= 'Z'));
		for (size_t k = 0; k < i; k++)
			MUST(!bytes_equal(h, s->headers[k]));
	}
}

static void
check_signing_string(const struct httpsig *s, const struct message *m,
    struct arena *a)
{
	struct bytes text, line;
	size_t i = 0;

	if (httpsig_signing_string(s, m, a, &text, NULL) != ST_OK)
		return;
	for (; text.data != NULL; i++) {
		bytes_cut(&text, '\n', &line);
		MUST(i < s->header_count);
		MUST(line.len >= s->headers[i].len + 2);
		MUST(memcmp(line.data, s->headers[i].data,
		    s->headers[i].len) == 0);
		MUST(memcmp(line.data + s->headers[i].len, ": ", 2) == 0);
	}
	MUST(i == s->header_count);
}

static void
check_all(struct bytes params, const struct message *m, struct arena *a)
{
	struct buf plain = BUF(1 << 20);
	struct httpsig s, t;

	if (httpsig_parse(params, false, a, &s, NULL) != ST_OK)
		return;
	check_headers(&s);
	check_signing_string(&s, m, a);
	write_plainly(&s, &plain);
	MUST(!plain.failed);
	if (plain.len <= HTTPSIG_MAX_BYTES) {
		MUST(httpsig_parse(buf_bytes(&plain), false, a, &t, NULL) ==
		    ST_OK);
		check_same(&s, &t);
	}
	buf_free(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char key[] = "a key that no input knows";
	struct secret secret = { key, sizeof(key) };
	struct arena a = ARENA(64 << 20);
	struct bytes params = { (const char *)data, size };
	const struct http_header headers[] = {
		{ BYTES("date"), BYTES("Sun, 22 Nov 2026 04:37:44 GMT") },
		{ BYTES("digest"), BYTES("SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRk"
		    "m5NMpJWZG3hSuFU=") },
		{ BYTES("host"), BYTES("") },
		{ BYTES("signature"), params },
	};
	struct message m = {
		.method = BYTES("POST"), .target = BYTES("/x?y"),
		.headers = headers, .header_count = 4, .body = BYTES(""),
		.received_ms = INT64_C(1795322264000),
	};
	struct source s = {
		.name = "s", .provider = &provider_drone, .secrets = &secret,
		.secret_count = 1, .max_age_ms = 1000,
	};
	struct proof proof;

	check_all(params, &m, &a);
	MUST(provider_drone.verify(&s, &m, &a, NULL, &proof, NULL) != ST_OK);
	arena_free(&a);
	return 0;
}
