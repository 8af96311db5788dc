#include "call.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <string.h>

/* A reply is at most a handler's output and its header. */
/* A body is downloaded as it came: body_limit can be 1 GiB. */
enum { OUT_MAX = 1280 * 1024 * 1024 };

void
call_init(struct call *c, const struct call_ops *ops, void *ctx)
{
	*c = (struct call){ .ops = ops, .ctx = ctx, .out = BUF(OUT_MAX) };
}

static void
call_drop_request(struct call *c)
{
	if (c->request != NULL)
		c->ops->drop(c->request);
	c->request = NULL;
	if (c->params != NULL)
		c->ops->reserve(c->ctx, -(long long)c->params_size);
	free(c->params);
	c->params = NULL;
	c->params_len = c->params_size = 0;
}

/* After the reply to the latest request. Before the connection is closed, the
 * rest of a body is read and dropped: closing with unread data could destroy
 * the reply. */
static void
call_expect_next(struct call *c)
{
	c->state = c->keep ? CALL_IDLE :
	    c->streaming ? CALL_DRAIN : CALL_OVER;
}

/* --- what arrives --------------------------------------------------------- */

/* Limit the answers that need no request. */
static bool
call_may_answer(struct call *c)
{
	if (c->questions < CALL_QUESTIONS_MAX) {
		c->questions++;
		return true;
	}
	c->state = CALL_OVER;
	return false;
}

static void
call_begin_request(struct call *c, const struct record *rec)
{
	const unsigned char *body = (const unsigned char *)rec->content.data;
	uint8_t refusal = FCGI_UNKNOWN_ROLE;

	c->id = rec->id;
	c->keep = (body[2] & FCGI_KEEP_CONN) != 0;
	c->streaming = true;
	if ((body[0] << 8 | body[1]) == FCGI_RESPONDER) {
		refusal = FCGI_OVERLOADED;
		c->request = c->ops->begin(c->ctx);
	}
	if (c->request != NULL) {
		c->state = CALL_HEAD;
		c->questions = 0;
	} else if (call_may_answer(c)) {
		record_put_end(&c->out, c->id, refusal, false);
		call_expect_next(c);
	}
}

static void
call_begin(struct call *c, const struct record *rec)
{
	if (c->state == CALL_IDLE)
		call_begin_request(c, rec);
	else if (c->state == CALL_DRAIN || rec->id == c->id)
		c->state = CALL_OVER;
	else if (call_may_answer(c))
		record_put_end(&c->out, rec->id, FCGI_CANT_MPX_CONN, false);
}

static void
call_end_head(struct call *c, enum call_fault fault)
{
	c->state = c->ops->head(c->request, c->params, c->params_len, fault) ?
	    CALL_BODY : CALL_WHOLE;
}

/* Usually all variables arrive at once, so exactly what has arrived is
 * allocated. */
static enum call_fault
call_make_room(struct call *c, size_t more)
{
	size_t size = c->params_len + more;
	char *params;

	if (size > CALL_PARAMS_MAX)
		return CALL_TOO_MUCH;
	if (size <= c->params_size)
		return CALL_SOUND;
	if (size < 2 * c->params_size)
		size = 2 * c->params_size;
	if (!c->ops->reserve(c->ctx, (long long)(size - c->params_size)))
		return CALL_NO_ROOM;
	if ((params = realloc(c->params, size)) == NULL) {
		c->ops->reserve(c->ctx, -(long long)(size - c->params_size));
		return CALL_NO_ROOM;
	}
	c->params = params;
	c->params_size = size;
	return CALL_SOUND;
}

static void
call_add_params(struct call *c, struct bytes piece)
{
	enum call_fault fault = call_make_room(c, piece.len);

	if (fault != CALL_SOUND) {
		call_end_head(c, fault);
		return;
	}
	memcpy(c->params + c->params_len, piece.data, piece.len);
	c->params_len += piece.len;
}

static void
call_take_content(struct call *c, const struct record *rec)
{
	if (rec->id != c->id)
		return;
	if (c->state == CALL_HEAD && rec->type == FCGI_PARAMS)
		call_add_params(c, rec->content);
	else if (c->state == CALL_HEAD)
		c->state = CALL_OVER;
	else if (c->state == CALL_BODY && rec->type == FCGI_STDIN &&
	    !c->ops->body(c->request, rec->content, rec->left))
		c->state = CALL_WHOLE;
}

