#include "json_print.h"

#include "codec.h"

enum { PRINTED_MAX = 64 * 1024 * 1024 };

const struct json_layout json_pretty = { 2, ",", ": ", 0 };
const struct json_layout json_compact = { -1, ",", ":", 0 };

static void
new_line(struct buf *b, const struct json_layout *l, int depth)
{
	if (l->indent >= 0)
		buf_printf(b, "\n%*s", depth * l->indent, "");
}

void
json_print_escape(struct buf *b, unsigned code)
{
	if (code >= 0x10000)
		buf_printf(b, "\\u%04x\\u%04x",
		    0xd800 + ((code - 0x10000) >> 10),
		    0xdc00 + (code & 0x3ff));
	else
		buf_printf(b, "\\u%04x", code);
}

/* The text between the quotes. */
static void
print_text(struct buf *b, struct bytes raw, int flags)
{
	while (flags != 0 && raw.len > 0) {
		size_t len = utf8_char_len(raw);
		bool slash = raw.data[0] == '/';

		if (len == 0)
			break;
		if (raw.data[0] == '\\' && raw.len > 1)
			len = 2;
		if ((flags & JSON_PRINT_ASCII) != 0 && len > 1 &&
		    raw.data[0] != '\\') {
			json_print_escape(b, utf8_code((struct bytes){
			    raw.data, len }));
		} else {
			if (slash && (flags & JSON_PRINT_SLASHES) != 0)
				buf_add_char(b, '\\');
			buf_add(b, (struct bytes){ raw.data, len });
		}
		raw = bytes_from(raw, len);
	}
	buf_add(b, raw);
}

static void
print_scalar(struct buf *b, const struct json_doc *d,
    const struct json_layout *l, const struct json_node *n)
{
	switch ((enum json_type)n->type) {
	case JSON_NULL:
		buf_add_str(b, "null");
		break;
	case JSON_STRING:
		buf_add_char(b, '"');
		print_text(b, json_raw(d, n), l->flags);
		buf_add_char(b, '"');
		break;
	default:
		buf_add(b, json_raw(d, n));
	}
}

static void
print_name(struct buf *b, const struct json_doc *d,
    const struct json_layout *l, const struct json_node *n)
{
	buf_add_char(b, '"');
	print_text(b, (struct bytes){ d->text.data + n->key_start,
	    n->key_len }, l->flags);
	buf_add_char(b, '"');
	buf_add_str(b, l->colon);
}

/* Node by node in the order of the text. A node's depth says which containers
 * have ended before it, so calls do not nest. */
static void
close_down(struct buf *b, const struct json_layout *l, const char *open,
    int from, int to, bool empty)
{
	for (int depth = from; depth > to; depth--) {
		if (!(empty && depth == from))
			new_line(b, l, depth - 1);
		buf_add_char(b, open[depth - 1] == '{' ? '}' : ']');
	}
}

static void
print_nodes(struct buf *b, const struct json_doc *d,
    const struct json_layout *l)
{
	char open[JSON_MAX_DEPTH + 2];	/* the bracket opened at each depth */
	bool first = true;		/* nothing yet in the container */
	int depth = 0;			/* containers open */

	for (uint32_t i = 0; i < d->count; i++) {
		const struct json_node *n = &d->nodes[i];

		if (n->depth < depth) {
			close_down(b, l, open, depth, n->depth, first);
			depth = n->depth;
			first = false;
		}
		if (i > 0) {
			buf_add_str(b, first ? "" : l->comma);
			new_line(b, l, depth);
			if (open[depth - 1] == '{')
				print_name(b, d, l, n);
		}
		first = json_is_container(n);
		if (!first) {
			print_scalar(b, d, l, n);
			continue;
		}
		open[depth++] = n->type == JSON_OBJECT ? '{' : '[';
		buf_add_char(b, open[depth - 1]);
	}
	close_down(b, l, open, depth, 0, first);
}

struct bytes
json_print(const struct json_doc *d, const struct json_layout *l,
    struct arena *a)
{
	struct buf b = BUF(PRINTED_MAX);

	print_nodes(&b, d, l);
	return buf_take(&b, a);
}
