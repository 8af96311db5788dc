#include "json.h"

#include "codec.h"
#include "json_repeat.h"

#include <endian.h>
#include <string.h>

struct parser {
	const char *begin, *at, *end;
	struct json_node *nodes;
	uint32_t count, room;
	uint32_t open[JSON_MAX_DEPTH];	/* containers that have not ended */
	uint16_t depth;			/* of open */
	struct json_node member;	/* the name of the value to come */
	struct arena *arena;
	struct reason *why;
};

static enum status
parse_refuse(const struct parser *p, const char *what)
{
	return fail(p->why, ST_MALFORMED, "not JSON at byte %zu: %s",
	    (size_t)(p->at - p->begin), what);
}

static bool
parse_is_next(const struct parser *p, char c)
{
	return p->at < p->end && *p->at == c;
}

static void
parse_skip_space(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' ||
	    *p->at == '\t' || *p->at == '\r'))
		p->at++;
}

/*
 * Find the first byte that is not printable ASCII, or is a quote or a
 * backslash; eight at a time. The high bit of a byte in mark marks such a byte.
 * Above the first mark others may be false (borrows), so the order of bytes
 * matters.
 */
static const char *
parse_skip_plain(const char *at, const char *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
	uint64_t x, quote, slash, mark;

	while (end - at >= 8) {
		memcpy(&x, at, 8);
		x = le64toh(x);
		quote = x ^ ones * '"';
		slash = x ^ ones * '\\';
		mark = ((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) |
		    ((slash - ones) & ~slash) | x;
		mark &= high;
		if (mark != 0)
			return at + __builtin_ctzll(mark) / 8;
		at += 8;
	}
	while (at < end && (unsigned char)*at >= 0x20 && *at != '"' &&
	    *at != '\\' && (unsigned char)*at < 0x80)
		at++;
	return at;
}

/* The value of a \uXXXX at this offset; -1 if there is none. */
static int32_t
parse_peek_unit(const struct parser *p, size_t offset)
{
	int32_t n = 0;
	size_t i;

	if ((size_t)(p->end - p->at) < offset + 6 || p->at[offset] != '\\' ||
	    p->at[offset + 1] != 'u')
		return -1;
	for (i = offset + 2; i < offset + 6; i++) {
		int digit = hex_digit(p->at[i]);

		if (digit < 0)
			return -1;
		n = n * 16 + digit;
	}
	return n;
}

static enum status
parse_skip_escape(struct parser *p, uint8_t *flags)
{
	int32_t unit = parse_peek_unit(p, 0), second;

	*flags |= JSON_ESCAPED;
	if (unit < 0) {
		if (p->end - p->at < 2 || p->at[1] == '\0' ||
		    strchr("\"\\/bfnrt", p->at[1]) == NULL)
			return parse_refuse(p,
			    "a backslash that escapes nothing");
		p->at += 2;
		return ST_OK;
	}
	if (unit == 0)
		*flags |= JSON_HAS_NUL;
	/* A half alone is allowed (RFC 8259 8.2): JavaScript makes one where it
	 * cuts a text. */
	if (unit >= 0xd800 && unit < 0xdc00) {
		second = parse_peek_unit(p, 6);
		if (second >= 0xdc00 && second <= 0xdfff)
			p->at += 6;
	}
	p->at += 6;
	return ST_OK;
}

/* Read a string, from its first quote past its last. */
static enum status
parse_string(struct parser *p, uint32_t *start, uint32_t *len, uint8_t *flags)
{
	const char *first = ++p->at;
	enum status st;

	*flags = 0;
	while (!parse_is_next(p, '"')) {
		p->at = parse_skip_plain(p->at, p->end);
		if (p->at == p->end)
			return parse_refuse(p, "the end within a string");
		if (*p->at == '\\') {
			st = parse_skip_escape(p, flags);
			if (st != ST_OK)
				return st;
		} else if ((unsigned char)*p->at < 0x20) {
			return parse_refuse(p,
			    "a control character in a string");
		} else if (*p->at != '"') {
			size_t bytes = utf8_char_len((struct bytes){ p->at,
			    (size_t)(p->end - p->at) });

			if (bytes == 0)
				return parse_refuse(p, "not UTF-8");
			p->at += bytes;
		}
	}
	*start = (uint32_t)(first - p->begin);
	*len = (uint32_t)(p->at - first);
	p->at++;
	return ST_OK;
}

/* Skip digits; false if there is none. */
static bool
parse_skip_digits(struct parser *p)
{
	const char *first = p->at;

	while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
		p->at++;
	return p->at > first;
}

/* RFC 8259 6 */
static enum status
parse_number(struct parser *p)
{
	if (parse_is_next(p, '-'))
		p->at++;
	if (parse_is_next(p, '0')) {
		p->at++;
		if (p->at < p->end && *p->at >= '0' && *p->at <= '9')
			return parse_refuse(p, "a digit after a leading zero");
	} else if (!parse_skip_digits(p)) {
		return parse_refuse(p, "not a value");
	}
	if (parse_is_next(p, '.')) {
		p->at++;
		if (!parse_skip_digits(p))
			return parse_refuse(p, "no digit after the point");
	}
	if (parse_is_next(p, 'e') || parse_is_next(p, 'E')) {
		p->at++;
		if (parse_is_next(p, '+') || parse_is_next(p, '-'))
			p->at++;
		if (!parse_skip_digits(p))
			return parse_refuse(p, "no digit in the exponent");
	}
	return ST_OK;
}

static enum status
parse_word(struct parser *p, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(p->end - p->at) < len || memcmp(p->at, word, len) != 0)
		return parse_refuse(p, "not a value");
	p->at += len;
	return ST_OK;
}

