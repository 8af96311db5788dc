#include "exchange.h"
#include "probe.h"

enum status
check_find(struct exchange *x)
{
	x->item.probe = probe_is(x->request.message.body);
	return ST_OK;
}

enum status
check_answer(struct exchange *x)
{
	char folder[PROBE_FOLDER_LEN + 1];
	enum status st = probe_folder(x->config->state_dir, folder,
	    &x->why);

	if (st == ST_OK)
		x->reply = reply_checked(folder, x->reply_text);
	return st;
}
