#include "refused_text.h"

#include <string.h>

static const char *const near_names[] = {
	[NEAR_NOT] = "not", [NEAR_SHAPE] = "shape", [NEAR_GENUINE] = "genuine"
};

static void
refused_add_line(struct buf *b, const char *key, struct bytes value)
{
	buf_add_str(b, key);
	buf_add_str(b, ": ");
	for (size_t i = 0; i < value.len; i++)
		buf_add_char(b, value.data[i] == '\n' ? ' ' : value.data[i]);
	buf_add_char(b, '\n');
}

static void
refused_add_headers(struct buf *b, const struct message *m)
{
	for (size_t i = 0; i < m->header_count; i++) {
		buf_add(b, m->headers[i].name);
		buf_add_str(b, ": ");
		buf_add(b, m->headers[i].value);
		buf_add_char(b, '\n');
	}
}

void
refused_write_text(struct buf *b, const struct refused *r)
{
	const struct message *m = &r->message;
	const char *body = r->hidden ? "hidden" :
	    r->cut ? "cut" : "whole";

	refused_add_line(b, "source", bytes_of(r->source));
	buf_printf(b, "received: %lld\n", (long long)m->received_ms);
	refused_add_line(b, "remote", m->remote_addr);
	refused_add_line(b, "method", m->method);
	refused_add_line(b, "near", bytes_of(near_names[r->near]));
	refused_add_line(b, "why", bytes_of(r->why));
	refused_add_line(b, m->query.data == NULL ? "no-query" : "query",
	    m->query);
	refused_add_line(b, "body", bytes_of(body));
	buf_add_char(b, '\n');
	refused_add_headers(b, m);
	buf_add_char(b, '\n');
	if (!r->cut && !r->hidden)
		buf_add(b, m->body);
}

/* The value of the next line, "key: value". */
static bool
refused_take_line(struct bytes *rest, const char *key, struct bytes *value)
{
	struct bytes line, name, after = *rest;

	bytes_cut(&after, '\n', &line);
	if (!bytes_cut(&line, ':', &name) || !bytes_is(name, key) ||
	    line.len == 0 || line.data[0] != ' ')
		return false;
	*value = bytes_from(line, 1);
	*rest = after;
	return true;
}

/* The part up to the empty line; *rest goes on behind it. */
static bool
refused_cut_part(struct bytes *rest, struct bytes *part)
{
	const char *end;

	if (rest->len > 0 && rest->data[0] == '\n') {
		*part = (struct bytes){ rest->data, 0 };
		*rest = bytes_from(*rest, 1);
		return true;
	}
	end = memmem(rest->data, rest->len, "\n\n", 2);
	if (end == NULL)
		return false;
	*part = (struct bytes){ rest->data, (size_t)(end - rest->data) + 1 };
	*rest = bytes_from(*rest, part->len + 1);
	return true;
}

static bool
refused_read_near(struct bytes name, enum nearness *out)
{
	for (int i = NEAR_NOT; i <= NEAR_GENUINE; i++) {
		if (!bytes_is(name, near_names[i]))
			continue;
		*out = (enum nearness)i;
		return true;
	}
	return false;
}

static bool
refused_read_known(struct bytes known, struct arena *a, struct refused *out)
{
	struct message *m = &out->message;
	struct bytes source, received, near, why, query, body;
	unsigned long long ms;

	if (!refused_take_line(&known, "source", &source) ||
	    !refused_take_line(&known, "received", &received) ||
	    !refused_take_line(&known, "remote", &m->remote_addr) ||
	    !refused_take_line(&known, "method", &m->method) ||
	    !refused_take_line(&known, "near", &near) ||
	    !refused_take_line(&known, "why", &why) ||
	    !bytes_to_u64(received, &ms) || ms > INT64_MAX ||
	    !refused_read_near(near, &out->near))
		return false;
	if (refused_take_line(&known, "query", &query))
		m->query = query;
	else if (!refused_take_line(&known, "no-query", &query))
		return false;
	if (!refused_take_line(&known, "body", &body))
		return false;
	out->cut = bytes_is(body, "cut");
	out->hidden = bytes_is(body, "hidden");
	out->source = arena_cstr(a, source);
	out->why = arena_cstr(a, why);
	m->received_ms = (int64_t)ms;
	return true;
}

enum status
refused_read_text(struct bytes text, struct arena *a, struct refused *out,
    struct reason *why)
{
	struct message *m = &out->message;
	struct bytes known, headers;

	if (!refused_cut_part(&text, &known) || !refused_cut_part(&text,
	    &headers) || !refused_read_known(known, a, out))
		return fail(why, ST_MALFORMED, "not a refused request's file");
	m->blind = true;
	m->body = text;
	return message_read_headers(headers, a, m);
}
