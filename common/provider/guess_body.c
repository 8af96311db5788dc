#include "guess_body.h"

#include <string.h>

#include "buf.h"
#include "codec.h"
#include "crypto.h"
#include "json.h"
#include "json_print.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

static struct bytes
body_with_newline(struct bytes body, struct arena *a)
{
	return arena_printf(a, "%.*s\n", (int)body.len, body.data);
}

static struct bytes
body_without_newline(struct bytes body, struct arena *a)
{
	(void)a;
	if (body.len == 0 || body.data[body.len - 1] != '\n')
		return BYTES_NONE;
	body.len--;
	if (body.len > 0 && body.data[body.len - 1] == '\r')
		body.len--;
	return body;
}

static struct bytes
body_with_cr(struct bytes body, struct arena *a)
{
	struct buf b = BUF(TEXT_MAX);

	for (size_t i = 0; i < body.len; i++) {
		if (body.data[i] == '\n' &&
		    (i == 0 || body.data[i - 1] != '\r'))
			buf_add_char(&b, '\r');
		buf_add_char(&b, body.data[i]);
	}
	return b.len == body.len ? (buf_free(&b), BYTES_NONE) : buf_take(&b, a);
}

static struct bytes
body_without_cr(struct bytes body, struct arena *a)
{
	struct buf b = BUF(TEXT_MAX);

	for (size_t i = 0; i < body.len; i++)
		if (body.data[i] != '\r')
			buf_add_char(&b, body.data[i]);
	return b.len == body.len ? (buf_free(&b), BYTES_NONE) : buf_take(&b, a);
}

static struct bytes
empty_body(struct bytes body, struct arena *a)
{
	(void)a;
	return body.len == 0 ? BYTES_NONE : BYTES("");
}

static struct bytes
body_hex_digest(struct bytes body, struct arena *a)
{
	unsigned char hash[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	if (sha256(body, hash) != ST_OK)
		return BYTES_NONE;
	hex_encode(hash, sizeof(hash), hex);
	return arena_copy(a, bytes_of(hex));
}

static const char form_name[] = "payload=";

static struct bytes
body_out_of_form(struct bytes body, struct arena *a)
{
	struct bytes field, out;

	bytes_cut(&body, '&', &field);
	return bytes_has_prefix(field, form_name) && form_decode(bytes_from(
	    field, strlen(form_name)), a, &out) ? out : BYTES_NONE;
}

static struct bytes
body_as_form(struct bytes body, struct arena *a)
{
	static const char plain[] = "*-._";
	struct buf b = BUF(TEXT_MAX);

	buf_add_str(&b, form_name);
	for (size_t i = 0; i < body.len; i++) {
		char c = body.data[i];

		if (ascii_alnum(c) || (c != '\0' && strchr(plain, c) != NULL))
			buf_add_char(&b, c);
		else if (c == ' ')
			buf_add_char(&b, '+');
		else
			buf_printf(&b, "%%%02X", (unsigned)(unsigned char)c);
	}
	return buf_take(&b, a);
}

static const struct {
	struct bytes (*make)(struct bytes body, struct arena *a);
	const char *words;
} bodies[] = {
	{ body_with_newline,
	    "the signed body ends in a newline, and the one that "
	    "arrived does not" },
	{ body_without_newline,
	    "the body that arrived ends in a newline, and the "
	    "signed one does not" },
	{ body_with_cr,
	    "the signed body has Windows line ends (CR LF), and the one "
	    "that arrived does not: something on the way rewrote it" },
	{ body_without_cr,
	    "the body that arrived has carriage returns (Windows "
	    "line ends), and the signed one does not: something on the way "
	    "rewrote it" },
	{ empty_body, "an empty body was signed: the sender had already "
		      "read it to its end, or wrote it afterwards" },
	{ body_hex_digest,
	    "the body's SHA-256 was signed, as hex digits, and not "
	    "the body" },
	{ body_out_of_form,
	    "the JSON within the form was signed, and the form arrived: the "
	    "body must be signed as it is sent" },
	{ body_as_form,
	    "a form with the JSON in payload was signed, and the JSON alone "
	    "arrived: something on the way rewrote it" },
};

enum { BODY_COUNT = sizeof(bodies) / sizeof(bodies[0]) };

/* The same JSON written by another program. */
static const struct {
	struct json_layout layout;
	const char *words;
} layouts[] = {
	{ { -1, ",", ":", 0 }, "the body was re-serialised: what was signed "
	    "has no blanks (JSON.stringify, Go)" },
	{ { -1, ",", ":", JSON_PRINT_ASCII }, "the body was re-serialised: "
	    "what was signed has no blanks, and \\u for what is not ASCII" },
	{ { -1, ",", ":", JSON_PRINT_ASCII | JSON_PRINT_SLASHES }, "the body "
	    "was re-serialised: what was signed is as PHP's json_encode "
	    "writes it" },
	{ { -1, ", ", ": ", 0 }, "the body was re-serialised: what was signed "
	    "has a blank after each comma and colon (Python, Ruby)" },
	{ { -1, ", ", ": ", JSON_PRINT_ASCII }, "the body was re-serialised: "
	    "what was signed is as Python's json.dumps writes it" },
	{ { 2, ",", ": ", 0 }, "the body was re-serialised: what was signed "
	    "is indented by 2 blanks" },
	{ { 4, ",", ": ", 0 }, "the body was re-serialised: what was signed "
	    "is indented by 4 blanks" },
};

enum { LAYOUT_COUNT = sizeof(layouts) / sizeof(layouts[0]) };

bool
guess_body(struct bytes body, size_t index, struct arena *a,
    struct bytes *text, const char **words)
{
	struct json_doc doc;

	*words = NULL;
	*text = body;
	if (index == 0)
		return true;
	index--;
	if (index < BODY_COUNT) {
		*words = bodies[index].words;
		*text = bodies[index].make(body, a);
		return true;
	}
	index -= BODY_COUNT;
	if (index >= LAYOUT_COUNT)
		return false;
	*words = layouts[index].words;
	*text = json_parse(body, a, &doc, NULL) == ST_OK ?
	    json_print(&doc, &layouts[index].layout, a) : BYTES_NONE;
	return true;
}
