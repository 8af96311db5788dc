#include "api.h"

#include "exchange.h"
#include "page_reply.h"
#include "query.h"

enum { API_MAX = 64 * 1024 * 1024 };

enum status
api_reply(struct exchange *x, struct cJSON *object)
{
	struct buf text = BUF(API_MAX);

	json_out_print(object, &text);
	buf_add_char(&text, '\n');
	page_reply_bytes(x, "application/json", buf_take(&text, x->arena));
	return x->reply.body.data != NULL ? ST_OK :
	    fail(&x->why, ST_BUSY, "no memory for the answer");
}

enum status
api_refuse(struct exchange *x, int http_status, const char *text)
{
	struct cJSON *o = json_out_object();
	enum status st;

	json_out_str(o, "error", text, x->arena);
	st = api_reply(x, o);
	x->reply.http_status = http_status;
	return st;
}

bool
api_check_names(struct exchange *x, const struct query *q,
    const char *const *names)
{
	for (size_t i = 0; i < q->count; i++) {
		bool known = false;

		for (size_t k = 0; names[k] != NULL; k++)
			known = known || bytes_is(q->fields[i].name, names[k]);
		if (known)
			continue;
		(void)api_refuse(x, 400, arena_cstr(x->arena,
		    arena_printf(x->arena, "there is no parameter %.*s",
		    (int)q->fields[i].name.len, q->fields[i].name.data)));
		return false;
	}
	return true;
}
