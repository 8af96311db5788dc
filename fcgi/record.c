#include "record.h"

#include <fastcgi.h>
#include <string.h>

/* --- reading -------------------------------------------------------------- */

/* Move bytes from the input to to, where *have are already, until there are
 * want. */
static void
record_gather(void *to, uint8_t *have, size_t want, struct bytes *in)
{
	size_t n = want - *have < in->len ? want - *have : in->len;

	if (n == 0)
		return;
	memcpy((char *)to + *have, in->data, n);
	*have = (uint8_t)(*have + n);
	*in = bytes_from(*in, n);
}

static bool
record_is_stream(uint8_t type)
{
	return type == FCGI_PARAMS || type == FCGI_STDIN || type == FCGI_DATA;
}

/* Whether the head alone shows a mistake. */
static bool
record_is_broken(const struct record_reader *r, const struct record *rec)
{
	if (r->head[0] != FCGI_VERSION_1)
		return true;
	if (rec->type == FCGI_BEGIN_REQUEST)
		return rec->id == FCGI_NULL_REQUEST_ID ||
		    r->left != sizeof(FCGI_BeginRequestBody);
	return record_is_stream(rec->type) && rec->id == FCGI_NULL_REQUEST_ID;
}

static struct record
record_of(const struct record_reader *r)
{
	return (struct record){ .type = r->head[1],
		.id = (uint16_t)(r->head[2] << 8 | r->head[3]) };
}

/* Returns whether a sound record has begun. */
static bool
record_read_head(struct record_reader *r, struct bytes *in)
{
	struct record rec;

	record_gather(r->head, &r->head_len, FCGI_HEADER_LEN, in);
	if (r->head_len < FCGI_HEADER_LEN)
		return false;
	rec = record_of(r);
	r->left = (uint16_t)(r->head[4] << 8 | r->head[5]);
	r->padding = r->head[6];
	r->small_len = 0;
	r->broken = record_is_broken(r, &rec);
	r->open = !r->broken;
	return r->open;
}

static void
record_skip(uint16_t *left, struct bytes *in)
{
	size_t n = *left < in->len ? *left : in->len;

	*in = bytes_from(*in, n);
	*left = (uint16_t)(*left - n);
}

/* Read a record that is needed whole; skip the rest of a long one. Returns
 * whether it is complete, with its padding. */
static bool
record_read_whole(struct record_reader *r, struct bytes *in)
{
	uint16_t padding = r->padding;
	uint8_t before = r->small_len;
	size_t room = RECORD_SMALL - before;

	record_gather(r->small, &r->small_len, before +
	    (r->left < room ? r->left : room), in);
	r->left = (uint16_t)(r->left - (r->small_len - before));
	record_skip(&r->left, in);
	if (r->left > 0)
		return false;
	record_skip(&padding, in);
	r->padding = (uint8_t)padding;
	return padding == 0;
}

static enum record_event
record_event_of(const struct record *rec, bool empty)
{
	if (record_is_stream(rec->type))
		return empty ? RECORD_STREAM_END : RECORD_NONE;
	switch (rec->type) {
	case FCGI_BEGIN_REQUEST:
		return RECORD_BEGIN;
	case FCGI_ABORT_REQUEST:
		return RECORD_ABORT;
	case FCGI_GET_VALUES:
		return RECORD_VALUES;
	default:
		/* types that only an application sends mean nothing here */
		return rec->type == 0 || rec->type > FCGI_MAXTYPE ||
		    rec->id == FCGI_NULL_REQUEST_ID ?
		    RECORD_UNKNOWN : RECORD_NONE;
	}
}

static enum record_event
record_read_content(struct record_reader *r, struct bytes *in,
    struct record *out)
{
	size_t n = r->left < in->len ? r->left : in->len;

	out->content = (struct bytes){ in->data, n };
	*in = bytes_from(*in, n);
	r->left = (uint16_t)(r->left - n);
	out->left = r->left;
	return RECORD_CONTENT;
}

enum record_event
record_next(struct record_reader *r, struct bytes *in, struct record *out)
{
	while (!r->broken && (r->open || record_read_head(r, in))) {
		enum record_event event;

		*out = record_of(r);
		if (record_is_stream(out->type) && r->left > 0)
			return in->len > 0 ? record_read_content(r, in, out) :
			    RECORD_NONE;
		if (!record_read_whole(r, in))
			return RECORD_NONE;
		event = record_event_of(out, (r->head[4] | r->head[5]) == 0);
		out->content = (struct bytes){ r->small, r->small_len };
		r->open = false;
		r->head_len = 0;
		if (event != RECORD_NONE)
			return event;
	}
	return r->broken ? RECORD_BROKEN : RECORD_NONE;
}

bool
record_is_between(const struct record_reader *r)
{
	return !r->open && r->head_len == 0;
}

bool
record_take_empty(struct record_reader *r, struct bytes *in, uint8_t type,
    uint16_t id)
{
	size_t skipped = r->open && r->left == 0 ? r->padding : 0, len;
	const unsigned char *head;
	struct bytes part;
	struct record rec;
	enum record_event event;

	if ((r->open && r->left > 0) || r->head_len % FCGI_HEADER_LEN != 0 ||
	    in->len < skipped + FCGI_HEADER_LEN)
		return false;
	head = (const unsigned char *)in->data + skipped;
	len = skipped + FCGI_HEADER_LEN + head[6];
	if (head[0] != FCGI_VERSION_1 || head[1] != type ||
	    (head[2] << 8 | head[3]) != id || (head[4] | head[5]) != 0)
		return false;
	part = (struct bytes){ in->data, len < in->len ? len : in->len };
	event = record_next(r, &part, &rec);
	*in = bytes_from(*in, len < in->len ? len : in->len);
	return event != RECORD_NONE;
}