static void
call_take_stream_end(struct call *c, const struct record *rec)
{
	if (rec->id != c->id)
		return;
	if (c->state == CALL_HEAD) {
		if (rec->type == FCGI_PARAMS)
			call_end_head(c, CALL_SOUND);
		else
			c->state = CALL_OVER;
		return;
	}
	if (rec->type != FCGI_STDIN)
		return;
	c->streaming = false;
	if (c->state == CALL_BODY) {
		c->ops->end(c->request, 0);
		c->state = CALL_WHOLE;
	} else if (c->state == CALL_DRAIN) {
		c->state = CALL_OVER;
	}
}

static void
call_abort(struct call *c, const struct record *rec)
{
	if (rec->id != c->id)
		return;
	c->streaming = false;
	if (c->state == CALL_BODY) {
		c->ops->end(c->request, TRANSPORT_BROKEN);
		c->state = CALL_WHOLE;
	} else if (c->state == CALL_HEAD) {
		call_drop_request(c);
		record_put_end(&c->out, c->id, FCGI_REQUEST_COMPLETE, false);
		call_expect_next(c);
	} else if (c->state == CALL_DRAIN) {
		c->state = CALL_OVER;
	}
}

static void
call_answer_question(struct call *c, enum record_event event,
    const struct record *rec)
{
	if (!call_may_answer(c))
		return;
	if (event == RECORD_VALUES)
		record_put_values(&c->out, rec->content);
	else
		record_put_unknown(&c->out, rec->type);
}

static void
call_handle(struct call *c, enum record_event event, const struct record *rec)
{
	switch (event) {
	case RECORD_BEGIN:
		call_begin(c, rec);
		break;
	case RECORD_ABORT:
		call_abort(c, rec);
		break;
	case RECORD_CONTENT:
		call_take_content(c, rec);
		break;
	case RECORD_STREAM_END:
		call_take_stream_end(c, rec);
		break;
	case RECORD_VALUES:
	case RECORD_UNKNOWN:
		call_answer_question(c, event, rec);
		break;
	case RECORD_BROKEN:
		c->state = CALL_OVER;
		break;
	case RECORD_NONE:
		break;
	}
}

/* After a body that ended by its length, or that was not wanted, the record
 * that ends the stream is usually there already. */
static void
call_take_rest(struct call *c, struct bytes *in)
{
	if (record_take_empty(&c->reader, in, FCGI_STDIN, c->id)) {
		c->streaming = false;
	} else if (record_take_empty(&c->reader, in, FCGI_ABORT_REQUEST,
	    c->id)) {
		c->streaming = false;
		c->ops->end(c->request, TRANSPORT_BROKEN);
	}
}

void
call_feed(struct call *c, struct bytes *in)
{
	enum record_event event = RECORD_BEGIN;
	struct record rec;

	while (event != RECORD_NONE && c->state != CALL_WHOLE &&
	    c->state != CALL_OVER) {
		event = record_next(&c->reader, in, &rec);
		call_handle(c, event, &rec);
	}
	if (c->state == CALL_WHOLE && c->streaming)
		call_take_rest(c, in);
}

enum call_state
call_waits(const struct call *c)
{
	return c->state == CALL_IDLE && !record_is_between(&c->reader) ?
	    CALL_HEAD : c->state;
}

void
call_break_off(struct call *c, int how)
{
	if (c->state != CALL_BODY) {
		c->state = CALL_OVER;
		return;
	}
	c->ops->end(c->request, how);
	c->state = CALL_WHOLE;
	c->keep = false;
	c->streaming = how != TRANSPORT_BROKEN;
}

/* --- replying ------------------------------------------------------------- */

void
call_reply(struct call *c, struct bytes part)
{
	record_put_stdout(&c->out, c->id, part);
}

void
call_end_reply(struct call *c)
{
	record_put_end(&c->out, c->id, FCGI_REQUEST_COMPLETE, true);
	call_drop_request(c);
	call_expect_next(c);
}

void
call_free(struct call *c)
{
	call_drop_request(c);
	buf_free(&c->out);
}
