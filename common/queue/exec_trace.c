#include <stdlib.h>

#include "exec_leftover.h"
#include "exec_private.h"

/* What the slots say: of an end, and of what a dead runner left. */

enum status
exec_end_leftovers(struct exec_table *t, int64_t grace_ms, struct reason *why)
{
	return leftover_end(&t->slots, grace_ms, why);
}

static void
slot_tell(const struct slot *s, struct exec_result *out)
{
	static const char *const words[] = {
		[CHILD_BODY] = "cannot make the file for the body",
		[CHILD_TRUST] = "may not be run",
		[CHILD_PROCESS] = "no new process",
		[CHILD_FILES] = "cannot set up its input and output",
		[CHILD_FOLDER] = "cannot enter its folder",
		[CHILD_EXEC] = "cannot be executed",
	};

	*out = (struct exec_result){
		.slot = -1,
		.delivery_id = s->delivery_id,
		.attempt = s->attempt,
		.started = s->note.error == 0,
		.error = s->note.error,
		.what = s->note.error == 0 ? "" :
		    words[(unsigned)s->note.step % (CHILD_EXEC + 1)],
		.trust = ST_OK,
		.timed_out = s->timed_out,
		.interrupted = s->interrupted,
		.exit_code = s->exit_code,
		.term_signal = s->term_signal,
		.started_ms = s->started_ms,
		.ended_ms = s->ended_ms,
		.output_total_bytes = s->output_total_bytes,
		.output = BYTES(""),
	};
}

void
slot_result(const struct exec_table *t, int i, struct exec_result *out)
{
	const struct exec_child *c = &t->child[i];

	slot_tell(&t->slots.slot[i], out);
	out->slot = i;
	out->trust = c->trust;
	if (!out->started && t->slots.slot[i].note.step == CHILD_TRUST)
		out->what = c->refused.text;
}

static enum exec_trace
exec_trace_in(const struct slot *slots, int count, int64_t delivery_id,
    int attempt, struct exec_result *out)
{
	const struct slot *s;
	int i;

	for (i = 0; i < count; i++) {
		s = &slots[i];
		if (s->state == SLOT_FREE || s->delivery_id != delivery_id ||
		    s->attempt != attempt)
			continue;
		if (s->state == SLOT_ENDED) {
			slot_tell(s, out);
			return EXEC_ENDED;
		}
		return s->note.pid == 0 ? EXEC_NOT_BEGUN : EXEC_BEGUN;
	}
	return EXEC_NO_TRACE;
}

enum exec_trace
exec_trace(const struct exec_table *t, int64_t delivery_id, int attempt,
    struct exec_result *out)
{
	enum exec_trace found = exec_trace_in(t->kept, t->kept_count,
	    delivery_id, attempt, out);

	return found != EXEC_NO_TRACE ? found : exec_trace_in(t->slots.slot,
	    t->slots.count, delivery_id, attempt, out);
}

void
exec_keep_traces(struct exec_table *t)
{
	int i;

	t->kept = calloc((size_t)t->slots.count, sizeof(*t->kept));
	for (i = 0; t->kept != NULL && i < t->slots.count; i++)
		if (t->slots.slot[i].state != SLOT_FREE)
			t->kept[t->kept_count++] = t->slots.slot[i];
}

const struct slots *
exec_slots(const struct exec_table *t)
{
	return &t->slots;
}

void
exec_forget_leftovers(struct exec_table *t)
{
	int i;

	slots_clear(&t->slots);
	t->free_count = 0;
	for (i = t->max - 1; i >= 0; i--)
		t->free[t->free_count++] = i;
}
