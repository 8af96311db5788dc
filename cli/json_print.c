#include "json_print.h"

#include "buf.h"

enum { PRINTED_MAX = 64 * 1024 * 1024 };

const struct json_layout json_pretty = { 2, ",", ": " };
const struct json_layout json_compact = { -1, ",", ":" };

static void
new_line(struct buf *b, const struct json_layout *l, int depth)
{
	if (l->indent >= 0)
		buf_printf(b, "\n%*s", depth * l->indent, "");
}

static void
print_scalar(struct buf *b, const struct json_doc *d,
    const struct json_node *n)
{
	const char *quote = n->type == JSON_STRING ? "\"" : "";

	buf_add_str(b, quote);
	if (n->type == JSON_NULL)
		buf_add_str(b, "null");
	else
		buf_add(b, json_raw(d, n));
	buf_add_str(b, quote);
}

/* Node by node in the text's order: the table's depth says which containers
 * have ended before a node, so no call nests. */
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

static bool
is_container(const struct json_node *n)
{
	return n->type == JSON_ARRAY || n->type == JSON_OBJECT;
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
			if (open[depth - 1] == '{') {
				buf_printf(b, "\"%.*s\"%s", (int)n->key_len,
				    d->text.data + n->key_start, l->colon);
			}
		}
		first = is_container(n);
		if (!first) {
			print_scalar(b, d, n);
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
	struct bytes out = BYTES_NONE;

	print_nodes(&b, d, l);
	if (!b.failed)
		out = arena_copy(a, buf_bytes(&b));
	buf_free(&b);
	return out;
}
