#include "outcome.h"

#include <string.h>

#include "crypto.h"

/* Some senders name the event by how it ended: action_run_success. */
static struct bytes
outcome_kind(const struct stored_event *e)
{
	struct bytes name = bytes_of(e->event);
	const size_t len = strlen(e->action);

	if (len > 0 && name.len > len + 1 &&
	    bytes_has_suffix(name, e->action) &&
	    name.data[name.len - len - 1] == '_')
		name.len -= len + 1;
	return name;
}

/* Of several texts; never 0. */
static int64_t
outcome_hash(const struct bytes *texts, size_t count)
{
	unsigned char digest[SHA256_LEN] = { 0 };
	struct arena a = ARENA(0);
	struct bytes all = BYTES("");
	int64_t hash = 0;

	for (size_t i = 0; i < count; i++)
		all = arena_printf(&a, "%.*s%zu:%.*s", (int)all.len,
		    all.len == 0 ? "" : all.data, texts[i].len,
		    (int)texts[i].len,
		    texts[i].len == 0 ? "" : texts[i].data);
	(void)sha256(all, digest);
	for (int i = 0; i < 8; i++)
		hash = (hash & INT64_MAX >> 8) << 8 | digest[i];
	arena_free(&a);
	return hash == 0 ? 1 : hash;
}

void
outcome_of(const struct stored_event *e, const struct event *decoded,
    struct store_outcome *out)
{
	const struct bytes chain[] = { bytes_of(e->source), outcome_kind(e),
		decoded->project, decoded->branch, decoded->tag,
		decoded->name };

	*out = (struct store_outcome){ .event_id = e->id,
		.result = e->result };
	if (e->result == RESULT_NONE || decoded->project.len == 0)
		return;
	out->chain = outcome_hash(chain, sizeof(chain) / sizeof(chain[0]));
	out->subject = outcome_hash(&decoded->subject, 1);
}

bool
outcome_counts(const struct store_outcome *o)
{
	return o->chain != 0 && (o->result == RESULT_SUCCESS ||
	    o->result == RESULT_FAILURE || o->result == RESULT_CANCELED);
}

bool
outcome_is_before(const struct store_outcome *a, const struct store_outcome *b)
{
	return a->chain == b->chain && a->event_id < b->event_id &&
	    (a->subject != b->subject || a->result != b->result);
}

enum result
outcome_previous(struct store *s, const struct store_outcome *o)
{
	struct store_outcome found;

	return o->chain != 0 && store_previous(s, o, &found, NULL) == ST_OK ?
	    found.result : RESULT_NONE;
}
