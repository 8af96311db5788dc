/*
 * Whatever the two headers are, the signature that counts covers what it must.
 * What it is made over says so in its last line: read back as a description,
 * that gives the same text. The input is signature-input, and behind the first
 * byte 0x01 signature.
 */
#include <string.h>

#include "fuzz.h"
#include "message_signature.h"

static const char PARAMS[] = "\n\"@signature-params\": ";

static struct message
make_message(struct http_header headers[4], struct bytes input,
    struct bytes signature)
{
	headers[0] = (struct http_header){ BYTES("signature-input"), input };
	headers[1] = (struct http_header){ BYTES("signature"), signature };
	headers[2] = (struct http_header){ BYTES("host"), BYTES("A.b:443") };
	headers[3] = (struct http_header){ BYTES("content-digest"),
		BYTES("sha-256=:YQ==:") };
	return (struct message){ .method = BYTES("POST"),
		.target = BYTES("/a?b"), .headers = headers,
		.header_count = 4 };
}

/* What the last line describes, read as a member of a dictionary. */
static void
check_again(const struct message *m, struct bytes base, struct arena *a)
{
	const char *line = memmem(base.data, base.len, PARAMS,
	    sizeof(PARAMS) - 1);
	struct structured_item input;
	struct bytes text, key, again;

	MUST(line != NULL);
	line += sizeof(PARAMS) - 1;
	text = arena_printf(a, "a=%.*s", (int)(base.data + base.len - line),
	    line);
	MUST(structured_next_member(&text, &key, &input) && text.data == NULL);
	MUST(input.kind == STRUCTURED_LIST);
	MUST(message_signature_base(&input, m, a, &again, NULL) == ST_OK);
	MUST(bytes_equal(base, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes signature = { (const char *)data, size }, input, base;
	struct message_signature found;
	struct http_header headers[4];
	struct arena a = ARENA(0);
	struct message m;

	bytes_cut(&signature, '\1', &input);
	m = make_message(headers, input, signature.data == NULL ? BYTES("") :
	    signature);
	if (message_signature_find("content-digest", "hmac-sha256", &m, &a,
	    &found, NULL) == ST_OK) {
		MUST(found.label.len > 0 && found.created.len > 0);
		MUST(memmem(found.input.text.data, found.input.text.len,
		    "\"content-digest\"", 16) != NULL);
		if (message_signature_base(&found.input, &m, &a, &base,
		    NULL) == ST_OK)
			check_again(&m, base, &a);
	}
	arena_free(&a);
	return 0;
}
