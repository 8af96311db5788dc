#include "guess_text.h"

#include <string.h>

#include "buf.h"
#include "codec.h"
#include "crypto.h"
#include "json.h"
#include "json_print.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

/* --- bodies ------------------------------------------------------------- */

static struct bytes
with_newline(struct bytes body, struct arena *a)
{
	return arena_printf(a, "%.*s\n", (int)body.len, body.data);
}

static struct bytes
without_newline(struct bytes body, struct arena *a)
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
with_cr(struct bytes body, struct arena *a)
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
without_cr(struct bytes body, struct arena *a)
{
	struct buf b = BUF(TEXT_MAX);

	for (size_t i = 0; i < body.len; i++)
		if (body.data[i] != '\r')
			buf_add_char(&b, body.data[i]);
	return b.len == body.len ? (buf_free(&b), BYTES_NONE) : buf_take(&b, a);
}

static struct bytes
nothing(struct bytes body, struct arena *a)
{
	(void)a;
	return body.len == 0 ? BYTES_NONE : BYTES("");
}

static struct bytes
hex_digest(struct bytes body, struct arena *a)
{
	unsigned char hash[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	if (sha256(body, hash) != ST_OK)
		return BYTES_NONE;
	hex_encode(hash, sizeof(hash), hex);
	return arena_copy(a, bytes_of(hex));
}

static const struct {
	struct bytes (*make)(struct bytes body, struct arena *a);
	const char *words;
} bodies[] = {
	{ with_newline, "a newline stands behind the signed body, and did not "
	    "arrive" },
	{ without_newline, "a newline stands behind the body that arrived, and "
	    "was not signed" },
	{ with_cr, "the signed body has Windows line ends (CR LF), and what "
	    "arrived has not: something on the way rewrote it" },
	{ without_cr, "the body that arrived has carriage returns (Windows "
	    "line ends), and the signed one has not: something on the way "
	    "rewrote it" },
	{ nothing, "an empty body was signed: it was read before the signing, "
	    "or signed before it was written" },
	{ hex_digest, "the body's SHA-256 was signed, as hex digits, and not "
	    "the body" },
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
	    "has a blank behind each comma and colon (Python, Ruby)" },
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

/* --- signing strings ---------------------------------------------------- */

enum names { NAMES_LOWER, NAMES_TITLE, NAMES_NONE };

static const struct {
	const char *between, *behind;	/* the lines; the last one */
	const char *colon;
	enum names names;
	const char *words;
} ways[] = {
	{ "\n", "\n", ": ", NAMES_LOWER, "a newline stands at the end of the "
	    "signing string (echo adds one, printf does not); there is none "
	    "behind the last line" },
	{ "\r\n", "", ": ", NAMES_LOWER, "the lines of the signing string end "
	    "in CR LF; they are joined by \\n alone" },
	{ "\r\n", "\r\n", ": ", NAMES_LOWER, "the lines of the signing string "
	    "end in CR LF; they are joined by \\n alone, none at the end" },
	{ ", ", "", ": ", NAMES_LOWER, "the fields were joined by \", \" and "
	    "not by newlines" },
	{ ",", "", ": ", NAMES_LOWER, "the fields were joined by \",\" and "
	    "not by newlines" },
	{ " ", "", ": ", NAMES_LOWER, "the fields were joined by blanks and "
	    "not by newlines" },
	{ "", "", ": ", NAMES_LOWER, "the fields were put together without the "
	    "newlines between them" },
	{ "\\n", "", ": ", NAMES_LOWER, "the fields were joined by a "
	    "backslash and an n, and not by newlines (quotes that keep \\n as "
	    "it is)" },
	{ "\n", "", ": ", NAMES_TITLE, "the names in the signing string are "
	    "capitalised (Date:); they have to be in lower case (date:)" },
	{ "\n", "", ":", NAMES_LOWER, "a blank is missing behind the colons "
	    "of the signing string" },
	{ "\n", "", "", NAMES_NONE, "the names are missing in the signing "
	    "string: each line is \"name: value\", not the value alone" },
	{ "", "", "", NAMES_NONE, "the values alone were signed; each line is "
	    "\"name: value\"" },
};

enum { WAY_COUNT = sizeof(ways) / sizeof(ways[0]) };

static void
add_name(struct buf *b, struct bytes name, enum names how)
{
	bool start = true;

	for (size_t i = 0; i < name.len && how != NAMES_NONE; i++) {
		char c = name.data[i];

		if (how == NAMES_TITLE && start && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		start = name.data[i] == '-';
		buf_add_char(b, c);
	}
}

/* The right signing string taken apart, and put together in this way. */
static struct bytes
lines_in_way(struct bytes right, size_t way, struct arena *a)
{
	struct buf b = BUF(TEXT_MAX);
	struct bytes line, name;
	bool first = true;

	while (right.data != NULL) {
		bytes_cut(&right, '\n', &line);
		bytes_cut(&line, ':', &name);
		buf_add_str(&b, first ? "" : ways[way].between);
		add_name(&b, name, ways[way].names);
		buf_add_str(&b, ways[way].colon);
		buf_add(&b, bytes_trim(line));
		first = false;
	}
	buf_add_str(&b, ways[way].behind);
	return buf_take(&b, a);
}

bool
guess_lines(const struct httpsig *sig, const struct message *m, size_t index,
    struct arena *a, struct bytes *text, const char **words)
{
	struct bytes right, header;

	*words = NULL;
	*text = BYTES_NONE;
	if (httpsig_signing_string(sig, m, a, &right, NULL) != ST_OK)
		return false;
	if (index == 0) {
		*text = right;
		return true;
	}
	index--;
	if (index < WAY_COUNT) {
		*words = ways[index].words;
		*text = lines_in_way(right, index, a);
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
	if (index == 1 && message_headers(m, "digest", &header) == 1)
		*text = header;
	return index == 1;
}
