#include "runner_queue.h"

#include <stdlib.h>
#include <string.h>

static bool
queue_fill(struct handler_queue *q, const char *path)
{
	char *slash;

	*q = (struct handler_queue){ .path = strdup(path),
	    .source = strdup(path) };
	if (q->path == NULL || q->source == NULL) {
		free(q->path);
		free(q->source);
		return false;
	}
	slash = strchr(q->source, '/');
	q->handler = q->path + strlen(q->path);
	if (slash != NULL) {
		q->handler = q->path + (slash - q->source) + 1;
		*slash = '\0';
	}
	return true;
}

enum status
queues_find(struct queues *q, const char *path, size_t *index,
    struct reason *why)
{
	struct handler_queue *more;
	size_t i, size;

	for (i = 0; i < q->count; i++)
		if (strcmp(q->list[i].path, path) == 0) {
			*index = i;
			return ST_OK;
		}
	if (q->count == q->size) {
		size = q->size == 0 ? 16 : 2 * q->size;
		more = reallocarray(q->list, size, sizeof(*more));
		if (more == NULL)
			return fail(why, ST_BUSY, "no memory");
		q->list = more;
		q->size = size;
	}
	if (!queue_fill(&q->list[q->count], path))
		return fail(why, ST_BUSY, "no memory");
	*index = q->count++;
	return ST_OK;
}

void
queues_free(struct queues *q)
{
	size_t i;

	for (i = 0; i < q->count; i++) {
		free(q->list[i].path);
		free(q->list[i].source);
	}
	free(q->list);
}
