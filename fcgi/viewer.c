#include "viewer.h"

#include "exchange.h"
#include "store_config.h"

enum { BUSY_MS = 2000 };

static int
viewer_room(const struct config *c)
{
	return c->workers >= 8 ? c->workers / 4 : 1;
}

enum status
viewer_enter(struct exchange *x)
{
	struct viewer *v = &x->responder->viewer;
	bool full;

	pthread_mutex_lock(&v->counting);
	full = v->inside >= viewer_room(x->config);
	if (!full)
		v->inside++;
	pthread_mutex_unlock(&v->counting);
	if (full)
		return fail(&x->why, ST_BUSY, "too many pages are asked for "
		    "at once");
	pthread_mutex_lock(&v->mutex);
	return ST_OK;
}

void
viewer_leave(struct exchange *x)
{
	struct viewer *v = &x->responder->viewer;

	pthread_mutex_unlock(&v->mutex);
	pthread_mutex_lock(&v->counting);
	v->inside--;
	pthread_mutex_unlock(&v->counting);
}

bool
viewer_begin_wait(struct exchange *x)
{
	struct viewer *v = &x->responder->viewer;
	bool may;

	pthread_mutex_lock(&v->counting);
	may = x->responder->shared && !v->leaving &&
	    v->waiting < x->config->workers / 8;
	v->waiting += may;
	pthread_mutex_unlock(&v->counting);
	return may;
}

void
viewer_end_wait(struct exchange *x)
{
	struct viewer *v = &x->responder->viewer;

	pthread_mutex_lock(&v->counting);
	v->waiting--;
	pthread_mutex_unlock(&v->counting);
}

bool
viewer_may_wait(struct exchange *x)
{
	struct viewer *v = &x->responder->viewer;
	bool may;

	pthread_mutex_lock(&v->counting);
	may = !v->leaving;
	pthread_mutex_unlock(&v->counting);
	return may;
}

void
viewer_leave_soon(struct viewer *v)
{
	pthread_mutex_lock(&v->counting);
	v->leaving = true;
	pthread_mutex_unlock(&v->counting);
}

void
viewer_pause(struct exchange *x)
{
	pthread_mutex_unlock(&x->responder->viewer.mutex);
}

void
viewer_resume(struct exchange *x)
{
	pthread_mutex_lock(&x->responder->viewer.mutex);
}

static enum status
viewer_open(struct exchange *x, enum store_role role, struct store **kept,
    struct store **out)
{
	enum status st;

	st = *kept != NULL ? ST_OK : store_open_responder(x->config, role,
	    BUSY_MS, &x->responder->reach, kept, &x->why);
	if (st == ST_OK)
		*out = *kept;
	return st == ST_CONFIG || st == ST_BUG ? ST_SYSTEM : st;
}

enum status
viewer_look(struct exchange *x, struct store **out)
{
	/* to an agent there is one connection, which looks and changes */
	return x->config->store == CONFIG_SQLITE ?
	    viewer_open(x, STORE_READ, &x->responder->viewer.reader, out) :
	    viewer_open(x, STORE_WRITE, &x->responder->viewer.writer, out);
}

/* A plain CGI program may be the first that opens the store: it makes it. */
enum status
viewer_reader(struct exchange *x, struct store **out)
{
	enum status st = viewer_look(x, out);

	if (st == ST_UNKNOWN)
		st = viewer_open(x, STORE_WRITE, &x->responder->viewer.writer,
		    out);
	return st == ST_UNKNOWN ? ST_SYSTEM : st;
}

enum status
viewer_writer(struct exchange *x, struct store **out)
{
	enum status st = viewer_open(x, STORE_WRITE,
	    &x->responder->viewer.writer, out);

	return st == ST_UNKNOWN ? ST_SYSTEM : st;
}

void
viewer_close(struct viewer *v)
{
	store_close(v->reader);
	store_close(v->writer);
}
