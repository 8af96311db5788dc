#include "reply.h"

#include <stdio.h>
#include <string.h>

#include "message.h"

#define REFUSAL(code, text) ((struct reply){ .http_status = (code), \
	.content_type = "application/json", \
	.body = BYTES("{\"error\":\"" text "\"}\n") })

struct reply
reply_refuse(enum status st)
{
	struct reply r;

	switch (st) {
	case ST_MALFORMED:
		return REFUSAL(400, "bad request");
	case ST_DENIED:
		return REFUSAL(401, "unauthorized");
	case ST_UNKNOWN:
		return REFUSAL(404, "not found");
	case ST_METHOD:
		return REFUSAL(405, "this address receives webhooks: POST a "
		    "signed event to it");
	case ST_SLOW:
		return REFUSAL(408, "the body did not arrive in time");
	case ST_TOO_BIG:
		return REFUSAL(413, "the body is too large");
	case ST_MEDIA:
		return REFUSAL(415, "send application/json, plain or gzip");
	case ST_BUSY:
	case ST_SYSTEM:
		r = REFUSAL(503, "not possible now, try again");
		r.header = "Retry-After: 10";
		return r;
	case ST_OK:
	case ST_DUPLICATE:
	case ST_CONFIG:
	case ST_BUG:
		break;
	}
	return REFUSAL(500, "internal error");
}

const char *
reply_reason(enum status st)
{
	switch (st) {
	case ST_MALFORMED: return "malformed";
	case ST_DENIED: return "unauthorized";
	case ST_UNKNOWN: return "not_found";
	case ST_METHOD: return "method";
	case ST_SLOW: return "slow";
	case ST_TOO_BIG: return "too_large";
	case ST_MEDIA: return "media_type";
	case ST_BUSY: return "busy";
	case ST_SYSTEM: return "system";
	case ST_CONFIG: return "configuration";
	case ST_OK:
	case ST_DUPLICATE:
	case ST_BUG:
		break;
	}
	return "bug";
}

const char *
reply_fate(enum store_fate fate)
{
	switch (fate) {
	case STORE_FATE_OPEN: return NULL;
	case STORE_FATE_FAILED: return "failed";
	case STORE_FATE_DEAD: return "dead";
	case STORE_FATE_PRUNED: return "pruned";
	}
	return NULL;
}

/* What a duplicate is told besides its number. */
static void
reply_write_fate(const struct store_accept *item, char out[80])
{
	const char *fate = reply_fate(item->fate);
	int n;

	out[0] = '\0';
	if (fate == NULL || item->retried > 0)
		return;
	n = snprintf(out, 80, ",\"state\":\"%s\"", fate);
	if (item->fate != STORE_FATE_PRUNED)
		snprintf(out + n, 80 - (size_t)n,
		    ",\"retry\":\"cgihook retry %lld\"", (long long)item->id);
}

struct reply
reply_accepted(const struct store_accept *item, bool tell,
    char text[REPLY_TEXT_SIZE])
{
	const bool runs = item->status == ST_OK || item->retried > 0;
	char fate[80] = "";
	int len;

	if (tell)
		reply_write_fate(item, fate);
	len = snprintf(text, REPLY_TEXT_SIZE, "{\"id\":%lld,\"status\":\"%s\""
	    "%s}\n", (long long)item->id, item->status == ST_OK ? "queued" :
	    runs ? "retried" : "duplicate", fate);
	return (struct reply){ .http_status = runs ? 202 : 200,
		.content_type = "application/json",
		.body = { text, (size_t)len } };
}

struct reply
reply_checked(const char *folder, char text[REPLY_TEXT_SIZE])
{
	int len = snprintf(text, REPLY_TEXT_SIZE, "{\"status\":\"checked\","
	    "\"folder\":\"%s\"}\n", folder);

	return (struct reply){ .http_status = 200,
		.content_type = "application/json",
		.body = { text, (size_t)len } };
}

struct reply
reply_nothing(void)
{
	return (struct reply){ .http_status = 204,
		.content_type = "application/json" };
}

struct reply
reply_answer(struct bytes body, const char *content_type)
{
	return body.len == 0 ? reply_nothing() : (struct reply){
		.http_status = 200, .content_type = content_type,
		.body = body };
}

struct reply
reply_output(int http_status, struct bytes output, const char *content_type)
{
	return (struct reply){ .http_status = http_status,
		.content_type = content_type != NULL ? content_type :
		"text/plain; charset=utf-8", .body = output };
}

/* The header fields; 0: they are too long. */
static size_t
reply_write_head(const struct reply *r, char text[REPLY_HEAD_MAX])
{
	const char *header = r->header != NULL ? r->header : "";
	char length[48] = "";
	int len;

	if (r->http_status != 204)	/* RFC 9110 8.6: not even of 0 */
		(void)snprintf(length, sizeof(length),
		    "Content-Length: %zu\r\n", r->body.len);
	len = snprintf(text, REPLY_HEAD_MAX,
	    "Status: %d %s\r\nContent-Type: %s\r\n%s"
	    "Cache-Control: %s\r\nX-Content-Type-Options: nosniff\r\n"
	    "%s%s\r\n", r->http_status, message_reason(r->http_status),
	    r->content_type, length, r->cache != NULL ? r->cache : "no-store",
	    header, *header != '\0' ? "\r\n" : "");
	return len > 0 && len < REPLY_HEAD_MAX ? (size_t)len : 0;
}

void
reply_send(const struct reply *r, bool to_head, struct transport *t)
{
	struct bytes body = to_head ? BYTES_NONE : r->body;
	struct reply broken = reply_refuse(ST_BUG);
	char text[REPLY_HEAD_MAX];
	size_t len = reply_write_head(r, text);

	if (len == 0) {
		len = reply_write_head(&broken, text);
		body = to_head ? BYTES_NONE : broken.body;
	}
	/* A short reply leaves whole or not at all, should we be killed. */
	if (body.len <= sizeof(text) - len) {
		if (body.len > 0)
			memcpy(text + len, body.data, body.len);
		t->write(t->ctx, (struct bytes){ text, len + body.len });
		return;
	}
	t->write(t->ctx, (struct bytes){ text, len });
	t->write(t->ctx, body);
}