/* --- pairs ---------------------------------------------------------------- */

/* One byte, or four with the highest bit set. */
static bool
record_cut_length(struct bytes *rest, size_t *out)
{
	const unsigned char *p = (const unsigned char *)rest->data;

	if (rest->len >= 1 && p[0] < 0x80) {
		*out = p[0];
		*rest = bytes_from(*rest, 1);
		return true;
	}
	if (rest->len < 4)
		return false;
	*out = (size_t)(p[0] & 0x7f) << 24 | (size_t)p[1] << 16 |
	    (size_t)p[2] << 8 | p[3];
	*rest = bytes_from(*rest, 4);
	return true;
}

enum pair_result
record_pair(struct bytes *rest, struct bytes *name, struct bytes *value)
{
	size_t name_len, value_len;

	if (rest->len == 0)
		return PAIR_NONE;
	if (!record_cut_length(rest, &name_len) ||
	    !record_cut_length(rest, &value_len) ||
	    name_len > rest->len || value_len > rest->len - name_len)
		return PAIR_BROKEN;
	*name = (struct bytes){ rest->data, name_len };
	*value = (struct bytes){ rest->data + name_len, value_len };
	*rest = bytes_from(*rest, name_len + value_len);
	return PAIR_FOUND;
}

static bool
record_has_byte(struct bytes text, char c)
{
	return text.len > 0 && memchr(text.data, c, text.len) != NULL;
}

/* The two lengths take at least two bytes, the '=' and the NUL two: writing
 * never overtakes reading. */
size_t
record_variables(char *text, size_t len, bool *whole)
{
	struct bytes rest = { text, len }, name, value;
	enum pair_result found;
	size_t count = 0;
	char *at = text;

	while ((found = record_pair(&rest, &name, &value)) == PAIR_FOUND) {
		if (record_has_byte(name, '\0') || record_has_byte(name, '=') ||
		    record_has_byte(value, '\0'))
			break;
		memmove(at, name.data, name.len);
		at += name.len;
		*at++ = '=';
		memmove(at, value.data, value.len);
		at += value.len;
		*at++ = '\0';
		count++;
	}
	*whole = found == PAIR_NONE;
	return count;
}

/* --- writing -------------------------------------------------------------- */

/* The content and the padding must follow. */
static void
record_put_head(struct buf *out, uint8_t type, uint16_t id, size_t len)
{
	const FCGI_Header head = { .version = FCGI_VERSION_1, .type = type,
		.requestIdB1 = (uint8_t)(id >> 8), .requestIdB0 = (uint8_t)id,
		.contentLengthB1 = (uint8_t)(len >> 8),
		.contentLengthB0 = (uint8_t)len,
		.paddingLength = (uint8_t)(-len & 7) };

	buf_add(out, (struct bytes){ (const char *)&head, sizeof(head) });
}

static void
record_put(struct buf *out, uint8_t type, uint16_t id, struct bytes content)
{
	static const char zeros[8];

	record_put_head(out, type, id, content.len);
	buf_add(out, content);
	buf_add(out, (struct bytes){ zeros, -content.len & 7 });
}

void
record_put_stdout(struct buf *out, uint16_t id, struct bytes output)
{
	while (output.len > 0) {
		size_t n = output.len < FCGI_MAX_LENGTH ? output.len :
		    FCGI_MAX_LENGTH / 8 * 8;

		record_put(out, FCGI_STDOUT, id,
		    (struct bytes){ output.data, n });
		output = bytes_from(output, n);
	}
}

void
record_put_end(struct buf *out, uint16_t id, uint8_t status, bool streamed)
{
	const FCGI_EndRequestBody body = { .protocolStatus = status };

	if (streamed)
		record_put(out, FCGI_STDOUT, id, BYTES_NONE);
	record_put(out, FCGI_END_REQUEST, id,
	    (struct bytes){ (const char *)&body, sizeof(body) });
}

void
record_put_unknown(struct buf *out, uint8_t type)
{
	const FCGI_UnknownTypeBody body = { .type = type };

	record_put(out, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID,
	    (struct bytes){ (const char *)&body, sizeof(body) });
}

/* The kernel's limit of descriptors bounds connections and requests; this says
 * that no smaller limit exists. */
static const struct {
	const char *name, *value;
} values[] = {
	{ FCGI_MAX_CONNS, "10000" },
	{ FCGI_MAX_REQS, "10000" },
	{ FCGI_MPXS_CONNS, "0" },
};

static bool
record_is_asked(struct bytes asked, const char *wanted)
{
	struct bytes name, value;

	while (record_pair(&asked, &name, &value) == PAIR_FOUND)
		if (bytes_is(name, wanted))
			return true;
	return false;
}

void
record_put_values(struct buf *out, struct bytes asked)
{
	char text[RECORD_SMALL];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		size_t name = strlen(values[i].name);
		size_t value = strlen(values[i].value);

		if (!record_is_asked(asked, values[i].name))
			continue;
		text[len++] = (char)name;
		text[len++] = (char)value;
		memcpy(text + len, values[i].name, name);
		memcpy(text + len + name, values[i].value, value);
		len += name + value;
	}
	record_put(out, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID,
	    (struct bytes){ text, len });
}