static enum status
parse_scalar(struct parser *p, struct json_node *n)
{
	uint8_t flags;
	enum status st;

	n->start = (uint32_t)(p->at - p->begin);
	switch (*p->at) {
	case '"':
		n->type = JSON_STRING;
		st = parse_string(p, &n->start, &n->len, &flags);
		n->flags |= flags;
		return st;
	case 't':
		n->type = JSON_TRUE;
		st = parse_word(p, "true");
		break;
	case 'f':
		n->type = JSON_FALSE;
		st = parse_word(p, "false");
		break;
	case 'n':
		n->type = JSON_NULL;
		st = parse_word(p, "null");
		break;
	default:
		n->type = JSON_NUMBER;
		st = parse_number(p);
	}
	n->len = (uint32_t)(p->at - p->begin) - n->start;
	return st;
}

/* Make the next node of a scalar or of the start of a container. */
static enum status
parse_value(struct parser *p)
{
	struct json_node *n;

	if (p->at == p->end)
		return parse_refuse(p, "the end where a value should be");
	if (p->count == p->room)
		return parse_refuse(p, "too many values");
	n = &p->nodes[p->count++];
	*n = p->member;
	n->depth = p->depth;
	n->end = p->count;
	if (*p->at != '{' && *p->at != '[')
		return parse_scalar(p, n);
	if (p->depth == JSON_MAX_DEPTH)
		return parse_refuse(p, "too deep");
	n->type = *p->at == '{' ? JSON_OBJECT : JSON_ARRAY;
	p->open[p->depth++] = p->count - 1;
	p->at++;
	return ST_OK;
}

/* Read a member's name and the colon after it. */
static enum status
parse_name(struct parser *p)
{
	uint8_t flags;
	enum status st;

	if (!parse_is_next(p, '"'))
		return parse_refuse(p, "no name where a member should be");
	st = parse_string(p, &p->member.key_start, &p->member.key_len, &flags);
	if (st != ST_OK)
		return st;
	p->member.flags = (uint8_t)(
	    ((flags & JSON_ESCAPED) != 0 ? JSON_KEY_ESCAPED : 0) |
	    ((flags & JSON_HAS_NUL) != 0 ? JSON_KEY_HAS_NUL : 0));
	parse_skip_space(p);
	if (!parse_is_next(p, ':'))
		return parse_refuse(p, "no colon after a name");
	p->at++;
	parse_skip_space(p);
	return ST_OK;
}

static void
parse_container_end(struct parser *p)
{
	uint32_t index = p->open[--p->depth];
	struct json_node *n = &p->nodes[index];

	p->at++;
	n->end = p->count;
	if (n->type == JSON_OBJECT)
		json_mark_repeated(p->begin, p->nodes, index, p->arena);
}

/* Take one step within the innermost open container: its end or its next
 * value. */
static enum status
parse_in_container(struct parser *p)
{
	struct json_node *in = &p->nodes[p->open[p->depth - 1]];
	bool object = in->type == JSON_OBJECT;
	enum status st;

	parse_skip_space(p);
	if (parse_is_next(p, object ? '}' : ']')) {
		parse_container_end(p);
		return ST_OK;
	}
	if (in->count > 0) {
		if (!parse_is_next(p, ','))
			return parse_refuse(p, "no comma between two values");
		p->at++;
		parse_skip_space(p);
	}
	p->member = (struct json_node){ 0 };
	st = object ? parse_name(p) : ST_OK;
	if (st != ST_OK)
		return st;
	in->count++;
	return parse_value(p);
}

/*
 * How many nodes text can have: every value but the root follows a bracket or a
 * comma. So the table is made once and never moved. The steps have a fixed
 * length, so that the compiler can count many bytes at once.
 */
static size_t
parse_most_nodes(struct bytes text)
{
	size_t i = 0, k, most = 1;

	for (; text.len - i >= 128 && most < JSON_MAX_NODES; i += 128) {
		uint8_t sum = 0;

		/* '[' and '{' differ by one bit */
		for (k = i; k < i + 128; k++)
			sum = (uint8_t)(sum + (text.data[k] == ',') +
			    ((text.data[k] | 0x20) == '{'));
		most += sum;
	}
	for (; i < text.len && most < JSON_MAX_NODES; i++)
		most += text.data[i] == ',' || (text.data[i] | 0x20) == '{';
	return most < JSON_MAX_NODES ? most : JSON_MAX_NODES;
}

static enum status
parse_text(struct parser *p)
{
	enum status st;

	parse_skip_space(p);
	st = parse_value(p);
	while (st == ST_OK && p->depth > 0)
		st = parse_in_container(p);
	if (st != ST_OK)
		return st;
	parse_skip_space(p);
	return p->at < p->end ?
	    parse_refuse(p, "something after the value") : ST_OK;
}

enum status
json_parse(struct bytes text, struct arena *a, struct json_doc *out,
    struct reason *why)
{
	struct parser p = { .arena = a, .why = why };
	enum status st;

	if (text.len == 0 || text.len >= UINT32_MAX)
		return fail(why, ST_MALFORMED, "not JSON: %s",
		    text.len == 0 ? "empty" : "too long");
	p.begin = p.at = text.data;
	p.end = text.data + text.len;
	p.room = (uint32_t)parse_most_nodes(text);
	p.nodes = arena_array(a, p.room, sizeof(*p.nodes));
	st = arena_verdict(a, p.nodes != NULL ? parse_text(&p) : ST_BUSY, why);
	if (st == ST_OK)
		*out = (struct json_doc){ text, p.nodes, p.count };
	return st;
}
