#include "store_search.h"

#include "store_backend.h"

enum status
store_about_due(struct store *s, int64_t *ids, size_t max, size_t *count,
    struct reason *why)
{
	*count = 0;
	return s->backend->about_due == NULL ? ST_OK :
	    s->backend->about_due(s, ids, max, count, why);
}

enum status
store_about_put(struct store *s, const struct store_about *list,
    size_t count, struct reason *why)
{
	return s->backend->about_put == NULL ? ST_OK :
	    s->backend->about_put(s, list, count, why);
}
