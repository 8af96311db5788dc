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
handler_waits_event(const struct config *c, const struct stored_event *e,
    struct arena *a, struct reason *why)
{
	const char **names;
	size_t count;

	return e->state == EVENT_QUEUED &&
	    dispatch_find(c->handlers_dir, e,
	    event_completes(provider_find(e->provider), bytes_of(e->event),
	    bytes_of(e->status)), a, &names, &count, why) != ST_OK;
}

bool
handler_waits_delivery(const struct config *c, const struct stored_event *e,
    const struct stored_delivery *d, struct arena *a, struct reason *why)
{
	if (d->state != DELIVERY_WAITING)
		return false;
	return dispatch_must_wait(dispatch_check(c->handlers_dir,
	    c->state_dir, e->source, d->handler,
	    handler_waits_user(c), a, why));
}
