#include "view_words.h"

#include "clock.h"
#include "unit.h"
#include "view_text.h"

const char *
view_event_state(const struct stored_event *e)
{
	static const enum delivery_state worst_first[] = {
		DELIVERY_RUNNING, DELIVERY_WAITING, DELIVERY_DEAD,
		DELIVERY_FAILED
	};

	if (e->state != EVENT_DISPATCHED)
		return event_state_name(e->state);
	for (size_t w = 0; w < sizeof(worst_first) / sizeof(*worst_first); w++)
		for (size_t i = 0; i < e->delivery_count; i++)
			if (e->deliveries[i].state == worst_first[w])
				return delivery_state_name(worst_first[w]);
	return delivery_state_name(DELIVERY_DONE);
}

struct bytes
view_event_name(const struct stored_event *e, struct arena *a)
{
	if (*e->action == '\0')
		return bytes_of(e->event);
	return arena_printf(a, "%s.%s", e->event, e->action);
}

struct bytes
view_filter(const struct stored_filter *f, size_t max, struct arena *a)
{
	struct bytes value = f->value;
	int64_t more;

	if (f->met == FILTER_UNSET)
		return arena_printf(a, "%s, but it is not set", f->condition);
	if (f->met == FILTER_LEFT_OUT)
		return arena_printf(a, "%s, but it is left out (HOOK_OMITTED)",
		    f->condition);
	if (value.len > max)
		value.len = max;
	more = f->value_total_bytes - (int64_t)value.len;
	value = view_escape(value, false, a);
	if (value.data == NULL)
		return BYTES_NONE;
	return more <= 0 ? arena_printf(a, "%s, but it is \"%s\"",
	    f->condition, value.data) : arena_printf(a, "%s, but it is \"%s\""
	    " and %lld bytes more", f->condition, value.data, (long long)more);
}

const char *
view_stripped(const struct stored_event *e, int64_t keep_bodies_ms,
    struct arena *a)
{
	char kept[UNIT_SHOWN_MAX];

	if (keep_bodies_ms == 0 ||
	    e->received_ms > clock_wall_ms() - keep_bodies_ms)
		return "the body was removed (keep_bodies)";
	return arena_cstr(a, arena_printf(a, "the body was removed after %s "
	    "(keep_bodies)", unit_show_duration(keep_bodies_ms, kept)));
}
