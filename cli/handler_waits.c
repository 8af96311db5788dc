#include "handler_waits.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch.h"

uid_t
handler_waits_user(const struct config *c)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/running", c->state_dir);
	if (stat(path, &st) == 0 || stat(c->state_dir, &st) == 0)
		return st.st_uid;
	return geteuid();
}

bool
handler_waits_event(struct cli *c, const struct stored_event *e,
    struct reason *why)
{
	const char **names;
	size_t count;

	return e->state == EVENT_QUEUED &&
	    dispatch_find(c->config->handlers_dir, e,
	    event_completes(e->provider, bytes_of(e->event),
	    bytes_of(e->status)), &c->arena, &names, &count, why) != ST_OK;
}

bool
handler_waits_delivery(struct cli *c, const struct stored_event *e,
    const struct stored_delivery *d, struct reason *why)
{
	if (d->state != DELIVERY_WAITING)
		return false;
	return dispatch_must_wait(dispatch_check(c->config->handlers_dir,
	    c->config->state_dir, e->source, d->handler,
	    handler_waits_user(c->config), &c->arena, why));
}
